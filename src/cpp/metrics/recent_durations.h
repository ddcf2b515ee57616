#pragma once

#include "base/time.h"
#include "metrics/duration_slice.h"

#include <cstddef>
#include <vector>

namespace pyesi::metrics {

/// The lengths of time of the last minutes, cut into slices: of ten seconds, and where
/// they are older than a minute, of one minute. A series is of either scale, as whoever
/// adds slices has it.
///
/// Its room is bounded: where there would be more than kMaxCells, the oldest slices go,
/// and the longest window covers less than its length.
///
/// Thread: any one at a time.
class RecentDurations {
public:
    static constexpr std::chrono::seconds kFine{10};
    static constexpr std::chrono::seconds kMinute{60};
    static constexpr std::chrono::seconds kLongest{600};
    static constexpr std::size_t kMaxCells = 150'000;  ///< 1.2 MB

    /// REQUIRES: it does not begin before the last one ended.
    void add(DurationSlice slice);

    /// All of the last `window` in one slice; up to one more slice than that, since it
    /// takes them whole. It begins and ends at `now` if there is nothing.
    DurationSlice over(base::Duration window, base::TimePoint now) const;

    std::size_t cells() const noexcept;

private:
    void join_neighbours(base::TimePoint now);

    std::vector<DurationSlice> slices_;  // the oldest first
};

}  // namespace pyesi::metrics
