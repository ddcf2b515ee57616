#include "metrics/duration_slice.h"

#include <algorithm>

namespace pyesi::metrics {

namespace {

using Cell = DurationSlice::Cell;
using Sum = DurationSlice::Sum;

bool is_before(const Cell& one, const Cell& other) noexcept {
    return std::pair{one.series, one.bucket} < std::pair{other.series, other.bucket};
}
void add_to(Cell& sum, const Cell& one) noexcept {
    sum.count += one.count;
}
bool is_before(const Sum& one, const Sum& other) noexcept {
    return one.series < other.series;
}
void add_to(Sum& sum, const Sum& one) noexcept {
    sum.length += one.length;
}

/// Both lists as one, in order; what both have is added up.
template <class Item>
std::vector<Item> merged(const std::vector<Item>& first,
                         const std::vector<Item>& second) {
    std::vector<Item> all;
    all.reserve(first.size() + second.size());
    auto one = first.begin();
    auto other = second.begin();
    while (one != first.end() && other != second.end()) {
        if (is_before(*one, *other)) {
            all.push_back(*one++);
        } else if (is_before(*other, *one)) {
            all.push_back(*other++);
        } else {
            all.push_back(*one++);
            add_to(all.back(), *other++);
        }
    }
    all.insert(all.end(), one, first.end());
    all.insert(all.end(), other, second.end());
    return all;
}

template <class Item>
void pop(std::span<const Item>& items) {
    items = items.subspan(1);
}

}  // namespace

DurationSlice joined(const DurationSlice& first, const DurationSlice& second) {
    return {.begin = first.begin,
            .end = second.end,
            .cells = merged(first.cells, second.cells),
            .sums = merged(first.sums, second.sums)};
}

Percentiles percentiles_of(const HistogramSnapshot& lengths) {
    Percentiles told{.count = lengths.count(), .sum = lengths.sum()};
    std::ranges::transform(kShares, told.at.begin(), [&](double share) {
        return lengths.quantile(share);
    });
    return told;
}

Percentiles SeriesReader::next(std::size_t series, DurationScale scale) {
    while (!cells_.empty() && cells_.front().series < series) pop(cells_);
    while (!sums_.empty() && sums_.front().series < series) pop(sums_);
    if (cells_.empty() || cells_.front().series != series) return {};
    std::vector<std::uint64_t> buckets(scale.count());
    for (; !cells_.empty() && cells_.front().series == series; pop(cells_)) {
        buckets[cells_.front().bucket] = cells_.front().count;
    }
    const auto sum = sums_.empty() ? base::Duration{} : sums_.front().length;
    return percentiles_of({scale, std::move(buckets), sum});
}

}  // namespace pyesi::metrics
