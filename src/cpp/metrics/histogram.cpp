#include "metrics/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <numeric>
#include <utility>

namespace pyesi::metrics {

namespace {

constexpr std::ptrdiff_t kBlock = 16;

/// How many of the buckets have a middle that is not past the bound: only of that in
/// which the bound lies it must be looked at.
std::ptrdiff_t places_within(DurationScale scale,
                             base::Duration bound,
                             std::span<const std::uint64_t> buckets) noexcept {
    if (buckets.empty()) return 0;
    const auto index = scale.index_of(bound);
    const bool is_past = scale.middle(index) > bound;
    return static_cast<std::ptrdiff_t>(is_past ? index : index + 1);
}

}  // namespace

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
    // By blocks first: most buckets are empty, and a block is added up at once.
    auto at = buckets_.begin();
    std::uint64_t seen = 0;
    while (buckets_.end() - at >= kBlock) {
        const auto more = std::accumulate(at, at + kBlock, std::uint64_t{0});
        if (seen + more >= rank) break;
        seen += more;
        at += kBlock;
    }
    for (; at != buckets_.end(); ++at) {
        seen += *at;
        if (seen >= rank) break;
    }
    const auto last = std::prev(buckets_.end());
    return scale_.middle(
        static_cast<std::size_t>(std::min(at, last) - buckets_.begin()));
}

std::vector<std::uint64_t> HistogramSnapshot::cumulative(
    std::span<const base::Duration> bounds) const {
    std::vector<std::uint64_t> counts;
    counts.reserve(bounds.size());
    auto at = buckets_.begin();
    std::uint64_t seen = 0;
    for (const auto bound : bounds) {
        const auto end = buckets_.begin() + places_within(scale_, bound, buckets_);
        seen = std::accumulate(at, end, seen);
        at = end;
        counts.push_back(seen);
    }
    return counts;
}

}  // namespace pyesi::metrics
