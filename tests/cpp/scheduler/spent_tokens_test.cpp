#include "scheduler/spent_tokens.h"

#include "scheduler/making.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <utility>

namespace pyesi::scheduler {
namespace {

using namespace making;  // NOLINT(google-build-using-namespace)

TEST(SpentTokens, WhatWasSpentAtTReturnsOneWindowLater) {
    SpentTokens spent{minutes{15}};
    spent.add(5, at(seconds{0}));
    spent.add(2, at(minutes{1}));

    EXPECT_EQ(spent.total(at(minutes{15}) - milliseconds{1}), 7);
    EXPECT_EQ(spent.total(at(minutes{15})), 2);
    EXPECT_EQ(spent.total(at(minutes{16})), 0);
    EXPECT_EQ(spent.return_of(5, at(minutes{2})), at(minutes{15}));
    EXPECT_EQ(spent.return_of(6, at(minutes{2})), at(minutes{16}));
    EXPECT_EQ(spent.return_of(8, at(minutes{2})), base::TimePoint::max());
    EXPECT_EQ(spent.return_of(0, at(minutes{2})), at(minutes{2}));
}

TEST(SpentTokens, NoneReturnsEarlyAndNoneAPartOfTheWindowLate) {
    const base::Duration window = seconds{900};
    std::mt19937 draw{11};
    SpentTokens spent{window};
    std::deque<std::pair<base::TimePoint, std::uint32_t>> exact;
    auto now = at(seconds{0});
    for (int step = 0; step < 50'000; ++step) {
        now += milliseconds{draw() % 1000};
        const auto tokens = static_cast<std::uint32_t>(draw() % 6);
        spent.add(tokens, now);
        exact.emplace_back(now, tokens);

        std::int64_t least = 0;
        std::int64_t most = 0;
        const auto slack = window / 256;
        while (exact.front().first + window + slack <= now) exact.pop_front();
        for (const auto& [when, count] : exact) {
            most += count;
            if (when + window > now) least += count;
        }
        ASSERT_GE(spent.total(now), least);
        ASSERT_LE(spent.total(now), most);
    }
}

}  // namespace
}  // namespace pyesi::scheduler
