#pragma once

#include <chrono>

namespace pyesi::base {

using Duration = std::chrono::nanoseconds;

/// An instant of policy time: freshness of limits, back-off, deadlines.
using TimePoint = std::chrono::steady_clock::time_point;

/// An instant as HTTP dates tell it.
using WallTime = std::chrono::system_clock::time_point;

/// Seconds as Python shows them.
inline double in_seconds(Duration length) noexcept {
    return std::chrono::duration<double>(length).count();
}

/// The nearest Duration to `seconds`; what is beyond 10^9 s reads as 10^9 s.
inline Duration from_seconds(double seconds) noexcept {
    constexpr double kCeiling = 1e9;
    if (!(seconds > -kCeiling)) return std::chrono::seconds{-1'000'000'000};
    if (!(seconds < kCeiling)) return std::chrono::seconds{1'000'000'000};
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

}  // namespace pyesi::base
