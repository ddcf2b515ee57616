#include "scheduler/retry_policy.h"

#include "http/status.h"
#include "scheduler/backoff.h"

#include <algorithm>

namespace pyesi::scheduler {

namespace {

/// What to do after an attempt, apart from what the deadline allows.
enum class Course : std::uint8_t {
    Stop,
    AtOnce,     // the connection was stale; nothing was wrong with the request
    Gates,      // the limiters hold it back for as long as it takes
    Backoff,    // up to the policy's attempts
    Once,       // the same, but a single time
    LongPause,  // a single time, far away
};

constexpr base::Duration kLeastPause = std::chrono::seconds{5};
constexpr base::Duration kMostPause = std::chrono::seconds{60};

Course course_after_status(int status) noexcept {
    if (http::is_limited(status)) return Course::Gates;
    switch (status) {
        case 500: return Course::Once;
        case 502:
        case 503:
        case 504: return Course::Backoff;
        case http::kSlowDown: return Course::LongPause;
        default: return Course::Stop;
    }
}

Course course_after_failure(const RetryInput& input) noexcept {
    switch (input.failure) {
        case base::ErrorKind::ConnectionLost:
            return input.surely_not_sent || input.on_reused_connection
                       ? Course::AtOnce
                       : Course::Backoff;
        case base::ErrorKind::NameNotResolved:
        case base::ErrorKind::ConnectFailed:
        case base::ErrorKind::ConnectTimedOut:
        case base::ErrorKind::ReadTimedOut:
        case base::ErrorKind::WriteTimedOut:
        case base::ErrorKind::ProtocolViolated: return Course::Backoff;
        case base::ErrorKind::DecodeFailed: return Course::Once;
        default: return Course::Stop;
    }
}

Course course_after(const RetryInput& input) noexcept {
    if (input.is_page_end) return Course::Stop;
    const bool answered = input.status != 0;
    const bool repeatable =
        http::is_safe(input.method) || (!answered && input.surely_not_sent);
    if (!repeatable) return Course::Stop;
    return answered ? course_after_status(input.status) : course_after_failure(input);
}

bool has_attempts_left(const RetryInput& input, Course course) noexcept {
    const bool only_once = course == Course::Once || course == Course::LongPause;
    const int most =
        only_once ? std::min(2, input.policy.max_attempts) : input.policy.max_attempts;
    return input.attempts < most;
}

base::Duration delay_of(const RetryInput& input,
                        Course course,
                        double jitter) noexcept {
    switch (course) {
        case Course::Stop:
        case Course::AtOnce:
        case Course::Gates: return base::Duration::zero();
        case Course::LongPause: {
            const auto spread = base::in_seconds(kMostPause - kLeastPause);
            const auto pause = kLeastPause + base::from_seconds(jitter * spread);
            return std::max(pause, input.retry_after.value_or(pause));
        }
        case Course::Backoff:
        case Course::Once: break;
    }
    return backoff_delay({.failures = input.attempts,
                          .base = input.policy.base,
                          .cap = input.policy.cap,
                          .retry_after = input.retry_after},
                         jitter);
}

}  // namespace

RetryDecision decide_retry(const RetryInput& input, double jitter) noexcept {
    const RetryDecision stop{false, {}, input.retry_after};
    const auto course = course_after(input);
    if (course == Course::Stop || !has_attempts_left(input, course)) return stop;

    const auto delay = delay_of(input, course, jitter);
    const auto wait = std::max(delay, input.retry_after.value_or(delay));
    if (input.now + wait >= input.deadline) return stop;
    return {true, delay, std::nullopt};
}

}  // namespace pyesi::scheduler
