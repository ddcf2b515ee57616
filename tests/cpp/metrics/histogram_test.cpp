#include "metrics/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <thread>
#include <vector>

namespace pyesi::metrics {
namespace {

using base::Duration;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

bool is_near(Duration got, Duration expected, double error = kCoarse.error()) {
    const auto difference = std::abs(static_cast<double>((got - expected).count()));
    return difference <= error * static_cast<double>(expected.count());
}

std::vector<Duration> random_lengths(std::size_t count, unsigned seed) {
    std::mt19937_64 random{seed};
    std::lognormal_distribution<double> draw{17.0, 1.5};  // around 24 ms
    std::vector<Duration> lengths(count);
    for (auto& length : lengths) {
        length = nanoseconds{static_cast<std::int64_t>(draw(random)) + 2000};
    }
    return lengths;
}

template <class Counting = Histogram>
HistogramSnapshot snapshot_of(const std::vector<Duration>& lengths) {
    Counting histogram;
    for (const auto length : lengths) histogram.record(length);
    return histogram.snapshot();
}

// ------------------------------------------------------------------------- scale

TEST(DurationScale, BucketsFollowOneAnotherWithoutGapOrOverlap) {
    for (const auto scale : {kCoarse, kFine}) {
        EXPECT_EQ(scale.lower_edge(0), Duration{0});
        for (std::size_t index = 1; index < scale.count(); ++index) {
            const auto edge = scale.lower_edge(index);
            ASSERT_LT(scale.lower_edge(index - 1), edge);
            ASSERT_EQ(scale.index_of(edge), index);
            ASSERT_EQ(scale.index_of(edge - nanoseconds{1}), index - 1);
        }
    }
}

TEST(DurationScale, TakesEveryLengthThereIs) {
    for (const auto scale : {kCoarse, kFine}) {
        EXPECT_EQ(scale.index_of(Duration::min()), 0U);
        EXPECT_EQ(scale.index_of(nanoseconds{-1}), 0U);
        EXPECT_EQ(scale.index_of(nanoseconds{1023}), 0U);
        EXPECT_EQ(scale.index_of(nanoseconds{1024}), 1U);
        EXPECT_EQ(scale.index_of(hours{2}), scale.count() - 1);
        EXPECT_EQ(scale.index_of(Duration::max()), scale.count() - 1);
    }
}

TEST(DurationScale, TheMiddleIsNearEachLengthOfTheBucket) {
    for (const auto scale : {kCoarse, kFine}) {
        for (std::size_t index = 1; index + 1 < scale.count(); ++index) {
            const auto middle = scale.middle(index);
            const auto error = scale.error();
            ASSERT_TRUE(is_near(middle, scale.lower_edge(index), error)) << index;
            ASSERT_TRUE(
                is_near(middle, scale.lower_edge(index + 1) - nanoseconds{1}, error));
            ASSERT_EQ(scale.index_of(middle), index);
        }
    }
}

TEST(DurationScale, TheFineOneIsWithinOnePerCentAndTheCoarseOneWithinFive) {
    EXPECT_LE(kFine.error(), 0.01);
    EXPECT_LE(kCoarse.error(), 0.05);
}

// --------------------------------------------------------------------- histogram

TEST(Histogram, CountsAndSumsAllThatWasRecorded) {
    Histogram histogram;
    histogram.record(milliseconds{1});
    histogram.record(seconds{2});
    histogram.record(hours{5});
    const auto snapshot = histogram.snapshot();
    EXPECT_EQ(snapshot.count(), 3U);
    EXPECT_EQ(snapshot.sum(), hours{5} + seconds{2} + milliseconds{1});
}

TEST(Histogram, ANegativeLengthCountsAsNone) {
    Histogram histogram;
    histogram.record(seconds{-1});
    EXPECT_EQ(histogram.snapshot().count(), 1U);
    EXPECT_EQ(histogram.snapshot().sum(), Duration{0});
}

TEST(Histogram, ItsCountNeverFallsForThoseWhoReadMeanwhile) {
    Histogram histogram;
    bool falls = false;
    {
        const std::jthread reader{[&] {
            for (std::uint64_t last = 0; last < 20'000;) {
                const auto seen = histogram.snapshot().count();
                falls |= seen < last;
                last = seen;
            }
        }};
        for (int i = 1; i <= 20'000; ++i) histogram.record(milliseconds{i});
    }
    EXPECT_FALSE(falls);
    EXPECT_EQ(histogram.snapshot().sum(), milliseconds{20'000LL * 20'001 / 2});
}

TEST(Histogram, QuantilesAreWithinTheScalesErrorOfTheTrueOnes) {
    for (unsigned seed = 0; seed < 20; ++seed) {
        auto lengths = random_lengths(5000, seed);
        const auto coarse = snapshot_of(lengths);
        const auto fine = snapshot_of<FineHistogram>(lengths);
        std::ranges::sort(lengths);
        for (const double q : {0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0}) {
            const auto rank = static_cast<std::size_t>(std::ceil(q * 5000)) - 1;
            ASSERT_TRUE(is_near(coarse.quantile(q), lengths[rank])) << q;
            ASSERT_TRUE(is_near(fine.quantile(q), lengths[rank], kFine.error())) << q;
        }
    }
}

TEST(Histogram, QuantilesNeverFall) {
    const auto snapshot = snapshot_of(random_lengths(1000, 1));
    auto last = Duration{0};
    for (int step = 0; step <= 1000; ++step) {
        const auto length = snapshot.quantile(step / 1000.0);
        ASSERT_LE(last, length);
        last = length;
    }
}

TEST(Histogram, AQuantileOutOfRangeIsTheNearerEnd) {
    const auto snapshot = snapshot_of({milliseconds{1}, seconds{1}});
    EXPECT_EQ(snapshot.quantile(-1), snapshot.quantile(0));
    EXPECT_EQ(snapshot.quantile(2), snapshot.quantile(1));
    EXPECT_EQ(snapshot.quantile(std::nan("")), snapshot.quantile(0));
}

TEST(Histogram, NothingRecordedIsZeroEverywhere) {
    const std::array<Duration, 2> bounds{milliseconds{1}, seconds{1}};
    for (const auto& snapshot : {HistogramSnapshot{}, Histogram{}.snapshot()}) {
        EXPECT_EQ(snapshot.count(), 0U);
        EXPECT_EQ(snapshot.quantile(0.5), Duration{0});
        EXPECT_EQ(snapshot.cumulative(bounds), (std::vector<std::uint64_t>{0, 0}));
    }
}

TEST(Histogram, CountsUnderBoundsLieBetweenThoseOfBoundsAThirtySecondAway) {
    const auto lengths = random_lengths(5000, 3);
    const auto snapshot = snapshot_of(lengths);
    const std::array<Duration, 6> bounds{milliseconds{1},
                                         milliseconds{10},
                                         milliseconds{25},
                                         milliseconds{100},
                                         seconds{1},
                                         seconds{60}};
    const auto counts = snapshot.cumulative(bounds);
    const auto not_longer = [&](double bound) {
        return static_cast<std::uint64_t>(std::ranges::count_if(
            lengths,
            [&](Duration each) { return static_cast<double>(each.count()) <= bound; }));
    };
    for (std::size_t i = 0; i < bounds.size(); ++i) {
        const auto bound = static_cast<double>(bounds[i].count());
        EXPECT_GE(counts[i], not_longer(bound * (1 - 2 * kCoarse.error())));
        EXPECT_LE(counts[i], not_longer(bound * (1 + 2 * kCoarse.error())));
    }
    EXPECT_TRUE(std::ranges::is_sorted(counts));
}

TEST(Histogram, CountsUnderABoundAreThoseOfTheBucketsWhoseMiddlesAre) {
    const auto lengths = random_lengths(2000, 6);
    const auto snapshot = snapshot_of(lengths);
    const auto buckets = snapshot.buckets();
    auto bounds = random_lengths(300, 7);
    for (std::size_t index = 0; index < buckets.size(); index += 7) {
        bounds.push_back(kCoarse.middle(index));  // and right at a middle
        bounds.push_back(kCoarse.middle(index) - Duration{1});
    }
    std::ranges::sort(bounds);
    const auto counts = snapshot.cumulative(bounds);
    for (std::size_t i = 0; i < bounds.size(); ++i) {
        std::uint64_t within = 0;
        for (std::size_t index = 0; index < buckets.size(); ++index) {
            if (kCoarse.middle(index) <= bounds[i]) within += buckets[index];
        }
        ASSERT_EQ(counts[i], within) << bounds[i].count();
    }
}

TEST(Histogram, AllAreUnderABoundThatNoneReaches) {
    const auto snapshot = snapshot_of({milliseconds{1}, seconds{1}, hours{10}});
    const std::array<Duration, 1> bounds{Duration::max()};
    EXPECT_EQ(snapshot.cumulative(bounds).front(), snapshot.count());
}

TEST(HistogramSnapshot, MergedCountsWhatBothCounted) {
    const auto first = random_lengths(700, 4);
    const auto second = random_lengths(900, 5);
    auto both = first;
    both.insert(both.end(), second.begin(), second.end());

    auto merged = snapshot_of(first);
    merged.merge(snapshot_of(second));
    const auto whole = snapshot_of(both);
    EXPECT_EQ(merged.count(), whole.count());
    EXPECT_EQ(merged.sum(), whole.sum());
    for (int step = 0; step <= 100; ++step) {
        EXPECT_EQ(merged.quantile(step / 100.0), whole.quantile(step / 100.0));
    }
}

TEST(HistogramSnapshot, NothingMergedChangesNothing) {
    auto merged = snapshot_of({seconds{1}});
    merged.merge(HistogramSnapshot{});
    EXPECT_EQ(merged.count(), 1U);

    HistogramSnapshot empty;
    empty.merge(merged);
    EXPECT_EQ(empty.count(), 1U);
    EXPECT_EQ(empty.quantile(0.5), merged.quantile(0.5));
}

}  // namespace
}  // namespace pyesi::metrics
