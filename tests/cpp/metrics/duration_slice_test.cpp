#include "metrics/duration_slice.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <random>

namespace pyesi::metrics {
namespace {

using Cell = DurationSlice::Cell;

std::uint64_t count_of(const DurationSlice& slice) {
    return std::accumulate(slice.cells.begin(),
                           slice.cells.end(),
                           std::uint64_t{0},
                           [](auto sum, const Cell& cell) { return sum + cell.count; });
}

/// Three histograms, and lengths that chance records into them.
class SlicesTest : public testing::TestWithParam<unsigned> {
protected:
    void record(int lengths) {
        for (int i = 0; i < lengths; ++i) {
            auto& one = *histograms_[chance_() % histograms_.size()];
            one.record(base::Duration{static_cast<std::int64_t>(chance_())});
        }
    }

    DurationSlice cut() {
        DurationSlice slice;
        for (std::size_t series = 0; series < histograms_.size(); ++series) {
            cutter_.cut(*histograms_[series], series, slice);
        }
        return slice;
    }

    std::mt19937 chance_{GetParam()};
    std::array<std::unique_ptr<Histogram>, 3> histograms_{
        std::make_unique<Histogram>(),
        std::make_unique<Histogram>(),
        std::make_unique<Histogram>()};
    SliceCutter cutter_{3};
};

TEST_P(SlicesTest, EachLengthIsInTheOneSliceThatIsCutNext) {
    for (const int lengths : {0, 1, 100, 0, 1'000}) {
        record(lengths);
        EXPECT_EQ(count_of(cut()), static_cast<std::uint64_t>(lengths));
    }
}

TEST_P(SlicesTest, ASeriesOfAllSlicesHasThePercentilesOfItsHistogram) {
    DurationSlice all;
    for (int round = 0; round < 5; ++round) {
        record(200);
        all = joined(all, cut());
    }
    SeriesReader reader{all};
    for (std::size_t series = 0; series < histograms_.size(); ++series) {
        const auto told = reader.next(series, kCoarse);
        const auto wanted = percentiles_of(histograms_[series]->snapshot());
        EXPECT_EQ(told.count, wanted.count);
        EXPECT_EQ(told.sum, wanted.sum);
        EXPECT_EQ(told.at, wanted.at);
    }
}

TEST_P(SlicesTest, ASeriesThatDidNotGrowHasNothing) {
    histograms_[1]->record(std::chrono::milliseconds{3});
    const auto slice = cut();
    SeriesReader reader{slice};
    EXPECT_EQ(reader.next(0, kCoarse).count, 0U);
    EXPECT_EQ(reader.next(1, kCoarse).count, 1U);
    EXPECT_EQ(reader.next(2, kCoarse).count, 0U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, SlicesTest, testing::Range(1U, 4U));

}  // namespace
}  // namespace pyesi::metrics
