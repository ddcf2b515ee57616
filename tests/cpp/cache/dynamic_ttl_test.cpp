#include "cache/dynamic_ttl.h"

#include "cache/examples.h"

#include <gtest/gtest.h>

#include <limits>

namespace pyesi::cache {
namespace {

using namespace examples;

constexpr DynamicTtl kSettings{
    .base_ttl = 60s, .max_ttl = 600s, .popularity_factor = 0.5, .decay = 100s};

Popularity used_times(int times, base::TimePoint now = kStart) {
    Popularity popularity;
    for (int i = 0; i < times; ++i) popularity = used(popularity, kSettings.decay, now);
    return popularity;
}

TEST(DynamicTtl, WhatNobodyUsesHasTheBase) {
    EXPECT_EQ(dynamic_lifetime(kSettings, {}, kStart), 60s);
}

TEST(DynamicTtl, EachUseAddsItsShareOfTheBase) {
    EXPECT_EQ(dynamic_lifetime(kSettings, used_times(1), kStart), 90s);
    EXPECT_EQ(dynamic_lifetime(kSettings, used_times(4), kStart), 180s);
}

TEST(DynamicTtl, NoUseBringsItPastTheMost) {
    EXPECT_EQ(dynamic_lifetime(kSettings, used_times(18), kStart), 600s);
    EXPECT_EQ(dynamic_lifetime(kSettings, used_times(1000), kStart), 600s);
    const Popularity endless{std::numeric_limits<double>::max(), kStart};
    EXPECT_EQ(dynamic_lifetime(kSettings, endless, kStart), 600s);
}

TEST(DynamicTtl, UsesFadeByHalfInEachDecay) {
    const auto popularity = used_times(4);
    EXPECT_DOUBLE_EQ(popularity_at(popularity, 100s, kStart + 100s), 2);
    EXPECT_DOUBLE_EQ(popularity_at(popularity, 100s, kStart + 200s), 1);
    EXPECT_EQ(dynamic_lifetime(kSettings, popularity, kStart + 200s), 90s);
    EXPECT_EQ(dynamic_lifetime(kSettings, popularity, kStart + 1000h), 60s);
}

TEST(DynamicTtl, TimeThatRunsBackwardsFadesNothing) {
    const auto popularity = used_times(4);
    EXPECT_DOUBLE_EQ(popularity_at(popularity, 100s, kStart - 1h), 4);
    EXPECT_EQ(used(popularity, 100s, kStart - 1h).at, kStart);
}

TEST(DynamicTtl, MoreUseNeverShortensALifetime) {
    base::Duration before{0};
    Popularity popularity;
    for (int i = 0; i < 50; ++i) {
        const auto now = dynamic_lifetime(kSettings, popularity, kStart);
        EXPECT_GE(now, before);
        before = now;
        popularity = used(popularity, kSettings.decay, kStart);
    }
}

TEST(DynamicTtl, SettingsThatMakeNoSenseAreNamed) {
    EXPECT_EQ(fault_of(kSettings), std::nullopt);
    EXPECT_EQ(fault_of({}), std::nullopt);
    const auto fault = [](auto change) {
        auto settings = kSettings;
        change(settings);
        return fault_of(settings).value_or("none").substr(0, 7);
    };
    EXPECT_EQ(fault([](auto& it) { it.base_ttl = 0s; }), "base_tt");
    EXPECT_EQ(fault([](auto& it) { it.max_ttl = 59s; }), "max_ttl");
    EXPECT_EQ(fault([](auto& it) { it.max_ttl = kLongestLifetime + 1s; }), "max_ttl");
    EXPECT_EQ(fault([](auto& it) { it.decay = 0s; }), "decay m");
    for (const auto factor : {-0.1,
                              std::numeric_limits<double>::infinity(),
                              std::numeric_limits<double>::quiet_NaN()}) {
        EXPECT_EQ(fault([&](auto& it) { it.popularity_factor = factor; }), "popular");
    }
}

}  // namespace
}  // namespace pyesi::cache
