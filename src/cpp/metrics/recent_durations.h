#pragma once

#include "base/time.h"
#include "metrics/histogram.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace pyesi::metrics {

/// How many lengths of time fell into which bucket of which series between two
/// instants. Only what is not zero is held.
struct DurationSlice {
    struct Cell {
        std::uint16_t series = 0;
        std::uint16_t bucket = 0;
        std::uint32_t count = 0;
    };
    struct Sum {
        std::uint16_t series = 0;
        base::Duration length{};
    };

    base::TimePoint begin{};
    base::TimePoint end{};
    std::vector<Cell> cells;  ///< by series, then by bucket
    std::vector<Sum> sums;    ///< by series
};

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

/// One after the other as one slice. REQUIRES: the second begins where the first ended,
/// or later.
DurationSlice joined(const DurationSlice& first, const DurationSlice& second);

}  // namespace pyesi::metrics
