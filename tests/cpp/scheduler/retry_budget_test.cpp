#include "scheduler/retry_budget.h"

#include "scheduler/making.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>

namespace pyesi::scheduler {
namespace {

using namespace making;  // NOLINT(google-build-using-namespace)

int spend_all(RetryBudget& budget, base::TimePoint now) {
    int spent = 0;
    while (spent < 1000 && budget.try_spend(now)) ++spent;
    return spent;
}

TEST(RetryBudget, TheFloorIsThereWithoutAnyTraffic) {
    RetryBudget budget;
    EXPECT_EQ(spend_all(budget, at(seconds{0})), 3);
}

TEST(RetryBudget, FiveFirstAttemptsPayForOneRetry) {
    RetryBudget budget{{.share = 0.2, .floor = 0}};
    for (int i = 0; i < 4; ++i) budget.on_first_attempt(at(seconds{0}));
    EXPECT_FALSE(budget.try_spend(at(seconds{0})));

    budget.on_first_attempt(at(seconds{0}));
    EXPECT_TRUE(budget.try_spend(at(seconds{0})));
    EXPECT_FALSE(budget.try_spend(at(seconds{0})));
}

TEST(RetryBudget, AQuietHourSavesNothingUp) {
    RetryBudget budget;
    for (int i = 0; i < 10'000; ++i) budget.on_first_attempt(at(seconds{0}));
    EXPECT_EQ(spend_all(budget, at(hours{1})), 3);
}

TEST(RetryBudget, AStormIsForgotten) {
    RetryBudget budget;
    spend_all(budget, at(seconds{0}));
    EXPECT_FALSE(budget.try_spend(at(seconds{9})));
    EXPECT_TRUE(budget.try_spend(at(seconds{10})));
}

TEST(RetryBudget, WithoutALimitEveryRetryIsAllowed) {
    RetryBudget budget{{.share = 0, .floor = 0, .limited = false}};
    EXPECT_EQ(spend_all(budget, at(seconds{0})), 1000);
}

TEST(RetryBudget, NoRetryIsAllowedPastTheShareOfTheLastSeconds) {
    RetryBudget budget;
    std::mt19937 draw{5};
    std::deque<base::TimePoint> first_attempts;
    std::deque<base::TimePoint> retries;
    auto now = at(seconds{0});
    for (int step = 0; step < 20'000; ++step) {
        now += milliseconds{draw() % 50};
        if (draw() % 2 == 0) {
            budget.on_first_attempt(now);
            first_attempts.push_back(now);
            continue;
        }
        if (!budget.try_spend(now)) continue;
        retries.push_back(now);
        // Seconds are counted whole: the span is between nine and ten of them.
        while (!first_attempts.empty() && first_attempts.front() + seconds{10} <= now) {
            first_attempts.pop_front();
        }
        while (!retries.empty() && retries.front() + seconds{9} <= now)
            retries.pop_front();
        const auto share = 0.2 * static_cast<double>(first_attempts.size());
        ASSERT_LE(static_cast<double>(retries.size()), 3.001 + share);
    }
}

}  // namespace
}  // namespace pyesi::scheduler
