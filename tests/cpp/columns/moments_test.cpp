#include "columns/moments.h"
#include "columns/utc_text.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <string>

namespace pyesi::columns {
namespace {

std::string date_text(std::chrono::year_month_day date) {
    std::array<char, 16> text{};
    std::snprintf(text.data(),
                  text.size(),
                  "%04d-%02u-%02u",
                  static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()));
    return text.data();
}

TEST(Moments, EveryDayOfFourteenCenturiesIsTheCalendarsDay) {
    using namespace std::chrono;
    const sys_days last{year{2400} / 1 / 1};
    for (sys_days day{year{1000} / 1 / 1}; day < last; day += days{1}) {
        const auto text = date_text(year_month_day{day});
        const auto expected = day.time_since_epoch().count();
        const auto read = parse_date(text);
        ASSERT_TRUE(read) << text;
        ASSERT_EQ(*read, expected) << text;
        std::int64_t milliseconds = 0;
        const auto instant = text + "T23:59:58Z\"";
        const bool of_century = text.starts_with("20");
        ASSERT_EQ(try_read_utc(instant.data(), milliseconds), of_century) << text;
        const std::int64_t seconds = std::int64_t{expected} * 86'400 + 86'398;
        ASSERT_EQ(milliseconds, of_century ? seconds * 1000 : 0) << text;
    }
}

TEST(Moments, AYearBeforeTheFirstIsCountedDown) {
    EXPECT_EQ(parse_date("0001-01-01"), -719162);
    EXPECT_EQ(parse_date("0000-12-31"), -719163);
    EXPECT_EQ(parse_date("0000-01-01"), -719528);
}

TEST(Moments, ADayThatIsNoneIsRefused) {
    for (const auto* text : {"2026-02-29",
                             "2026-04-31",
                             "2026-13-01",
                             "2026-00-01",
                             "2026-01-00",
                             "2026-1-01",
                             "2026/01/01",
                             "",
                             "20260101",
                             "2026-01-01 ",
                             "-026-01-01",
                             "1900-02-29",
                             "2026-0a-01"}) {
        EXPECT_FALSE(parse_date(text)) << text;
        std::int64_t milliseconds = 0;
        auto instant = std::string{text} + "T00:00:00Z\"";
        instant.resize(32, ' ');
        EXPECT_FALSE(try_read_utc(instant.data(), milliseconds)) << text;
    }
    EXPECT_TRUE(parse_date("2000-02-29"));
}

TEST(Moments, AnInstantIsReadStraightOnlyAsEsiWritesIt) {
    const std::string usual{"2024-02-29T23:59:59Z\""};
    std::int64_t milliseconds = 0;
    ASSERT_TRUE(try_read_utc(usual.data(), milliseconds));
    EXPECT_EQ(milliseconds, 1'709'251'199'000);
    const auto is_read = [](std::string text) {
        text.resize(32, ' ');
        std::int64_t unused = 0;
        return try_read_utc(text.data(), unused);
    };
    for (std::size_t place = 0; place < usual.size(); ++place) {
        for (int byte = 0; byte < 256; ++byte) {
            auto text = usual;
            text[place] = static_cast<char>(byte);
            const bool same_shape = text[place] >= '0' && text[place] <= '9' &&
                                    usual[place] >= '0' && usual[place] <= '9';
            const auto instant = parse_date_time(text.substr(0, 20));
            const bool right = text.back() == '"' && text[19] == 'Z' &&
                               text.starts_with("20") && instant.has_value();
            if (text == usual || same_shape) {
                EXPECT_EQ(is_read(text), right && text.substr(17, 2) != "60") << text;
            } else {
                EXPECT_FALSE(is_read(text)) << text;
            }
        }
    }
    for (const auto* text : {"2026-11-29T24:00:00Z\"",
                             "2026-11-29T23:60:00Z\"",
                             "2026-11-29T23:59:60Z\"",
                             "2026-11-29T99:59:59Z\"",
                             "2023-02-29T00:00:00Z\"",
                             "2026-11-29t23:59:59Z\"",
                             "2026-11-29T23:59:59z\"",
                             "2026-11-29T23:59:59.Z\""}) {
        EXPECT_FALSE(is_read(text)) << text;
    }
}

TEST(Moments, OffsetsAndFractionsCount) {
    EXPECT_EQ(parse_date_time("1970-01-01T00:00:00Z"), 0);
    EXPECT_EQ(parse_date_time("1970-01-01T00:00:00.25Z"), 250);
    EXPECT_EQ(parse_date_time("1970-01-01T00:00:00.123456789Z"), 123);
    EXPECT_EQ(parse_date_time("1970-01-01T01:30:00+01:30"), 0);
    EXPECT_EQ(parse_date_time("1969-12-31T23:00:00-01:00"), 0);
    EXPECT_EQ(parse_date_time("1970-01-01t00:00:01z"), 1000);
    EXPECT_EQ(parse_date_time("1970-01-01T23:59:60Z"), 86'400'000);
}

TEST(Moments, AnInstantThatIsNoneIsRefused) {
    for (const auto* text : {"",
                             "1970-01-01",
                             "1970-01-01T00:00:00",
                             "1970-01-01T24:00:00Z",
                             "1970-01-01T00:60:00Z",
                             "1970-01-01T00:00:61Z",
                             "1970-01-01T00:00:00.Z",
                             "1970-01-01T00:00:00+1:00",
                             "1970-01-01T00:00:00+24:00",
                             "1970-01-01 00:00:00Z",
                             "1970-01-01T00:00:00ZZ",
                             "1970-01-01T0a:00:00Z"}) {
        EXPECT_FALSE(parse_date_time(text)) << text;
    }
}

}  // namespace
}  // namespace pyesi::columns
