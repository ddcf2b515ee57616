#pragma once

#include "base/time.h"
#include "metrics/counter.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace pyesi::metrics {

/// How lengths of time are sorted into buckets: one for all below 1.024 µs, then
/// 16 equal ones for each doubling, and the last takes all from 73 minutes on.
/// The middle of a bucket is within 1/32 (3.2 %) of each length in it.
namespace duration_buckets {

inline constexpr unsigned kLowestPower = 10;   ///< 2^10 ns = 1.024 µs
inline constexpr unsigned kHighestPower = 42;  ///< 2^42 ns = 73 min
inline constexpr unsigned kStepBits = 4;
inline constexpr std::size_t kCount =
    2 + (std::size_t{kHighestPower - kLowestPower} << kStepBits);

/// The bucket that `length` belongs to; a negative one belongs to the first.
std::size_t index_of(base::Duration length) noexcept;

/// The least length of a bucket.
/// REQUIRES: index < kCount.
base::Duration lower_edge(std::size_t index) noexcept;

/// What stands for all lengths of a bucket. The last has no end and is shown by
/// its lower edge.
/// REQUIRES: index < kCount.
base::Duration middle(std::size_t index) noexcept;

}  // namespace duration_buckets

/// A histogram's numbers at one moment.
///
/// Thread: any one at a time.
class HistogramSnapshot {
public:
    HistogramSnapshot() = default;
    HistogramSnapshot(std::vector<std::uint64_t> buckets, base::Duration sum);

    /// The sum of all buckets.
    std::uint64_t count() const noexcept { return count_; }
    base::Duration sum() const noexcept { return sum_; }

    /// Adds what another one counted.
    void merge(const HistogramSnapshot& other);

    /// The length that a share of `q` does not pass, within 3.2 %; zero if nothing
    /// was recorded. `q` outside [0, 1] reads as the nearer end.
    base::Duration quantile(double q) const noexcept;

    /// For each bound how many were not longer, within 3.2 % of the bound.
    /// REQUIRES: bounds ascend.
    std::vector<std::uint64_t> cumulative(std::span<const base::Duration> bounds) const;

private:
    std::vector<std::uint64_t> buckets_;  // empty: nothing recorded
    std::uint64_t count_ = 0;
    base::Duration sum_{0};
};

/// Counts lengths of time in 4 kB that never grow.
///
/// Thread-safe.
class Histogram {
public:
    void record(base::Duration length) noexcept;

    /// Its count is the sum of its buckets, also while others record.
    HistogramSnapshot snapshot() const;

private:
    std::array<Counter, duration_buckets::kCount> buckets_;
    Counter nanoseconds_;
};

}  // namespace pyesi::metrics
