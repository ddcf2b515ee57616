#pragma once

#include "base/time.h"
#include "metrics/counter.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace pyesi::metrics {

/// How lengths of time are sorted into buckets: one for all below 1.024 µs, then equal
/// ones for each doubling, 2^step_bits of them, and the last takes all from 73 minutes
/// on. The middle of a bucket is near each length in it: see `error`.
///
/// Constant after construction.
struct DurationScale {
    static constexpr unsigned kLowestPower = 10;   ///< 2^10 ns = 1.024 µs
    static constexpr unsigned kHighestPower = 42;  ///< 2^42 ns = 73 min

    unsigned step_bits = 4;

    constexpr std::size_t count() const noexcept {
        return 2 + (std::size_t{kHighestPower - kLowestPower} << step_bits);
    }

    /// How far a middle is from a length of its bucket at most, as a share of that.
    constexpr double error() const noexcept {
        return 0.5 / static_cast<double>(std::uint64_t{1} << step_bits);
    }

    /// The bucket that `length` belongs to; a negative one belongs to the first.
    std::size_t index_of(base::Duration length) const noexcept;

    /// The least length of a bucket.
    /// REQUIRES: index < count().
    base::Duration lower_edge(std::size_t index) const noexcept;

    /// What stands for all lengths of a bucket. The last has no end and is shown by
    /// its lower edge.
    /// REQUIRES: index < count().
    base::Duration middle(std::size_t index) const noexcept;

    bool operator==(const DurationScale&) const = default;
};

inline constexpr DurationScale kCoarse{4};  ///< 514 buckets, 3.2 %: for each route
inline constexpr DurationScale kFine{6};    ///< 2,050 buckets, 0.8 %: for all together

/// A histogram's numbers at one moment.
///
/// Thread: any one at a time.
class HistogramSnapshot {
public:
    HistogramSnapshot() = default;

    /// REQUIRES: there are as many buckets as the scale has, or none.
    HistogramSnapshot(DurationScale scale,
                      std::vector<std::uint64_t> buckets,
                      base::Duration sum);

    /// The sum of all buckets.
    std::uint64_t count() const noexcept { return count_; }
    base::Duration sum() const noexcept { return sum_; }
    std::span<const std::uint64_t> buckets() const noexcept { return buckets_; }

    /// Adds what another one counted. REQUIRES: it is of the same scale, or empty.
    void merge(const HistogramSnapshot& other);

    /// The length that a share of `q` does not pass, within the scale's error; zero if
    /// nothing was recorded. `q` outside [0, 1] reads as the nearer end.
    base::Duration quantile(double q) const noexcept;

    /// For each bound how many were not longer, within the scale's error of the bound.
    /// REQUIRES: bounds ascend.
    std::vector<std::uint64_t> cumulative(std::span<const base::Duration> bounds) const;

private:
    DurationScale scale_ = kCoarse;
    std::vector<std::uint64_t> buckets_;  // empty: nothing recorded
    std::uint64_t count_ = 0;
    base::Duration sum_{0};
};

/// Counts lengths of time in room that never grows: 4 kB by the coarse scale, 16 by
/// the fine one.
///
/// Thread: any one at a time; others may read meanwhile.
template <DurationScale kScale>
class BasicHistogram {
public:
    void record(base::Duration length) noexcept {
        buckets_[kScale.index_of(length)].add();
        const auto counted = length.count() < 0 ? 0 : length.count();
        nanoseconds_.add(static_cast<std::uint64_t>(counted));
    }

    /// Its count is the sum of its buckets, also while another thread records.
    HistogramSnapshot snapshot() const {
        std::vector<std::uint64_t> counts(buckets_.size());
        for (std::size_t index = 0; index < counts.size(); ++index) {
            counts[index] = buckets_[index].value();
        }
        return {kScale, std::move(counts), sum()};
    }

    std::uint64_t count_at(std::size_t bucket) const noexcept {
        return buckets_[bucket].value();
    }
    base::Duration sum() const noexcept {
        return base::Duration{static_cast<std::int64_t>(nanoseconds_.value())};
    }

private:
    std::array<Counter, kScale.count()> buckets_;
    Counter nanoseconds_;
};

using Histogram = BasicHistogram<kCoarse>;
using FineHistogram = BasicHistogram<kFine>;

}  // namespace pyesi::metrics
