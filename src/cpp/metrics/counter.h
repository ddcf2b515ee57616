#pragma once

#include <atomic>
#include <cstdint>

namespace pyesi::metrics {

/// A number that only grows, and that one thread counts: what the network thread counts
/// is of this kind. A load and a store in place of a locked addition, which costs
/// several times as much. Counters that belong together may be read a few events apart.
///
/// Thread: any one at a time; others may read meanwhile.
class Counter {
public:
    void add(std::uint64_t count = 1) noexcept {
        value_.store(value() + count, std::memory_order_relaxed);
    }

    std::uint64_t value() const noexcept {
        return value_.load(std::memory_order_relaxed);
    }

private:
    std::atomic<std::uint64_t> value_{0};
};

/// The same for what several threads count at once.
///
/// Thread-safe.
class SharedCounter {
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
