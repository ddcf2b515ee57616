// The past in minutes and in ten-minute periods.

#include "metrics/history.h"

#include <gtest/gtest.h>

#include <vector>

namespace pyesi::metrics {
namespace {

using namespace std::chrono_literals;

constexpr base::WallTime kNoon{1'793'534'400s};  // a whole hour

History::Part part_at(base::WallTime at,
                      std::uint64_t requests,
                      base::Duration length = 10ms) {
    return {.at = at,
            .counts = {.requests = requests, .attempts = requests},
            .buckets = {{kFine.index_of(length), static_cast<std::uint32_t>(requests)}},
            .sum = length * static_cast<std::int64_t>(requests)};
}

std::vector<std::uint64_t> requests_in(const std::vector<HistoryRow>& rows) {
    std::vector<std::uint64_t> counts;
    counts.reserve(rows.size());
    for (const auto& row : rows) counts.push_back(row.counts.requests);
    return counts;
}

TEST(History, CountsWhatIsAddedToTheMinuteAndToTheTenMinutesItIsIn) {
    History history;
    history.add(part_at(kNoon, 1));
    history.add(part_at(kNoon + 59s, 2));
    history.add(part_at(kNoon + 60s, 4));
    history.add(part_at(kNoon + 10min, 8));
    const auto minutes = history.minutes();
    EXPECT_EQ(requests_in(minutes), (std::vector<std::uint64_t>{3, 4, 8}));
    EXPECT_EQ(minutes[1].begin, kNoon + 1min);
    const auto tens = history.tens();
    EXPECT_EQ(requests_in(tens), (std::vector<std::uint64_t>{7, 8}));
    EXPECT_EQ(tens[1].begin, kNoon + 10min);
}

TEST(History, PercentilesAreOfThePeriodAlone) {
    History history;
    history.add(part_at(kNoon, 99, 10ms));
    history.add(part_at(kNoon, 1, 2s));
    history.add(part_at(kNoon + 1min, 10, 1s));
    const auto rows = history.minutes();
    const auto near = [](base::Duration got, base::Duration expected) {
        return std::abs(base::in_seconds(got - expected)) <=
               kFine.error() * base::in_seconds(expected);
    };
    EXPECT_TRUE(near(rows[0].p50, 10ms));
    EXPECT_TRUE(near(rows[0].p95, 10ms));
    EXPECT_EQ(rows[0].mean, base::Duration{99 * 10ms + 2s} / 100);
    EXPECT_TRUE(near(rows[1].p50, 1s));
    EXPECT_TRUE(near(rows[1].p99, 1s));
}

TEST(History, APeriodInWhichOnlyHitsWereCountedHasNoLengths) {
    History history;
    history.add({.at = kNoon, .counts = {.requests = 5, .avoided = 5}, .buckets = {}});
    ASSERT_EQ(history.minutes().size(), 1U);
    EXPECT_EQ(history.minutes().front().p95, base::Duration{0});
    EXPECT_EQ(history.minutes().front().counts.avoided, 5U);
}

TEST(History, KeepsADayOfMinutesAndAWeekOfTens) {
    History history;
    for (int minute = 0; minute < 9 * 24 * 60; ++minute) {
        history.add(part_at(kNoon + std::chrono::minutes{minute}, 1));
    }
    const auto last = kNoon + std::chrono::minutes{9 * 24 * 60 - 1};
    EXPECT_EQ(history.minutes().size(), History::kMinutes + 1);
    EXPECT_EQ(history.minutes().front().begin, last - 24h);
    EXPECT_EQ(history.tens().size(), History::kTens + 1);
    EXPECT_GE(history.tens().front().begin, last - 7 * 24h - 10min);
}

TEST(History, RareTrafficDoesNotKeepWhatIsOlder) {
    History history;
    history.add(part_at(kNoon, 1));
    history.add(part_at(kNoon + 25h, 2));
    EXPECT_EQ(requests_in(history.minutes()), (std::vector<std::uint64_t>{2}));
    EXPECT_EQ(requests_in(history.tens()), (std::vector<std::uint64_t>{1, 2}));
}

TEST(History, AClockThatIsSetBackLosesNothing) {
    History history;
    history.add(part_at(kNoon + 5min, 1));
    history.add(part_at(kNoon, 2));
    EXPECT_EQ(requests_in(history.minutes()), (std::vector<std::uint64_t>{3}));
}

TEST(History, WhatAnEarlierRunHadComesBeforeWhatIsThere) {
    History earlier;
    earlier.add(part_at(kNoon, 1));
    earlier.add(part_at(kNoon + 1min, 2));
    History history;
    history.add(part_at(kNoon + 1min, 4));
    history.restore(earlier.minutes(), earlier.tens());
    EXPECT_EQ(requests_in(history.minutes()), (std::vector<std::uint64_t>{1, 6}));
    History empty;
    empty.restore(earlier.minutes(), earlier.tens());
    EXPECT_EQ(empty.minutes(), earlier.minutes());
}

TEST(History, APeriodInWhichAnEarlierRunEndedGoesOn) {
    History earlier;
    earlier.add(part_at(kNoon, 1));
    earlier.add(part_at(kNoon + 1min, 2));
    // Whether the file was read before anything is counted, or after.
    for (const bool is_read_first : {true, false}) {
        History history;
        if (is_read_first) history.restore(earlier.minutes(), earlier.tens());
        history.add(part_at(kNoon + 1min + 30s, 4));
        if (!is_read_first) history.restore(earlier.minutes(), earlier.tens());
        EXPECT_EQ(requests_in(history.minutes()), (std::vector<std::uint64_t>{1, 6}));
        EXPECT_EQ(requests_in(history.tens()), (std::vector<std::uint64_t>{7}));
    }
}

TEST(History, AClockThatWasSetBackBetweenTwoRunsMakesNoSecondRow) {
    History earlier;
    earlier.add(part_at(kNoon + 5min, 1));
    History history;
    history.restore(earlier.minutes(), earlier.tens());
    history.add(part_at(kNoon, 2));
    EXPECT_EQ(requests_in(history.minutes()), (std::vector<std::uint64_t>{3}));
}

}  // namespace
}  // namespace pyesi::metrics
