#include "metrics/recent_durations.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace pyesi::metrics {

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
