#pragma once

#include <atomic>
#include <cstdint>

namespace pyesi::metrics {

/// A number that goes up and down: how many are open, queued, waiting.
///
/// Thread-safe.
class Gauge {
public:
    void set(std::int64_t value) noexcept {
        value_.store(value, std::memory_order_relaxed);
    }

    void add(std::int64_t change) noexcept {
        value_.fetch_add(change, std::memory_order_relaxed);
    }

    std::int64_t value() const noexcept {
        return value_.load(std::memory_order_relaxed);
    }

private:
    std::atomic<std::int64_t> value_{0};
};

}  // namespace pyesi::metrics
