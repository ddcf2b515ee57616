#include "bindings/bridge.h"

#include "base/time.h"
#include "bindings/engine_face.h"
#include "bindings/python_error.h"
#include "bindings/response.h"
#include "bindings/table_face.h"
#include "bindings/warming_face.h"
#include "bindings/without_gil.h"
#include "http/status.h"

#include <chrono>
#include <utility>

namespace py = pybind11;

namespace pyesi::bindings {

namespace {

constexpr std::size_t kDrainedAtOnce = 256;
constexpr std::chrono::milliseconds kSignalsEvery{50};

/// What a completion is in Python: a value, or an error to raise.
struct Outcome {
    py::object value;
    py::object error;
};

py::object response_of(engine::Answer&& answer) {
    auto response = py::reinterpret_steal<py::object>(new_response(std::move(answer)));
    if (!response) throw py::error_already_set();
    return response;
}

Outcome outcome_of(base::Result<engine::Answer>&& end) {
    if (!end) return {py::none(), make_error(end.failure())};
    return {response_of(std::move(end).value()), {}};
}

/// What became of an item of a batch: one of both is None.
struct ItemEnd {
    py::object response = py::none();
    py::object error = py::none();
};

// An item of a batch that is a 4xx or 5xx is an error in its place.
ItemEnd item_end_of(base::Result<engine::Answer>&& end) {
    if (!end) return {.error = make_error(end.failure())};
    const bool bad = http::is_error(end->status());
    auto response = response_of(std::move(end).value());
    if (bad) return {.error = status_error(response.ptr())};
    return {.response = std::move(response)};
}

Outcome outcome_of(engine::BatchEnd&& end) {
    py::list results;
    py::dict errors;
    for (std::size_t place = 0; place < end.results.size(); ++place) {
        auto item = item_end_of(std::move(end.results[place]));
        results.append(item.response);
        if (!item.error.is_none()) errors[py::int_(place)] = item.error;
    }
    return {py::make_tuple(results, errors), {}};
}

Outcome outcome_of(ItemEvent&& event) {
    auto item = item_end_of(std::move(event.end));
    return {py::make_tuple("item", event.index, item.response, item.error, event.bytes),
            {}};
}

Outcome torn(const engine::SweepEnd& end, const py::list& pages) {
    auto error = make_error(*end.torn);
    error.attr("pages") = py::tuple(pages);
    error.attr("rounds") = end.rounds;
    return {py::none(), std::move(error)};
}

/// Seconds since 1970.
py::object seconds_of(const std::optional<base::WallTime>& instant) {
    if (!instant) return py::none();
    return py::float_(
        std::chrono::duration<double>(instant->time_since_epoch()).count());
}

Outcome outcome_of(base::Result<engine::SweepEnd>&& end) {
    if (!end) return {py::none(), make_error(end.failure())};
    py::list pages;
    for (auto& page : end->pages) pages.append(response_of(std::move(page)));
    if (end->torn) return torn(*end, pages);
    py::dict told;
    if (end->table) {
        told["batches"] = batches_object(end->table, end->batches, end->repeats);
        told["pages"] = end->page_count;
    } else {
        told["pages"] = pages;
    }
    told["last_modified"] = seconds_of(end->last_modified);
    told["consistent"] = end->consistent;
    told["rounds"] = end->rounds;
    return {told, {}};
}

Outcome outcome_of(base::Result<engine::WarmingReport>&& end) {
    if (!end) return {py::none(), make_error(end.failure())};
    return {report_of(*end), {}};
}

Outcome outcome_of(base::Result<columns::RecordBatchPtr>&& end) {
    if (!end) return {py::none(), make_error(end.failure())};
    return {batch_object(std::move(end).value()), {}};
}

Outcome outcome_of(Progress progress) {
    return {py::make_tuple("progress", progress.done, progress.total), {}};
}

Outcome outcome_of(PageEvent&& event) {
    auto page = response_of(std::move(event.page));
    return {py::make_tuple("page", event.index, page, event.bytes), {}};
}

Outcome outcome_of(RowsEvent&& event) {
    auto& rows = event.rows;
    auto plan = rows.batch->plan;
    auto batches = batches_object(std::move(plan), {rows.batch}, rows.repeats);
    return {
        py::make_tuple(
            "rows", event.index, batches, seconds_of(rows.last_modified), event.bytes),
        {}};
}

Outcome outcome_of(Completion&& completion) {
    return std::visit(
        [](auto&& what) { return outcome_of(std::forward<decltype(what)>(what)); },
        std::move(completion.what));
}

/// Names of a future's methods, made once: attr("...") would make a new string each
/// time. Set when the module is imported, and kept.
struct MethodNames {
    PyObject* done = nullptr;
    PyObject* set_result = nullptr;
    PyObject* set_exception = nullptr;
};
constinit MethodNames names{};

py::object checked(PyObject* result) {
    if (result == nullptr) throw py::error_already_set();
    return py::reinterpret_steal<py::object>(result);
}

void settle_future(const py::object& future, const Outcome& outcome) {
    const auto is_done = checked(PyObject_CallMethodNoArgs(future.ptr(), names.done));
    if (is_done.is(py::bool_(true))) return;  // cancelled meanwhile
    auto* const method = outcome.error ? names.set_exception : names.set_result;
    const auto& end = outcome.error ? outcome.error : outcome.value;
    checked(PyObject_CallMethodOneArg(future.ptr(), method, end.ptr()));
}

const char* name_of(engine::StateChange::What what) noexcept {
    using What = engine::StateChange::What;
    switch (what) {
        case What::UpstreamDown: return "upstream_down";
        case What::UpstreamBack: return "upstream_back";
        case What::ErrorLimited: return "error_limited";
        case What::ErrorLimitOver: return "error_limit_over";
        case What::LimitsAlone: return "limits_alone";
        case What::LimitsShared: break;
    }
    return "limits_shared";
}

}  // namespace

Bridge::Bridge(const py::object& loop)
    : queue_{std::make_shared<CompletionQueue>(!loop.is_none())} {}

Bridge::~Bridge() {
    queue_->close();
}

void Bridge::expect(engine::Tag tag, py::object future, py::object on_event) {
    if (future.is_none()) return;
    expected_.emplace(tag, Expected{std::move(future), std::move(on_event)});
}

void Bridge::drain() {
    for (auto& completion : queue_->take(kDrainedAtOnce)) {
        // One waiter's trouble is not the next one's.
        try {
            settle(std::move(completion));
        } catch (py::error_already_set& error) {
            error.discard_as_unraisable("pyesi: a completion could not be handed over");
        }
    }
    tell_news();
}

void Bridge::watch(std::shared_ptr<engine::StateNews> news, py::object tell) {
    news_ = std::move(news);
    tell_ = std::move(tell);
    news_->subscribe(queue_);
}

void Bridge::tell_news() {
    if (!news_ || news_->is_empty()) return;
    for (const auto& change : news_->take()) {
        try {
            tell_(name_of(change.what), change.origin, base::in_seconds(change.lasts));
        } catch (py::error_already_set& error) {
            error.discard_as_unraisable("pyesi: a change could not be logged");
        }
    }
}

void Bridge::settle(Completion&& completion) {
    const auto found = expected_.find(completion.tag);
    if (found == expected_.end()) return;
    if (!completion.is_last()) {
        const auto on_event = found->second.on_event;
        if (on_event.is_none()) return;
        on_event(*py::tuple(outcome_of(std::move(completion)).value));
        return;
    }
    const auto expected = std::move(found->second);
    expected_.erase(found);
    settle_future(expected.future, outcome_of(std::move(completion)));
}

py::object Bridge::wait(engine::Tag tag) {
    for (;;) {
        auto completion =
            without_gil([&] { return queue_->wait_for(tag, kSignalsEvery); });
        tell_news();
        if (PyErr_CheckSignals() != 0) throw py::error_already_set();
        if (!completion) continue;
        const bool is_last = completion->is_last();
        const auto outcome = outcome_of(std::move(*completion));
        if (outcome.error) {
            PyErr_SetObject(py::type::handle_of(outcome.error).ptr(),
                            outcome.error.ptr());
            throw py::error_already_set();
        }
        return is_last ? py::make_tuple("done", outcome.value) : outcome.value;
    }
}

void Bridge::forget(engine::Tag tag) {
    queue_->forget(tag);
}

void Bridge::close() {
    queue_->close();
    expected_.clear();
    news_.reset();
}

void bind_bridge(py::module_& core) {
    names.done = PyUnicode_InternFromString("done");
    names.set_result = PyUnicode_InternFromString("set_result");
    names.set_exception = PyUnicode_InternFromString("set_exception");
    py::class_<Bridge>(core, "Bridge")
        .def(py::init<const py::object&>(), py::arg("loop") = py::none())
        .def("fileno", &Bridge::fileno)
        .def("drain", &Bridge::drain)
        .def("watch",
             [](Bridge& bridge, const EngineFace& engine, py::object tell) {
                 bridge.watch(engine.engine().news(), std::move(tell));
             })
        .def("pending", &Bridge::pending)
        .def("wait", &Bridge::wait, py::arg("tag"))
        .def("forget", &Bridge::forget, py::arg("tag"))
        .def("close", &Bridge::close);
}

}  // namespace pyesi::bindings
