#include "scheduler/origin_limits.h"

#include "scheduler/making.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace pyesi::scheduler {
namespace {

using namespace making;  // NOLINT(google-build-using-namespace)

TEST(OriginLimits, OneOriginHasOneSetOfLimitsInTheProcess) {
    const auto first = limits_of("https://one.example", at(seconds{0}));
    EXPECT_EQ(limits_of("https://one.example", at(seconds{1})), first);
    EXPECT_NE(limits_of("https://two.example", at(seconds{1})), first);
}

TEST(OriginLimits, WhatIsRememberedOutlivesWhoeverUsedIt) {
    auto limits = limits_of("https://remembered.example", at(seconds{0}));
    auto ticket = ticket_for(market_orders());
    ASSERT_TRUE(limits->try_send(ticket, at(seconds{0})).is_now());
    limits->on_outcome(
        ticket, answered(429, retry_after(seconds{900}), 0), at(seconds{1}));
    limits.reset();

    for (int i = 0; i < 1000; ++i) {
        limits_of("https://" + std::to_string(i) + ".example", at(seconds{2}));
    }
    limits = limits_of("https://remembered.example", at(seconds{3}));
    EXPECT_FALSE(limits->try_send(ticket, at(seconds{3})).is_now());
}

TEST(OriginLimits, AForkedChildStartsAfresh) {
    const auto before = limits_of("https://fork.example", at(seconds{0}));
    abandon_limits_after_fork();
    EXPECT_NE(limits_of("https://fork.example", at(seconds{0})), before);
}

TEST(OriginLimits, ManyThreadsNeverTakeMoreThanThereIs) {
    OriginLimits limits;
    std::atomic<int> admitted{0};
    const auto take = [&] {
        for (int i = 0; i < 20'000; ++i) {
            auto ticket = ticket_for(market_orders());
            if (!limits.try_send(ticket, at(seconds{0})).is_now()) continue;
            ++admitted;
            limits.on_outcome(ticket, answered(200, {}, 0), at(seconds{0}));
        }
    };
    std::vector<std::thread> threads;
    threads.reserve(4);
    for (int i = 0; i < 4; ++i) threads.emplace_back(take);
    for (auto& thread : threads) thread.join();

    EXPECT_EQ(admitted, 6000);
    EXPECT_EQ(limits.state(at(seconds{0})).buckets.at(0).left, 0);
    EXPECT_EQ(limits.state(at(seconds{0})).buckets.at(0).in_flight, 0);
}

}  // namespace
}  // namespace pyesi::scheduler
