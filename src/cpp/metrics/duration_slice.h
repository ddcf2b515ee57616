#pragma once

#include "base/time.h"
#include "metrics/histogram.h"
#include "metrics/snapshot.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
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

/// One after the other as one slice. REQUIRES: the second begins where the first ended,
/// or later.
DurationSlice joined(const DurationSlice& first, const DurationSlice& second);

/// Cuts slices out of histograms that go on counting: of each series it tells what came
/// since it was cut last.
///
/// Thread: any one at a time; the histograms may be recorded into meanwhile.
class SliceCutter {
public:
    explicit SliceCutter(std::size_t series) : told_(series) {}

    /// Adds what `counted` has grown by. REQUIRES: series ascend within a slice, and
    /// each is always of the same histogram.
    template <DurationScale kScale>
    void cut(const BasicHistogram<kScale>& counted,
             std::size_t series,
             DurationSlice& slice) {
        auto& told = told_[series];
        if (told.buckets.empty()) told.buckets.resize(kScale.count());
        const auto name = static_cast<std::uint16_t>(series);
        const auto before = slice.cells.size();
        for (std::size_t bucket = 0; bucket < kScale.count(); ++bucket) {
            const auto count = static_cast<std::uint32_t>(counted.count_at(bucket));
            const auto more = count - std::exchange(told.buckets[bucket], count);
            if (more == 0) continue;
            slice.cells.push_back({name, static_cast<std::uint16_t>(bucket), more});
        }
        const auto sum = counted.sum();
        const auto longer = sum - std::exchange(told.sum, sum);
        if (slice.cells.size() != before) slice.sums.push_back({name, longer});
    }

private:
    struct Told {
        std::vector<std::uint32_t> buckets;  ///< empty: nothing
        base::Duration sum{};
    };

    std::vector<Told> told_;
};

/// The percentiles of a slice's series, one series after the other.
///
/// Thread: any one at a time. It reads the slice, which must outlive it.
class SeriesReader {
public:
    explicit SeriesReader(const DurationSlice& slice)
        : cells_{slice.cells}, sums_{slice.sums} {}

    /// REQUIRES: series ascend from call to call.
    Percentiles next(std::size_t series, DurationScale scale);

private:
    std::span<const DurationSlice::Cell> cells_;
    std::span<const DurationSlice::Sum> sums_;
};

Percentiles percentiles_of(const HistogramSnapshot& lengths);

}  // namespace pyesi::metrics
