#include "http/http_date.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <random>
#include <string>

namespace pyesi::http {
namespace {

using base::WallTime;
using std::chrono::days;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year;

constexpr WallTime kExample{sys_days{year{1994} / 11 / 6} + std::chrono::hours{8} +
                            std::chrono::minutes{49} + seconds{37}};
constexpr WallTime kNow{sys_days{year{2026} / 11 / 1}};

TEST(HttpDate, ReadsAllThreeFormsOfTheStandard) {
    EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), kExample);
    EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT"), kExample);
    EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994"), kExample);
}

TEST(HttpDate, ReadsADayOfTwoDigitsInAsctime) {
    EXPECT_EQ(parse_http_date("Wed Nov 16 08:49:37 1994"), kExample + days{10});
}

TEST(HttpDate, PassesOverBlanksAroundIt) {
    EXPECT_EQ(parse_http_date(" Sun, 06 Nov 1994 08:49:37 GMT\t"), kExample);
}

TEST(HttpDate, DoesNotHoldTheDayOfTheWeekAgainstTheDate) {
    EXPECT_EQ(parse_http_date("Tue, 06 Nov 1994 08:49:37 GMT"), kExample);
}

TEST(HttpDate, ReadsALeapSecondAsTheNext) {
    EXPECT_EQ(parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT"),
              parse_http_date("Sun, 01 Jan 2017 00:00:00 GMT"));
}

TEST(HttpDate, IsNothingForWhatIsNoDate) {
    for (const auto* text : {"",
                             " ",
                             "0",
                             "-1",
                             "1994",
                             "never",
                             "Sun",
                             "Sun,",
                             "Sun, ",
                             "Sunday",
                             "Sunday, ",
                             "Sunda, 06-Nov-94 08:49:37 GMT",
                             "Sun, 06 Nov 1994 08:49:37",
                             "Sun, 06 Nov 1994 08:49:37 +0000",
                             "Sun, 06 Nov 1994 08:49:37 EST",
                             "Sun, 06 Nov 1994 08:49:37 GMT+1",
                             "Sun, 6 Nov 1994 08:49:37 GMT",
                             "Sun, 06 nov 1994 08:49:37 GMT",
                             "Sun, 06 Nov 94 08:49:37 GMT",
                             "Sun, 06 Nov 1994 24:00:00 GMT",
                             "Sun, 06 Nov 1994 08:60:00 GMT",
                             "Sun, 06 Nov 1994 08:49:61 GMT",
                             "Sun, 00 Nov 1994 08:49:37 GMT",
                             "Sun, 31 Nov 1994 08:49:37 GMT",
                             "Sun, 29 Feb 2026 08:49:37 GMT",
                             "Sun, -6 Nov 1994 08:49:37 GMT",
                             "Sun Nov 6 08:49:37 1994",
                             "Sun Nov  6 08:49:37 1994 GMT",
                             "Xyz, 06 Nov 1994 08:49:37 GMT"}) {
        EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
    }
}

TEST(HttpDate, EveryCutOfADateIsNoDate) {
    for (const std::string whole : {"Sun, 06 Nov 1994 08:49:37 GMT",
                                    "Sunday, 06-Nov-94 08:49:37 GMT",
                                    "Sun Nov  6 08:49:37 1994"}) {
        for (std::size_t cut = 0; cut < whole.size(); ++cut) {
            EXPECT_EQ(parse_http_date(whole.substr(0, cut)), std::nullopt) << cut;
        }
    }
}

TEST(HttpDate, PlacesAYearOfTwoDigitsAtMostFiftyYearsAhead) {
    const auto read = [](const char* text) { return parse_http_date(text, kNow); };
    EXPECT_EQ(read("Sunday, 06-Nov-94 08:49:37 GMT"), kExample);
    EXPECT_EQ(read("Friday, 01-Jan-27 00:00:00 GMT"),
              WallTime{sys_days{year{2027} / 1 / 1}});
    EXPECT_EQ(read("Wednesday, 01-Jan-76 00:00:00 GMT"),
              WallTime{sys_days{year{2076} / 1 / 1}});
    EXPECT_EQ(read("Saturday, 01-Jan-77 00:00:00 GMT"),
              WallTime{sys_days{year{1977} / 1 / 1}});
}

TEST(HttpDate, PlacesAYearOfTwoDigitsBeyondTheCentury) {
    const WallTime late{sys_days{year{2080} / 6 / 1}};
    EXPECT_EQ(parse_http_date("Monday, 01-Jan-10 00:00:00 GMT", late),
              (WallTime{sys_days{year{2110} / 1 / 1}}));
}

TEST(HttpDate, ReadsWhatIsOutOfRangeAsTheNearerEnd) {
    EXPECT_EQ(parse_http_date("Mon, 01 Jan 0001 00:00:00 GMT"), WallTime{});
    EXPECT_EQ(parse_http_date("Fri, 31 Dec 9999 23:59:59 GMT"),
              (WallTime{sys_days{year{2200} / 1 / 1} - seconds{1}}));
}

TEST(HttpDate, ReadsWhatItWrites) {
    std::mt19937_64 random{1};
    const auto end = WallTime{sys_days{year{2100} / 1 / 1}} - WallTime{};
    const auto range = std::chrono::duration_cast<seconds>(end).count();
    std::uniform_int_distribution<std::int64_t> draw{0, range};
    for (int i = 0; i < 20'000; ++i) {
        const WallTime instant{seconds{draw(random)}};
        const auto text = format_http_date(instant);
        ASSERT_EQ(text.size(), 29U);
        ASSERT_EQ(parse_http_date(text), instant) << text;
    }
}

TEST(HttpDate, WritesEveryDayAsTheCLibraryDoes) {
    for (int day = 0; day < 47'482; day += 1) {
        const WallTime instant{days{day} + seconds{day % 86'400}};
        const std::time_t time = std::chrono::system_clock::to_time_t(instant);
        std::tm parts{};
        ASSERT_NE(gmtime_r(&time, &parts), nullptr);
        std::array<char, 40> text{};
        std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
        ASSERT_EQ(format_http_date(instant), text.data());
    }
}

TEST(HttpDate, CutsFractionsOffDownwards) {
    EXPECT_EQ(format_http_date(kExample + std::chrono::milliseconds{999}),
              "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(format_http_date(WallTime{} - std::chrono::milliseconds{1}),
              "Wed, 31 Dec 1969 23:59:59 GMT");
}

TEST(HttpDate, NeverReadsRandomTextAsMoreThanADate) {
    std::mt19937 random{3};
    const std::string alphabet = "SunMoTe, 0123456789:-GMTNovJan";
    for (int i = 0; i < 100'000; ++i) {
        std::string text = "Sun, 06 Nov 1994 08:49:37 GMT";
        for (int change = 0; change < 3; ++change) {
            text[random() % text.size()] = alphabet[random() % alphabet.size()];
        }
        const auto instant = parse_http_date(text, kNow);
        if (!instant) continue;
        ASSERT_GE(*instant, WallTime{}) << text;
        ASSERT_LT(*instant, (WallTime{sys_days{year{2200} / 1 / 1}})) << text;
    }
}

}  // namespace
}  // namespace pyesi::http
