#include "metrics/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <utility>

namespace pyesi::metrics {

std::size_t DurationScale::index_of(base::Duration length) const noexcept {
    if (length.count() < 0) return 0;
    const auto value = static_cast<std::uint64_t>(length.count());
    if (value < std::uint64_t{1} << kLowestPower) return 0;
    if (value >= std::uint64_t{1} << kHighestPower) return count() - 1;
    const auto power = static_cast<unsigned>(std::bit_width(value)) - 1;
    const auto steps = std::uint64_t{1} << step_bits;
    const auto step = (value >> (power - step_bits)) & (steps - 1);
    return 1 + (std::size_t{power - kLowestPower} << step_bits) + step;
}

base::Duration DurationScale::lower_edge(std::size_t index) const noexcept {
    if (index == 0) return base::Duration{0};
    const auto steps = std::uint64_t{1} << step_bits;
    const auto power = kLowestPower + ((index - 1) >> step_bits);
    const auto step = (index - 1) & (steps - 1);
    const auto edge = (steps + step) << (power - step_bits);
    return base::Duration{static_cast<std::int64_t>(edge)};
}

base::Duration DurationScale::middle(std::size_t index) const noexcept {
    if (index + 1 == count()) return lower_edge(index);
    return (lower_edge(index) + lower_edge(index + 1)) / 2;
}

HistogramSnapshot::HistogramSnapshot(DurationScale scale,
                                     std::vector<std::uint64_t> buckets,
                                     base::Duration sum)
    : scale_{scale},
      buckets_{std::move(buckets)},
      count_{std::accumulate(buckets_.begin(), buckets_.end(), std::uint64_t{0})},
      sum_{sum} {}

void HistogramSnapshot::merge(const HistogramSnapshot& other) {
    if (buckets_.empty()) {
        scale_ = other.scale_;
        buckets_.resize(other.buckets_.size());
    }
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
        if (seen >= rank) return scale_.middle(index);
    }
    return scale_.middle(buckets_.size() - 1);
}

std::vector<std::uint64_t> HistogramSnapshot::cumulative(
    std::span<const base::Duration> bounds) const {
    std::vector<std::uint64_t> counts;
    counts.reserve(bounds.size());
    std::size_t index = 0;
    std::uint64_t seen = 0;
    for (const auto bound : bounds) {
        while (index < buckets_.size() && scale_.middle(index) <= bound) {
            seen += buckets_[index];
            ++index;
        }
        counts.push_back(seen);
    }
    return counts;
}

}  // namespace pyesi::metrics
