#include "bindings/table_calls.h"

#include "bindings/bridge.h"
#include "bindings/python_error.h"
#include "bindings/response.h"
#include "bindings/table_face.h"
#include "bindings/table_plan_face.h"
#include "bindings/without_gil.h"
#include "engine/table_reading.h"

#include <utility>
#include <vector>

namespace py = pybind11;

namespace pyesi::bindings {

namespace {

engine::Answered answered_of(const columns::TablePlan& plan, py::handle document) {
    const auto parts = document.cast<py::tuple>();
    if (parts.size() != 3) {
        throw py::value_error("a document is a response, a page and given values");
    }
    const auto response = py::reinterpret_borrow<py::object>(parts[0]);
    if (!is_response(response.ptr()))
        throw py::type_error("a document has no Response");
    return {.answer = answer_of(response.ptr()),
            .page = parts[1].cast<int>(),
            .given = given_values(plan, parts[2].cast<py::tuple>())};
}

/// response, page, given values
std::vector<engine::Answered> answered_in(const columns::TablePlan& plan,
                                          const py::sequence& documents) {
    std::vector<engine::Answered> answers;
    answers.reserve(documents.size());
    for (const auto& document : documents) {
        answers.push_back(answered_of(plan, document));
    }
    return answers;
}

py::object read_batch(const TablePlanFace& plan, const py::sequence& documents) {
    auto answers = answered_in(*plan.plan, documents);
    auto batch = without_gil(
        [&] { return engine::read_answers(plan.plan, std::move(answers)); });
    if (!batch) raise_error(batch.failure());
    return batch_object(std::move(batch).value());
}

engine::Tag submit_reading(const ProfileFace& face,
                           Bridge& bridge,
                           const py::object& future,
                           const TablePlanFace& plan,
                           const py::sequence& documents) {
    const auto tag = face.engine->engine().submit_reading(
        plan.plan, answered_in(*plan.plan, documents), bridge.queue());
    bridge.expect(tag, future, py::none());
    return tag;
}

engine::Tag submit_table_sweep(const ProfileFace& face,
                               Bridge& bridge,
                               const py::object& future,
                               const py::object& route,
                               const py::object& parameters,
                               const OptionsFace* options,
                               const TablePlanFace& plan,
                               const py::tuple& given,
                               bool consistent,
                               bool wait_for_refresh,
                               const py::object& on_event) {
    const auto tag = begin_sweep(face,
                                 bridge,
                                 {route, parameters, options},
                                 {.consistent = consistent,
                                  .wait_for_refresh = wait_for_refresh,
                                  .tells_progress = !on_event.is_none(),
                                  .table = plan.plan,
                                  .given = given_values(*plan.plan, given)});
    bridge.expect(tag, future, on_event);
    return tag;
}

engine::Tag stream_table_sweep(const ProfileFace& face,
                               Bridge& bridge,
                               const py::object& future,
                               const py::object& route,
                               const py::object& parameters,
                               const OptionsFace* options,
                               const py::tuple& table,
                               bool consistent,
                               bool wait_for_refresh,
                               std::size_t byte_window,
                               const py::object& on_event) {
    const auto& plan = table[0].cast<const TablePlanFace&>().plan;
    const auto tag =
        begin_sweep(face,
                    bridge,
                    {route, parameters, options},
                    {.consistent = consistent,
                     .stream = true,
                     .wait_for_refresh = wait_for_refresh,
                     .byte_window = byte_window,
                     .table = plan,
                     .given = given_values(*plan, table[1].cast<py::tuple>())});
    bridge.expect(tag, future, on_event);
    return tag;
}

}  // namespace

void bind_table_calls(py::module_& core, py::class_<ProfileFace>& profile) {
    core.def("read_batch", &read_batch, py::arg("plan"), py::arg("documents"));
    profile.def("submit_reading", &submit_reading)
        .def("submit_table_sweep", &submit_table_sweep)
        .def("stream_table_sweep", &stream_table_sweep);
}

}  // namespace pyesi::bindings
