#include "scheduler/limit_headers.h"

#include "scheduler/making.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace pyesi::scheduler {
namespace {

using namespace making;  // NOLINT(google-build-using-namespace)

TEST(LimitHeaders, AFloatingWindowsAnswerIsReadWhole) {
    const auto headers = headers_of({{"content-type", "application/json"},
                                     {"x-ratelimit-group", "market-order"},
                                     {"X-RateLimit-Limit", "12000/15m"},
                                     {"X-Ratelimit-Remaining", "11998"},
                                     {"x-ratelimit-used", "2"}});
    const auto told = read_limit_headers(headers, {});

    EXPECT_EQ(told.group, "market-order");
    ASSERT_TRUE(told.window);
    EXPECT_EQ(told.window->tokens, 12'000U);
    EXPECT_EQ(told.window->length, minutes{15});
    EXPECT_EQ(told.remaining, 11'998U);
    EXPECT_TRUE(told.tells_of_window());
    EXPECT_FALSE(told.errors_left);
}

TEST(LimitHeaders, TheErrorLimitsAnswerIsReadWhole) {
    const auto headers = headers_of(
        {{"X-ESI-Error-Limit-Remain", "99"}, {"x-esi-error-limit-reset", "42"}});
    const auto told = read_limit_headers(headers, {});

    EXPECT_EQ(told.errors_left, 99U);
    EXPECT_EQ(told.error_reset, seconds{42});
    EXPECT_FALSE(told.tells_of_window());
}

TEST(LimitHeaders, ARefusalTellsItsLengthByRetryAfterElseByTheErrorReset) {
    EXPECT_EQ(error_headers(0, seconds{42}).refusal_length(), seconds{42});
    auto both = error_headers(0, seconds{42});
    both.retry_after = seconds{7};
    EXPECT_EQ(both.refusal_length(), seconds{7});
    EXPECT_EQ(LimitHeaders{}.refusal_length(), std::nullopt);
}

TEST(LimitHeaders, RetryAfterAsADateIsHeldAgainstTheServersClock) {
    const auto headers = headers_of({{"retry-after", "Sat, 21 Nov 2026 11:01:00 GMT"},
                                     {"date", "Sat, 21 Nov 2026 11:00:00 GMT"}});
    EXPECT_EQ(read_limit_headers(headers, {}).retry_after, seconds{60});
}

std::optional<base::Duration> length_of(std::string_view limit) {
    const auto window = parse_limit(limit);
    return window ? std::optional{window->length} : std::nullopt;
}

TEST(LimitHeaders, UnitsOfWindowsAreSecondsMinutesHoursDays) {
    EXPECT_EQ(length_of("15/20s"), seconds{20});
    EXPECT_EQ(length_of("15/20"), seconds{20});
    EXPECT_EQ(length_of("15/15m"), minutes{15});
    EXPECT_EQ(length_of(" 600/2h "), hours{2});
    EXPECT_EQ(length_of("600/1d"), hours{24});
}

TEST(LimitHeaders, AGarbledLimitIsNothing) {
    for (const auto* const text : {"",
                                   "/",
                                   "12000",
                                   "12000/",
                                   "/15m",
                                   "0/15m",
                                   "12000/0m",
                                   "-5/15m",
                                   "5/-15m",
                                   "12000/15w",
                                   "12000/15mm",
                                   "12000/m",
                                   "1e3/15m",
                                   "99999999999/15m",
                                   "12000/99999h",
                                   "12000/15m/2",
                                   "12 000/15m"}) {
        EXPECT_FALSE(parse_limit(text)) << text;
    }
}

TEST(LimitHeaders, GarbageIsNothing) {
    const auto headers =
        headers_of({{"x-ratelimit-group", "two words"},
                    {"x-ratelimit-limit", "many"},
                    {"x-ratelimit-remaining", "-3"},
                    {"x-esi-error-limit-remain", "99999999999999999999"},
                    {"x-esi-error-limit-reset", "1000000000"},
                    {"retry-after", "-10"}});
    const auto told = read_limit_headers(headers, {});

    EXPECT_FALSE(told.tells_of_window());
    EXPECT_FALSE(told.errors_left);
    EXPECT_FALSE(told.error_reset);
    EXPECT_FALSE(told.retry_after);
}

TEST(LimitHeaders, NoBytesWhateverBreakTheReader) {
    std::mt19937 draw{7};
    for (int round = 0; round < 20'000; ++round) {
        std::string text(draw() % 12, ' ');
        for (auto& byte : text) byte = "0123456789/smhd-. \t\xff"[draw() % 20];
        const auto headers = headers_of({{"x-ratelimit-limit", text},
                                         {"x-ratelimit-remaining", text},
                                         {"x-esi-error-limit-reset", text},
                                         {"retry-after", text}});
        const auto told = read_limit_headers(headers, {});
        if (told.window) {
            EXPECT_GT(told.window->tokens, 0U) << text;
            EXPECT_GT(told.window->length, seconds{0}) << text;
            EXPECT_LE(told.window->length, hours{24}) << text;
        }
        EXPECT_LE(told.error_reset.value_or(seconds{0}), seconds{300}) << text;
        EXPECT_LE(told.retry_after.value_or(seconds{0}), seconds{3600}) << text;
    }
}

}  // namespace
}  // namespace pyesi::scheduler
