#pragma once

#include "base/time.h"

#include <atomic>

#ifdef __linux__
#include <ctime>
#endif

namespace pyesi::base {

/// The time that policies go by. It runs with the machine's clocks and can be
/// turned forward, so that a test waits five minutes in no time. Socket
/// time-outs do not use it: they are real.
///
/// Thread-safe.
class Clock {
public:
    TimePoint now() const noexcept { return machine_now() + offset(); }

    WallTime wall_now() const noexcept {
        return std::chrono::system_clock::now() +
               std::chrono::duration_cast<WallTime::duration>(offset());
    }

    /// Turns both clocks forward by `length`.
    void advance(Duration length) noexcept {
        offset_.fetch_add(length.count(), std::memory_order_relaxed);
    }

private:
    // Counts while the machine sleeps: a laptop that wakes up must not take last
    // night's answers for fresh. Elsewhere than on Linux the steady clock does.
    static TimePoint machine_now() noexcept {
#ifdef __linux__
        timespec since_boot{};
        clock_gettime(CLOCK_BOOTTIME, &since_boot);
        return TimePoint{std::chrono::seconds{since_boot.tv_sec} +
                         std::chrono::nanoseconds{since_boot.tv_nsec}};
#else
        return std::chrono::steady_clock::now();
#endif
    }

    Duration offset() const noexcept {
        return Duration{offset_.load(std::memory_order_relaxed)};
    }

    std::atomic<Duration::rep> offset_{0};
};

}  // namespace pyesi::base
