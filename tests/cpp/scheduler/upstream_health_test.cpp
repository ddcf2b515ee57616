#include "scheduler/upstream_health.h"

#include "scheduler/making.h"

#include <gtest/gtest.h>

namespace pyesi::scheduler {
namespace {

using namespace making;  // NOLINT(google-build-using-namespace)

Outcome well() {
    return answered(200, {}, 0);
}

Outcome unreachable() {
    return failed(base::ErrorKind::ConnectFailed, true);
}

void fail(UpstreamHealth& health, int times, base::TimePoint now) {
    for (int i = 0; i < times; ++i) health.on_outcome(lost(), seconds{0}, now);
}

TEST(UpstreamHealth, FourFailuresInARowAreAnOutlier) {
    UpstreamHealth health;
    fail(health, 3, at(seconds{0}));
    EXPECT_FALSE(health.is_ejected(at(seconds{0})));
    fail(health, 1, at(seconds{0}));
    EXPECT_TRUE(health.is_ejected(at(seconds{9})));
    EXPECT_FALSE(health.is_ejected(at(seconds{10})));
    EXPECT_EQ(health.state(at(seconds{1})).times_ejected, 1U);
}

TEST(UpstreamHealth, OneFailureOfTenIsNone) {
    UpstreamHealth health;
    for (int i = 0; i < 1000; ++i) {
        const auto now = at(milliseconds{10 * i});
        health.on_outcome(i % 10 == 0 ? lost() : well(), milliseconds{50}, now);
        EXPECT_FALSE(health.is_ejected(now));
    }
}

TEST(UpstreamHealth, WhatAnotherCouldDoBetterIsAFailure) {
    for (const auto& failure :
         {unreachable(), lost(), answered(500, {}, 0), answered(503, {}, 0)}) {
        UpstreamHealth health;
        for (int i = 0; i < 4; ++i) {
            health.on_outcome(failure, seconds{0}, at(seconds{0}));
        }
        EXPECT_TRUE(health.is_ejected(at(seconds{1})));
    }
}

TEST(UpstreamHealth, LimitsAndErrorsOfTheAskerAreNone) {
    for (const auto& end : {answered(404, {}, 0),
                            answered(420, {}, 0),
                            answered(429, {}, 0),
                            answered(520, {}, 0),
                            given_up(),
                            never_sent()}) {
        UpstreamHealth health;
        for (int i = 0; i < 100; ++i) {
            health.on_outcome(end, seconds{1}, at(seconds{0}));
        }
        EXPECT_FALSE(health.is_ejected(at(seconds{0})));
    }
}

TEST(UpstreamHealth, SilenceIsAFailure) {
    UpstreamHealth health;
    for (int i = 0; i < 4; ++i) {
        health.on_outcome(given_up(), seconds{10}, at(seconds{0}));
    }
    EXPECT_TRUE(health.is_ejected(at(seconds{0})));
}

TEST(UpstreamHealth, EachEjectionIsLongerUpToFiveMinutes) {
    UpstreamHealth health;
    auto now = at(seconds{0});
    for (int time = 1; time <= 40; ++time) {
        fail(health, 4, now);
        const auto length = health.state(now).ejected_for;
        EXPECT_EQ(length, std::min<base::Duration>(seconds{10 * time}, minutes{5}));
        now += length;
    }
    now += hours{1};
    fail(health, 4, now);
    EXPECT_EQ(health.state(now).ejected_for, seconds{10});
}

TEST(UpstreamHealth, WhatWasUnderWayAtTheEjectionDoesNotLengthenIt) {
    UpstreamHealth health;
    fail(health, 40, at(seconds{0}));
    EXPECT_EQ(health.state(at(seconds{0})).times_ejected, 1U);
    EXPECT_FALSE(health.is_ejected(at(seconds{10})));
}

TEST(UpstreamHealth, WhoComesBackIsGivenAGrowingShare) {
    UpstreamHealth health;
    EXPECT_EQ(health.share(at(seconds{0})), 1);
    fail(health, 4, at(seconds{0}));
    EXPECT_EQ(health.state(at(seconds{5})).share, 0);
    auto before = health.share(at(seconds{11}));
    EXPECT_LE(before, 0.1);
    for (int second = 12; second < 20; ++second) {
        const auto share = health.share(at(seconds{second}));
        EXPECT_GT(share, before);
        before = share;
    }
    EXPECT_EQ(health.share(at(seconds{20})), 1);
}

TEST(UpstreamHealth, ResponseTimesFollowTheAnswersAndFade) {
    UpstreamHealth health;
    EXPECT_EQ(health.response_time(at(seconds{0})), 0);
    health.on_outcome(well(), milliseconds{100}, at(seconds{0}));
    EXPECT_DOUBLE_EQ(health.response_time(at(seconds{0})), 0.1);
    for (int i = 0; i < 50; ++i) {
        health.on_outcome(well(), milliseconds{400}, at(seconds{0}));
    }
    EXPECT_NEAR(health.response_time(at(seconds{0})), 0.4, 0.001);
    EXPECT_NEAR(health.response_time(at(seconds{30})), 0.2, 0.001);
    EXPECT_LT(health.response_time(at(minutes{10})), 0.001);
}

TEST(UpstreamHealth, AQuickRefusalIsNotAQuickAnswer) {
    UpstreamHealth health;
    health.on_outcome(well(), milliseconds{300}, at(seconds{0}));
    health.on_outcome(unreachable(), milliseconds{1}, at(seconds{0}));
    EXPECT_DOUBLE_EQ(health.response_time(at(seconds{0})), 0.3);
    EXPECT_LT(health.conduct(at(seconds{0})), 1);
}

TEST(UpstreamHealth, ThreeFailedChecksAreDownAndTwoGoodOnesUp) {
    UpstreamHealth health;
    const UpstreamHealth::CheckSettings settings;
    EXPECT_EQ(health.state(at(seconds{0})).is_up, std::nullopt);
    for (const bool check : {false, false, true, false, false}) {
        health.on_check(check, settings, at(seconds{0}));
        EXPECT_FALSE(health.is_down());
    }
    health.on_check(false, settings, at(seconds{0}));
    EXPECT_TRUE(health.is_down());
    EXPECT_EQ(health.state(at(seconds{0})).share, 0);
    for (const bool check : {true, false, true}) {
        health.on_check(check, settings, at(seconds{60}));
        EXPECT_TRUE(health.is_down());
    }
    health.on_check(true, settings, at(seconds{60}));
    EXPECT_FALSE(health.is_down());
    EXPECT_LT(health.share(at(seconds{61})), 0.2);

    const auto state = health.state(at(seconds{61}));
    EXPECT_EQ(state.checks_well, 4U);
    EXPECT_EQ(state.checks_failed, 6U);
}

TEST(UpstreamHealth, WithoutChecksNobodyStaysDown) {
    UpstreamHealth health;
    for (int i = 0; i < 3; ++i) health.on_check(false, {}, at(seconds{0}));
    health.forget_checks();
    EXPECT_FALSE(health.is_down());
    EXPECT_EQ(health.state(at(seconds{0})).is_up, std::nullopt);
}

}  // namespace
}  // namespace pyesi::scheduler
