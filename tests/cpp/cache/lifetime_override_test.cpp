#include "cache/lifetime_override.h"

#include "cache/examples.h"
#include "cache/ttl_policy.h"

#include <gtest/gtest.h>

namespace pyesi::cache {
namespace {

using namespace examples;

TEST(LifetimeOverride, MayBeAsLongAsTheServersOrLonger) {
    EXPECT_EQ(fault_of_override("/status", 30s, 30s), std::nullopt);
    EXPECT_EQ(fault_of_override("/status", 1h, 30s), std::nullopt);
}

TEST(LifetimeOverride, MayBeAnythingWhereTheRouteIsUndated) {
    EXPECT_EQ(fault_of_override("/ui/x", 1s, std::nullopt), std::nullopt);
}

TEST(LifetimeOverride, AShorterOneIsRefusedWithTheReason) {
    EXPECT_EQ(fault_of_override("/status", 29s, 30s),
              "The lifetime of /status must not be below the 30 s that ESI gives it: "
              "asking earlier can get you banned.");
}

TEST(LifetimeOverride, WhatIsNoLifetimeIsRefused) {
    EXPECT_EQ(fault_of_override("/status", 0s, std::nullopt),
              "The lifetime of /status must be above 0.");
    EXPECT_TRUE(fault_of_override("/status", -1s, std::nullopt));
    EXPECT_TRUE(fault_of_override("/status", kLongestLifetime + 1ns, std::nullopt));
}

TEST(RefreshTime, IsALittleAfterTheExpiry) {
    const auto stored = entry({{"cache-control", "max-age=300"}});
    const RefreshSlack slack{.skew = 2s, .jitter = 1s};
    EXPECT_EQ(refresh_time(stored->times, slack, 0), kStart + 302s);
    EXPECT_EQ(refresh_time(stored->times, slack, 0.5), kStart + 302s + 500ms);
}

TEST(RefreshTime, IsNeverBeforeTheExpiry) {
    const auto stored = entry({{"cache-control", "max-age=300"}});
    for (const auto length : {-5s, 0s, 5s}) {
        for (const auto chance : {-1.0, 0.0, 0.999, 7.0}) {
            EXPECT_GE(refresh_time(stored->times, {length, length}, chance),
                      stored->times.fresh_until);
        }
    }
}

TEST(RefreshTime, OfWhatNeverExpiresIsNever) {
    EntryTimes times;
    times.fresh_until = base::TimePoint::max();
    EXPECT_EQ(refresh_time(times, {}, 0.9), base::TimePoint::max());
}

}  // namespace
}  // namespace pyesi::cache
