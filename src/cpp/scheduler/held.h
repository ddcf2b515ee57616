#pragma once

#include "base/time.h"

#include <algorithm>
#include <cstdint>

namespace pyesi::scheduler {

/// What holds requests back, by name.
enum class GateName : std::uint8_t {
    None,
    RateLimitWindow,
    ErrorLimit,
    Ceiling,
    SharedLimits,
    Breaker,
    Concurrency,
};

constexpr const char* name_of(GateName gate) noexcept {
    switch (gate) {
        case GateName::None: return "";
        case GateName::RateLimitWindow: return "rate_limit_window";
        case GateName::ErrorLimit: return "error_limit";
        case GateName::Ceiling: return "ceiling";
        case GateName::SharedLimits: return "shared_limits";
        case GateName::Breaker: return "breaker";
        case GateName::Concurrency: return "concurrency";
    }
    return "";
}

/// What a ticket waited for until it was let go, as its lane and its upstream know it:
/// whoever knows since when it waited counts no more than that.
struct Held {
    GateName limit = GateName::None;  ///< the last one that set its lane aside
    base::Duration by_limits{};       ///< for how long it was set aside

    // When its upstream was down last; nothing between them if it never was.
    base::TimePoint shut_since{};
    base::TimePoint shut_until{};

    base::TimePoint full_at{};  ///< when last no slot was free

    // What the gates of an upstream say to the ticket that is next.

    void on_shut(base::TimePoint now) noexcept {
        // While it recovers, one that goes is no end of it.
        if (shut_until < now) shut_since = now;
        shut_until = base::TimePoint::max();
    }
    void on_open(base::TimePoint now) noexcept {
        shut_until = std::min(shut_until, now);
    }
    void on_full(base::TimePoint now) noexcept {
        on_open(now);
        full_at = now;
    }
};

}  // namespace pyesi::scheduler
