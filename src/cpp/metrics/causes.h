#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace pyesi::metrics {

/// Why a request was put on the wire once more, as the label `reason` shows it.
enum class RetryReason : std::uint8_t {
    ServerError,       ///< it was answered with 5xx
    Limited,           ///< or with 420 or 429
    TimedOut,          ///< a step passed its time-out
    ConnectionFailed,  ///< no connection, or it was lost
    ReusedConnection,  ///< the server had closed one that was kept open
    BadBody,           ///< the answer could not be decoded
    OtherAnswer,       ///< a 304 was about another answer than the kept one
};

inline constexpr std::size_t kRetryReasons =
    static_cast<std::size_t>(RetryReason::OtherAnswer) + 1;

constexpr const char* name_of(RetryReason reason) noexcept {
    switch (reason) {
        case RetryReason::ServerError: return "server_error";
        case RetryReason::Limited: return "limited";
        case RetryReason::TimedOut: return "timed_out";
        case RetryReason::ConnectionFailed: return "connection_failed";
        case RetryReason::ReusedConnection: return "reused_connection";
        case RetryReason::BadBody: return "bad_body";
        case RetryReason::OtherAnswer: return "other_answer";
    }
    return "";
}

/// What attempts waited for before they were sent, as the label `gate` shows it.
enum class WaitCause : std::uint8_t {
    RateLimitWindow,
    ErrorLimit,
    Ceiling,
    SharedLimits,
    Breaker,
    Concurrency,
    Pool,  ///< for a connection
};

inline constexpr std::size_t kWaitCauses =
    static_cast<std::size_t>(WaitCause::Pool) + 1;

constexpr const char* name_of(WaitCause cause) noexcept {
    switch (cause) {
        case WaitCause::RateLimitWindow: return "rate_limit_window";
        case WaitCause::ErrorLimit: return "error_limit";
        case WaitCause::Ceiling: return "ceiling";
        case WaitCause::SharedLimits: return "shared_limits";
        case WaitCause::Breaker: return "breaker";
        case WaitCause::Concurrency: return "concurrency";
        case WaitCause::Pool: return "pool";
    }
    return "";
}

}  // namespace pyesi::metrics
