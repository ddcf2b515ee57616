#pragma once

#include "engine/flight_times.h"

#include <chrono>
#include <utility>

namespace pyesi::engine {

/// All that a request notes of its time which is answered at its first attempt, and
/// the timeline that its answer carries. `now()` is asked at each step.
template <class Now>
Timeline note_a_request(const transport::TransferEnd& end, Now&& now) {
    const FlightTimes::Asker asker{.asked_at = now(), .joined_at = {}};
    FlightTimes times;
    FlightTimes::Attempt attempt;
    times.on_queued(now());
    times.on_admitted(attempt, {}, now());
    times.on_started(attempt, now());
    times.on_transfer_end(attempt, end, now());
    times.on_decoded(attempt, now());
    return times.timeline(asker, &attempt, scheduler::GateName::None, now());
}

/// An answer on a connection that was there.
inline transport::TransferEnd quick_reply() {
    using namespace std::chrono_literals;
    transport::TransferReply reply;
    reply.status = 200;
    reply.timings = {.pool = 1us, .first_byte = 90us, .total = 100us};
    return reply;
}

}  // namespace pyesi::engine
