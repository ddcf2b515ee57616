#include "base/clock.h"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>

namespace pyesi::base {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(Clock, RunsWithTheMachine) {
    const Clock clock;
    const auto before = std::chrono::steady_clock::now();
    const auto now = clock.now();
    EXPECT_LE(before, now);
    EXPECT_LE(now, std::chrono::steady_clock::now());
}

TEST(Clock, NeverGoesBack) {
    Clock clock;
    auto last = clock.now();
    for (int i = 0; i < 1000; ++i) {
        if (i % 10 == 0) clock.advance(seconds{1});
        const auto now = clock.now();
        ASSERT_LE(last, now);
        last = now;
    }
}

TEST(Clock, TurnsBothTimesForwardTogether) {
    Clock clock;
    const auto before = clock.now();
    const auto wall_before = clock.wall_now();
    clock.advance(hours{24});
    EXPECT_GE(clock.now() - before, hours{24});
    EXPECT_LT(clock.now() - before, hours{24} + minutes{10});
    EXPECT_GE(clock.wall_now() - wall_before, hours{24});
    EXPECT_LT(clock.wall_now() - wall_before, hours{24} + minutes{10});
}

TEST(Clock, TurnsAddUp) {
    Clock clock;
    const auto before = clock.now();
    clock.advance(minutes{3});
    clock.advance(minutes{4});
    EXPECT_GE(clock.now() - before, minutes{7});
}

TEST(Clock, IsItsOwnAndTurnsNoOther) {
    Clock turned;
    const Clock other;
    turned.advance(hours{1});
    EXPECT_GT(turned.now() - other.now(), minutes{59});
}

TEST(Seconds, ComeBackAsTheyWentIn) {
    for (const auto length : {seconds{0}, seconds{1}, seconds{-5}, seconds{86'400}}) {
        EXPECT_EQ(from_seconds(in_seconds(length)), length);
    }
    EXPECT_EQ(from_seconds(0.25), std::chrono::milliseconds{250});
}

TEST(Seconds, OutOfRangeReadAsTheNearerEnd) {
    constexpr auto kInfinity = std::numeric_limits<double>::infinity();
    EXPECT_EQ(from_seconds(1e300), seconds{1'000'000'000});
    EXPECT_EQ(from_seconds(kInfinity), seconds{1'000'000'000});
    EXPECT_EQ(from_seconds(-kInfinity), seconds{-1'000'000'000});
}

}  // namespace
}  // namespace pyesi::base
