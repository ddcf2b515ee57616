// The last minutes, cut into slices: whatever is added, a window holds what fell into
// it, each time once, within the slice that it cuts.

#include "metrics/recent_durations.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <utility>
#include <vector>

namespace pyesi::metrics {
namespace {

using namespace std::chrono_literals;

constexpr base::TimePoint kStart{1'000s};

DurationSlice slice_of(base::TimePoint begin,
                       base::Duration length,
                       std::vector<DurationSlice::Cell> cells) {
    DurationSlice slice{
        .begin = begin, .end = begin + length, .cells = std::move(cells), .sums = {}};
    for (const auto& cell : slice.cells) {
        const auto sum = base::Duration{cell.bucket} * cell.count;
        if (slice.sums.empty() || slice.sums.back().series != cell.series) {
            slice.sums.push_back({cell.series, sum});
        } else {
            slice.sums.back().length += sum;
        }
    }
    return slice;
}

std::uint64_t count_of(const DurationSlice& slice) {
    std::uint64_t count = 0;
    for (const auto& cell : slice.cells) count += cell.count;
    return count;
}

TEST(RecentDurations, OfNothingEveryWindowIsEmpty) {
    const RecentDurations recent;
    const auto all = recent.over(1min, kStart);
    EXPECT_TRUE(all.cells.empty());
    EXPECT_EQ(all.begin, kStart);
    EXPECT_EQ(all.end, kStart);
}

TEST(RecentDurations, JoinedSlicesAddUpBySeriesAndBucket) {
    const auto first = slice_of(kStart, 10s, {{0, 3, 1}, {0, 7, 2}, {4, 1, 5}});
    const auto second = slice_of(kStart + 10s, 10s, {{0, 7, 10}, {2, 0, 1}});
    const auto both = joined(first, second);
    std::vector<std::vector<int>> cells;
    cells.reserve(both.cells.size());
    for (const auto& cell : both.cells) {
        cells.push_back({cell.series, cell.bucket, static_cast<int>(cell.count)});
    }
    EXPECT_EQ(
        cells,
        (std::vector<std::vector<int>>{{0, 3, 1}, {0, 7, 12}, {2, 0, 1}, {4, 1, 5}}));
    ASSERT_EQ(both.sums.size(), 3U);
    EXPECT_EQ(both.sums[0].length, base::Duration{3 + 14 + 70});
    EXPECT_EQ(both.begin, kStart);
    EXPECT_EQ(both.end, kStart + 20s);
}

TEST(RecentDurations, AWindowHoldsWhatFellIntoItAndAtMostOneSliceMore) {
    for (unsigned seed = 0; seed < 50; ++seed) {
        std::mt19937_64 random{seed};
        RecentDurations recent;
        std::vector<std::pair<base::TimePoint, std::uint32_t>> added;
        auto now = kStart;
        for (int turn = 0; turn < 300; ++turn) {
            const base::Duration length =
                std::chrono::milliseconds{1 + random() % 10'000};
            const auto count = static_cast<std::uint32_t>(1 + random() % 9);
            recent.add(slice_of(now, length, {{1, 5, count}}));
            added.emplace_back(now + length, count);
            now += length;
            if (random() % 10 == 0) now += std::chrono::seconds{random() % 90};
            for (const auto& [window, slack] :
                 {std::pair<base::Duration, base::Duration>{1min, 10s},
                  {10min, 1min}}) {
                std::uint64_t least = 0;
                std::uint64_t most = 0;
                for (const auto& [end, each] : added) {
                    if (end > now - window) least += each;
                    if (end > now - window - slack) most += each;
                }
                const auto counted = count_of(recent.over(window, now));
                ASSERT_GE(counted, least) << seed << " " << turn;
                ASSERT_LE(counted, most) << seed << " " << turn;
            }
        }
    }
}

TEST(RecentDurations, ItsRoomIsBoundedHoweverMuchIsAdded) {
    RecentDurations recent;
    std::vector<DurationSlice::Cell> cells;
    cells.reserve(40'000);
    for (std::uint16_t series = 0; series < 200; ++series) {
        for (std::uint16_t bucket = 0; bucket < 200; ++bucket) {
            cells.push_back({series, bucket, 1});
        }
    }
    auto now = kStart;
    for (int turn = 0; turn < 100; ++turn) {
        recent.add(slice_of(now, 10s, cells));
        now += 10s;
        ASSERT_LE(recent.cells(), RecentDurations::kMaxCells);
    }
    // The last minute is what is left.
    EXPECT_GE(count_of(recent.over(20s, now)), 80'000U);
}

}  // namespace
}  // namespace pyesi::metrics
