#include "http/cache_control.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace pyesi::http {
namespace {

using std::chrono::seconds;
using Strings = std::vector<std::string>;

TEST(CacheControl, ReadsWhatEsiSends) {
    const auto control = parse_cache_control(
        "public, max-age=3600, must-revalidate, stale-if-error=900");
    EXPECT_TRUE(control.public_);
    EXPECT_TRUE(control.must_revalidate);
    EXPECT_EQ(control.max_age, seconds{3600});
    EXPECT_EQ(control.stale_if_error, seconds{900});
    EXPECT_FALSE(control.private_);
    EXPECT_FALSE(control.no_store);
    EXPECT_EQ(control.s_maxage, std::nullopt);
    EXPECT_EQ(control.stale_while_revalidate, std::nullopt);
}

TEST(CacheControl, ReadsEveryDirective) {
    const auto control = parse_cache_control(
        "no-store,no-cache,no-transform,must-revalidate,proxy-revalidate,"
        "must-understand,immutable,private,public,max-age=1,s-maxage=2,"
        "stale-while-revalidate=3,stale-if-error=4");
    EXPECT_TRUE(control.no_store && control.no_cache && control.no_transform);
    EXPECT_TRUE(control.must_revalidate && control.proxy_revalidate);
    EXPECT_TRUE(control.must_understand && control.immutable);
    EXPECT_TRUE(control.private_ && control.public_);
    EXPECT_EQ(control.max_age, seconds{1});
    EXPECT_EQ(control.s_maxage, seconds{2});
    EXPECT_EQ(control.stale_while_revalidate, seconds{3});
    EXPECT_EQ(control.stale_if_error, seconds{4});
}

// RFC 9111 §5.2.1.
TEST(CacheControl, ReadsWhatRequestsAsk) {
    const auto control =
        parse_cache_control("only-if-cached, min-fresh=5, max-stale=6, no-cache");
    EXPECT_TRUE(control.only_if_cached && control.no_cache);
    EXPECT_EQ(control.min_fresh, seconds{5});
    EXPECT_EQ(control.max_stale, seconds{6});
    EXPECT_EQ(parse_cache_control("max-stale").max_stale, seconds::max());
    EXPECT_EQ(parse_cache_control("max-stale=x").max_stale, std::nullopt);
}

TEST(CacheControl, SaysNothingWhenItIsEmpty) {
    for (const auto* text : {"", " ", ",", " , ,", "foo", "foo=bar", "=", "=1"}) {
        const auto control = parse_cache_control(text);
        EXPECT_FALSE(control.no_store || control.no_cache || control.private_) << text;
        EXPECT_EQ(control.max_age, std::nullopt) << text;
    }
}

TEST(CacheControl, ALengthThatCannotBeReadIsAbsentNotZero) {
    for (const auto* text : {"max-age",
                             "max-age=",
                             "max-age=abc",
                             "max-age=-1",
                             "max-age=+1",
                             "max-age=1.5",
                             "max-age=60s",
                             "max-age=6 0",
                             "max-age=0x10",
                             "max-age=\"\"",
                             "maxage=60"}) {
        EXPECT_EQ(parse_cache_control(text).max_age, std::nullopt) << text;
    }
    EXPECT_EQ(parse_cache_control("max-age=0").max_age, seconds{0});
}

TEST(CacheControl, AHugeLengthIsTwoToThe31) {
    constexpr seconds kMost{2'147'483'648};
    EXPECT_EQ(parse_cache_control("max-age=2147483647").max_age, kMost - seconds{1});
    EXPECT_EQ(parse_cache_control("max-age=2147483648").max_age, kMost);
    EXPECT_EQ(parse_cache_control("max-age=99999999999").max_age, kMost);
    const auto control = parse_cache_control("max-age=" + std::string(5000, '9'));
    EXPECT_EQ(control.max_age, kMost);
}

TEST(CacheControl, NamesHaveNoCaseAndBlanksDoNotMatter) {
    const auto control = parse_cache_control(" \tMAX-AGE = 60 ,\tNo-Store\t");
    EXPECT_EQ(control.max_age, seconds{60});
    EXPECT_TRUE(control.no_store);
}

TEST(CacheControl, TakesAQuotedLength) {
    EXPECT_EQ(parse_cache_control("max-age=\"60\"").max_age, seconds{60});
    EXPECT_EQ(parse_cache_control("max-age=\"\\6\\0\", public").max_age, seconds{60});
}

TEST(CacheControl, OfTwoTheFirstThatCanBeReadCounts) {
    EXPECT_EQ(parse_cache_control("max-age=1, max-age=2").max_age, seconds{1});
    EXPECT_EQ(parse_cache_control("max-age=x, max-age=2").max_age, seconds{2});
    EXPECT_EQ(parse_cache_control("max-age=0, max-age=2").max_age, seconds{0});
}

TEST(CacheControl, WhatIsQuotedIsNoDirective) {
    const auto control =
        parse_cache_control(R"(foo="no-store, max-age=1, \", private", max-age=2)");
    EXPECT_FALSE(control.no_store);
    EXPECT_FALSE(control.private_);
    EXPECT_EQ(control.max_age, seconds{2});
}

TEST(CacheControl, AQuoteThatNeverClosesSwallowsTheRest) {
    const auto control = parse_cache_control("public, foo=\"bar, no-store");
    EXPECT_TRUE(control.public_);
    EXPECT_FALSE(control.no_store);
    EXPECT_TRUE(parse_cache_control("no-cache=\"a\\").no_cache);
}

TEST(CacheControl, KeepsTheFieldsThatAreNamed) {
    const auto control =
        parse_cache_control(R"(private="X-A, x-b", no-cache="Set-Cookie", max-age=1)");
    EXPECT_TRUE(control.private_);
    EXPECT_EQ(control.private_fields, (Strings{"X-A", "x-b"}));
    EXPECT_TRUE(control.no_cache);
    EXPECT_EQ(control.no_cache_fields, (Strings{"Set-Cookie"}));
    EXPECT_EQ(control.max_age, seconds{1});
}

TEST(CacheControl, ForTheWholeResponseOnceIsForTheWholeResponse) {
    for (const auto* text : {"no-cache, no-cache=\"A\"",
                             "no-cache=\"A\", no-cache",
                             "no-cache=\"\"",
                             "no-cache=\" , \""}) {
        const auto control = parse_cache_control(text);
        EXPECT_TRUE(control.no_cache) << text;
        EXPECT_TRUE(control.no_cache_fields.empty()) << text;
    }
    EXPECT_EQ(parse_cache_control("no-cache=\"A\", no-cache=B").no_cache_fields,
              (Strings{"A", "B"}));
}

TEST(CacheControl, ReadsSeveralFieldsAsOne) {
    Headers headers;
    headers.append("Cache-Control", "public");
    headers.append("Date", "x");
    headers.append("cache-control", "max-age=60");
    const auto control = parse_cache_control(headers);
    EXPECT_TRUE(control.public_);
    EXPECT_EQ(control.max_age, seconds{60});
    EXPECT_EQ(parse_cache_control(Headers{}).max_age, std::nullopt);
}

TEST(CacheControl, TakesAnyTextWithoutHarm) {
    std::mt19937 random{11};
    const std::string alphabet = "max-age=no-stor,\"\\ \t0123456789=privat";
    for (int i = 0; i < 50'000; ++i) {
        std::string text(random() % 40, ' ');
        for (auto& letter : text) letter = alphabet[random() % alphabet.size()];
        const auto control = parse_cache_control(text);
        ASSERT_GE(control.max_age.value_or(seconds{0}), seconds{0}) << text;
        ASSERT_TRUE(control.no_cache || control.no_cache_fields.empty()) << text;
    }
}

}  // namespace
}  // namespace pyesi::http
