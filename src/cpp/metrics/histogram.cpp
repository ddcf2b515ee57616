#include "metrics/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <utility>

namespace pyesi::metrics {

namespace duration_buckets {

namespace {

constexpr std::uint64_t kSteps = std::uint64_t{1} << kStepBits;

}  // namespace

std::size_t index_of(base::Duration length) noexcept {
    if (length.count() < 0) return 0;
    const auto value = static_cast<std::uint64_t>(length.count());
    if (value < std::uint64_t{1} << kLowestPower) return 0;
    if (value >= std::uint64_t{1} << kHighestPower) return kCount - 1;
    const auto power = static_cast<unsigned>(std::bit_width(value)) - 1;
    const auto step = (value >> (power - kStepBits)) & (kSteps - 1);
    return 1 + (std::size_t{power - kLowestPower} << kStepBits) + step;
}

base::Duration lower_edge(std::size_t index) noexcept {
    if (index == 0) return base::Duration{0};
    const auto power = kLowestPower + ((index - 1) >> kStepBits);
    const auto step = (index - 1) & (kSteps - 1);
    const auto edge = (kSteps + step) << (power - kStepBits);
    return base::Duration{static_cast<std::int64_t>(edge)};
}

base::Duration middle(std::size_t index) noexcept {
    if (index + 1 == kCount) return lower_edge(index);
    return (lower_edge(index) + lower_edge(index + 1)) / 2;
}

}  // namespace duration_buckets

HistogramSnapshot::HistogramSnapshot(std::vector<std::uint64_t> buckets,
                                     base::Duration sum)
    : buckets_{std::move(buckets)},
      count_{std::accumulate(buckets_.begin(), buckets_.end(), std::uint64_t{0})},
      sum_{sum} {}

void HistogramSnapshot::merge(const HistogramSnapshot& other) {
    if (buckets_.size() < other.buckets_.size()) buckets_.resize(other.buckets_.size());
    std::ranges::transform(
        other.buckets_, buckets_, buckets_.begin(), std::plus<std::uint64_t>{});
    count_ += other.count_;
    sum_ += other.sum_;
}

base::Duration HistogramSnapshot::quantile(double q) const noexcept {
    if (count_ == 0) return base::Duration{0};
    // Written so that NaN reads as 0.
    const auto share = (q > 0 ? std::min(q, 1.0) : 0) * static_cast<double>(count_);
    const auto rank =
        std::max(std::uint64_t{1}, static_cast<std::uint64_t>(std::ceil(share)));
    std::uint64_t seen = 0;
    for (std::size_t index = 0; index < buckets_.size(); ++index) {
        seen += buckets_[index];
        if (seen >= rank) return duration_buckets::middle(index);
    }
    return duration_buckets::middle(buckets_.size() - 1);
}

std::vector<std::uint64_t> HistogramSnapshot::cumulative(
    std::span<const base::Duration> bounds) const {
    std::vector<std::uint64_t> counts;
    counts.reserve(bounds.size());
    std::size_t index = 0;
    std::uint64_t seen = 0;
    for (const auto bound : bounds) {
        while (index < buckets_.size() && duration_buckets::middle(index) <= bound) {
            seen += buckets_[index];
            ++index;
        }
        counts.push_back(seen);
    }
    return counts;
}

void Histogram::record(base::Duration length) noexcept {
    buckets_[duration_buckets::index_of(length)].add();
    const auto counted = std::max(length, base::Duration{0});
    nanoseconds_.add(static_cast<std::uint64_t>(counted.count()));
}

HistogramSnapshot Histogram::snapshot() const {
    std::vector<std::uint64_t> counts(buckets_.size());
    std::ranges::transform(buckets_, counts.begin(), &Counter::value);
    return {std::move(counts),
            base::Duration{static_cast<std::int64_t>(nanoseconds_.value())}};
}

}  // namespace pyesi::metrics
