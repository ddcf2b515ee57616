#include "bindings/timeline_view.h"

#include "base/time.h"

#include <chrono>
#include <cmath>

namespace py = pybind11;

namespace pyesi::bindings {

namespace {

/// To the nanosecond: a float has no more to tell.
double in_double(float seconds) noexcept {
    constexpr double kNanoseconds = 1e9;
    return std::round(static_cast<double>(seconds) * kNanoseconds) / kNanoseconds;
}

/// When it was asked for, in seconds since the epoch. What was answered on the asker's
/// own thread took no time: its age tells when that was.
double started_at(const engine::Answer& answer) noexcept {
    const auto& times = answer.entry->times;
    const auto asked_at = answer.timeline.asked_at;
    const auto since_received = asked_at != base::TimePoint{}
                                    ? asked_at - times.received_at
                                    : answer.age - times.age_when_received;
    const auto received = times.received_wall.time_since_epoch();
    return std::chrono::duration<double>(received + since_received).count();
}

}  // namespace

py::object timeline_of(const engine::Answer& answer) {
    const auto datetime = py::module_::import("datetime");
    py::list phases;
    for (const auto& step : answer.timeline.steps()) {
        phases.append(py::make_tuple(
            engine::name_of(step.phase), in_double(step.seconds), step.detail));
    }
    return py::module_::import("pyesi._timeline")
        .attr("Timeline")(
            phases,
            py::arg("started_at") =
                datetime.attr("datetime")
                    .attr("fromtimestamp")(started_at(answer),
                                           datetime.attr("timezone").attr("utc")),
            py::arg("elapsed") = base::in_seconds(answer.elapsed));
}

}  // namespace pyesi::bindings
