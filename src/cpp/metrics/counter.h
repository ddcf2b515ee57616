#pragma once

#include <atomic>
#include <cstdint>

namespace pyesi::metrics {

/// A number that only grows.
/// Counters that belong together may be read a few events apart.
///
/// Thread-safe.
class Counter {
public:
    void add(std::uint64_t count = 1) noexcept {
        value_.fetch_add(count, std::memory_order_relaxed);
    }

    std::uint64_t value() const noexcept {
        return value_.load(std::memory_order_relaxed);
    }

private:
    std::atomic<std::uint64_t> value_{0};
};

}  // namespace pyesi::metrics
