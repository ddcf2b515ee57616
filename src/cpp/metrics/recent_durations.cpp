#include "metrics/recent_durations.h"

#include <algorithm>
#include <numeric>
#include <utility>

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

}  // namespace

DurationSlice joined(const DurationSlice& first, const DurationSlice& second) {
    return {.begin = first.begin,
            .end = second.end,
            .cells = merged(first.cells, second.cells),
            .sums = merged(first.sums, second.sums)};
}

void RecentDurations::add(DurationSlice slice) {
    const auto now = slice.end;
    slices_.push_back(std::move(slice));
    std::erase_if(
        slices_, [now](const DurationSlice& old) { return old.end <= now - kLongest; });
    join_neighbours(now);
    while (slices_.size() > 1 && cells() > kMaxCells) slices_.erase(slices_.begin());
}

DurationSlice RecentDurations::over(base::Duration window, base::TimePoint now) const {
    DurationSlice all{.begin = now, .end = now, .cells = {}, .sums = {}};
    bool is_first = true;
    for (const auto& slice : slices_) {
        if (slice.end <= now - window) continue;
        all = std::exchange(is_first, false) ? slice : joined(all, slice);
    }
    all.end = now;
    return all;
}

std::size_t RecentDurations::cells() const noexcept {
    return std::accumulate(slices_.begin(),
                           slices_.end(),
                           std::size_t{0},
                           [](std::size_t count, const DurationSlice& slice) {
                               return count + slice.cells.size();
                           });
}

void RecentDurations::join_neighbours(base::TimePoint now) {
    std::vector<DurationSlice> kept;
    kept.reserve(slices_.size());
    for (auto& slice : slices_) {
        const bool is_old = slice.end <= now - kMinute;
        const auto longest = is_old ? base::Duration{kMinute} : base::Duration{kFine};
        if (!kept.empty() && slice.end - kept.back().begin <= longest) {
            kept.back() = joined(kept.back(), slice);
        } else {
            kept.push_back(std::move(slice));
        }
    }
    slices_ = std::move(kept);
}

}  // namespace pyesi::metrics
