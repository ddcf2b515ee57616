#include "engine/counting.h"

#include "http/status.h"

#include <algorithm>
#include <optional>

namespace pyesi::engine {

namespace {

using metrics::RetryReason;
using metrics::WaitCause;

std::optional<WaitCause> cause_of(scheduler::GateName gate) noexcept {
    using scheduler::GateName;
    switch (gate) {
        case GateName::None: return std::nullopt;
        case GateName::RateLimitWindow: return WaitCause::RateLimitWindow;
        case GateName::ErrorLimit: return WaitCause::ErrorLimit;
        case GateName::Ceiling: return WaitCause::Ceiling;
        case GateName::SharedLimits: return WaitCause::SharedLimits;
        case GateName::Breaker: return WaitCause::Breaker;
        case GateName::Concurrency: return WaitCause::Concurrency;
    }
    return std::nullopt;
}

void count_waits(const AttemptTimes& times, metrics::RequestMetrics& metrics) {
    using Span = AttemptTimes::Span;
    const auto count = [&](std::optional<WaitCause> cause, Span span) {
        if (cause) {
            metrics.on_wait(*cause, base::from_seconds(double{times.seconds[span]}));
        }
    };
    count(cause_of(times.limit), Span::ByLimit);
    count(WaitCause::Breaker, Span::ByBreaker);
    // Without a name it was only until the scheduler looked at it.
    count(cause_of(times.turn), Span::ByTurn);
    count(WaitCause::Pool, Span::Pool);
}

}  // namespace

RetryReason retry_reason_of(const scheduler::RetryInput& input) noexcept {
    if (http::is_limited(input.status)) return RetryReason::Limited;
    if (input.status != 0) return RetryReason::ServerError;
    switch (input.failure) {
        case base::ErrorKind::DecodeFailed:
        case base::ErrorKind::BodyTooLarge: return RetryReason::BadBody;
        case base::ErrorKind::ConnectTimedOut:
        case base::ErrorKind::ReadTimedOut:
        case base::ErrorKind::WriteTimedOut: return RetryReason::TimedOut;
        default: return RetryReason::ConnectionFailed;
    }
}

void count_sends(Flight& flight, int sends, metrics::RequestMetrics& metrics) {
    const auto route = flight.call.route->index;
    // One that never left is an attempt all the same: there is a last one.
    for (int send = 0; send < std::max(1, sends); ++send) {
        if (send > 0) flight.again_for = RetryReason::ReusedConnection;
        metrics.on_attempt(route, ++flight.attempts, flight.again_for);
    }
    count_waits(flight.brought->times.times, metrics);
}

void count_end(const Flight& flight,
               const cache::Entry* answer,
               metrics::RequestMetrics& metrics) {
    const auto decoding = flight.brought->times.times.seconds[AttemptTimes::Decode];
    metrics.totals().decode_nanoseconds.add(
        static_cast<std::uint64_t>(base::from_seconds(double{decoding}).count()));
    const bool is_well = answer != nullptr && !http::is_error(answer->response.status);
    if (is_well && flight.attempts > 1) {
        metrics.on_retried_well(flight.call.route->index, flight.again_for);
    }
}

}  // namespace pyesi::engine
