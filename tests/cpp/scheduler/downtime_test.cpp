#include "scheduler/downtime.h"

#include <gtest/gtest.h>

#include <chrono>

namespace pyesi::scheduler {
namespace {

using namespace std::chrono_literals;

base::WallTime on_a_day(std::chrono::seconds time_of_day) {
    return std::chrono::sys_days{std::chrono::year{2026} / 11 / 21} + time_of_day;
}

TEST(Downtime, IsFromTwoMinutesBeforeElevenToTwentyPast) {
    EXPECT_FALSE(rest_of_downtime(on_a_day(10h + 57min + 59s)));
    EXPECT_EQ(rest_of_downtime(on_a_day(10h + 58min)), 22min);
    EXPECT_EQ(rest_of_downtime(on_a_day(11h + 19min + 59s)), 1s);
    EXPECT_FALSE(rest_of_downtime(on_a_day(11h + 20min)));
    EXPECT_FALSE(rest_of_downtime(on_a_day(23h)));
}

TEST(Downtime, IsEveryDay) {
    for (int day = 0; day < 800; ++day) {
        const auto later = std::chrono::days{day};
        EXPECT_TRUE(rest_of_downtime(on_a_day(11h) + later)) << day;
        EXPECT_FALSE(rest_of_downtime(on_a_day(12h) + later)) << day;
    }
}

TEST(Downtime, PausesAreLongerThen) {
    const auto wider = widened({.max_attempts = 4, .base = 200ms, .cap = 5s});
    EXPECT_EQ(wider.max_attempts, 4);
    EXPECT_EQ(wider.base, 1s);
    EXPECT_EQ(wider.cap, 30s);
    EXPECT_EQ(widened({.cap = 60s}).cap, 60s);
}

}  // namespace
}  // namespace pyesi::scheduler
