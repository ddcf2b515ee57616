#include "bindings/warming_face.h"

#include "bindings/bridge.h"
#include "bindings/python_error.h"
#include "bindings/without_gil.h"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pybind11/stl.h>

namespace py = pybind11;

namespace pyesi::bindings {

namespace {

/// How all requests of warmings go.
std::shared_ptr<const engine::Options> warming_options(engine::Options options) {
    options.priority = scheduler::Priority::Warming;
    options.accept_stale = false;
    return std::make_shared<const engine::Options>(std::move(options));
}

[[noreturn]] void refuse(std::size_t place, base::Failure failure) {
    failure.message =
        "Request " + std::to_string(place) + " cannot be warmed: " + failure.message;
    raise_error(failure);
}

/// The requests of a warming, of which those without options of their own share one.
std::vector<engine::Call> calls_of(const ProfileFace& face,
                                   const py::sequence& items,
                                   const OptionsFace* options) {
    const auto& clock = face.engine->engine().clock();
    const auto usual = warming_options(
        *options_of(options, *face.profile, clock, AskedAs::ItemOfMany));
    std::vector<engine::Call> calls;
    calls.reserve(items.size());
    for (const auto& given : items) {
        const auto item = given.cast<py::tuple>();
        CallParts parts{.method = method_of(item[0]),
                        .route = item[1],
                        .parameters = item[2],
                        .options = usual};
        if (item.size() > 3) {
            const auto* own = item[3].cast<const OptionsFace*>();
            parts.options = warming_options(
                *options_of(own, *face.profile, clock, AskedAs::ItemOfMany));
        }
        auto call = make_call(face, std::move(parts));
        if (!call) refuse(calls.size(), std::move(call).failure());
        calls.push_back(std::move(call).value());
    }
    return calls;
}

/// What names the warming and tells of it.
WarmingFace submit_warming(const ProfileFace& face,
                           Bridge& bridge,
                           const py::object& future,
                           const py::sequence& items,
                           const OptionsFace* options,
                           const py::dict& settings) {
    engine::Engine::WarmingSettings how{
        .every = std::nullopt,
        .at_once = settings["max_operations"].cast<std::size_t>(),
        .threshold = settings["warming_threshold"].cast<std::uint64_t>()};
    const auto every = settings["every"].cast<std::optional<double>>();
    if (every) how.every = base::from_seconds(*every);
    auto started = face.engine->engine().submit_warming(
        calls_of(face, items, options), how, bridge.queue());
    bridge.expect(started.tag, future, py::none());
    return {started.tag, std::move(started.tally)};
}

}  // namespace

py::dict report_of(const engine::WarmingReport& report) {
    py::dict told;
    told["requests"] = report.requests;
    told["requested"] = report.requested;
    told["revalidated"] = report.revalidated;
    told["changed"] = report.changed;
    told["failed"] = report.failed;
    told["fresh"] = report.fresh;
    told["skipped"] = report.skipped;
    told["idle"] = report.idle;
    told["dropped"] = report.dropped;
    told["running"] = report.running;
    return told;
}

void bind_warming(py::module_& core, py::class_<ProfileFace>& profile) {
    py::class_<WarmingFace>(core, "Warming")
        .def_readonly("tag", &WarmingFace::tag)
        .def("report",
             [](const WarmingFace& face) { return report_of(face.tally->report()); })
        .def(
            "wait_for_end",
            [](const WarmingFace& face, double seconds) {
                const auto longest =
                    std::chrono::duration_cast<std::chrono::milliseconds>(
                        base::from_seconds(seconds));
                return without_gil([&] { return face.tally->wait_for_end(longest); });
            },
            py::arg("seconds"));
    profile.def("submit_warming", &submit_warming);
}

}  // namespace pyesi::bindings
