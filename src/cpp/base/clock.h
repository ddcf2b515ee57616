#pragma once

#include "base/time.h"

#include <atomic>

namespace pyesi::base {

/// The time that policies go by. It runs with the machine's clocks and can be
/// turned forward, so that a test waits five minutes in no time. Socket
/// time-outs do not use it: they are real.
///
/// Thread-safe.
class Clock {
public:
    TimePoint now() const noexcept {
        return std::chrono::steady_clock::now() + offset();
    }

    WallTime wall_now() const noexcept {
        return std::chrono::system_clock::now() +
               std::chrono::duration_cast<WallTime::duration>(offset());
    }

    /// Turns both clocks forward by `length`.
    void advance(Duration length) noexcept {
        offset_.fetch_add(length.count(), std::memory_order_relaxed);
    }

private:
    Duration offset() const noexcept {
        return Duration{offset_.load(std::memory_order_relaxed)};
    }

    std::atomic<Duration::rep> offset_{0};
};

}  // namespace pyesi::base
