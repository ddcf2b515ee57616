#include "scheduler/retry_after.h"

#include "scheduler/making.h"

#include <gtest/gtest.h>

namespace pyesi::scheduler {
namespace {

using namespace making;  // NOLINT(google-build-using-namespace)

constexpr base::WallTime kDate{seconds{1'795'258'800}};  // 21 Nov 2026 11:00:00

TEST(RetryAfter, SecondsAreSeconds) {
    EXPECT_EQ(parse_retry_after("0", kDate), seconds{0});
    EXPECT_EQ(parse_retry_after("900", kDate), seconds{900});
    EXPECT_EQ(parse_retry_after(" 7\t", kDate), seconds{7});
}

TEST(RetryAfter, ADateIsHeldAgainstTheAnswersOwn) {
    EXPECT_EQ(parse_retry_after("Sat, 21 Nov 2026 11:01:30 GMT", kDate), seconds{90});
}

TEST(RetryAfter, ADateThatHasPassedIsNow) {
    EXPECT_EQ(parse_retry_after("Sat, 21 Nov 2026 10:00:00 GMT", kDate), seconds{0});
}

TEST(RetryAfter, NothingIsLongerThanAnHour) {
    EXPECT_EQ(parse_retry_after("3601", kDate), seconds{3600});
    EXPECT_EQ(parse_retry_after("1000000000", kDate), seconds{3600});
    EXPECT_EQ(parse_retry_after("99999999999999999999999", kDate), seconds{3600});
    EXPECT_EQ(parse_retry_after("Mon, 21 Nov 2050 10:00:00 GMT", kDate), seconds{3600});
}

TEST(RetryAfter, WhatIsNeitherIsNothing) {
    for (const auto* const text :
         {"", " ", "-1", "+5", "5s", "1.5", "soon", "0x10", "1 2", "Sat, 21 Nov"}) {
        EXPECT_EQ(parse_retry_after(text, kDate), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace pyesi::scheduler
