#include "cache/entry.h"

#include "cache/examples.h"

#include <gtest/gtest.h>

namespace pyesi::cache {
namespace {

using namespace examples;

TEST(Entry, ReadsWhatLaterDecisionsNeed) {
    const auto stored =
        entry({{"etag", "W/\"3877be5b\""},
               {"last-modified", "Wed, 30 Sep 2026 11:56:57 GMT"},
               {"x-pages", "405"},
               {"cache-control", "public, max-age=3600, stale-if-error=900"}});
    ASSERT_TRUE(stored->etag.has_value());
    EXPECT_EQ(stored->etag->text, "W/\"3877be5b\"");
    EXPECT_EQ(stored->last_modified, kNoon - 3min - 3s);
    EXPECT_EQ(stored->x_pages, 405);
    EXPECT_EQ(stored->permissions.stale_if_error, 900s);
    EXPECT_FALSE(stored->permissions.must_revalidate);
    EXPECT_EQ(stored->kind, EntryKind::Response);
}

TEST(Entry, WhatCannotBeReadIsAbsent) {
    for (const auto* pages : {"", "-1", "x", "4x", "99999999999"}) {
        const auto stored =
            entry({{"etag", ""}, {"last-modified", "never"}, {"x-pages", pages}});
        EXPECT_FALSE(stored->x_pages) << pages;
        EXPECT_FALSE(stored->etag);
        EXPECT_FALSE(stored->last_modified);
    }
}

// RFC 9111 §4.2: fresh while its age is below its lifetime, and no longer.
TEST(Entry, IsFreshUntilItsAgeReachesItsLifetime) {
    const auto stored = entry({{"cache-control", "max-age=300"}});
    EXPECT_TRUE(stored->is_fresh(kStart));
    EXPECT_TRUE(stored->is_fresh(kStart + 300s - 1ns));
    EXPECT_FALSE(stored->is_fresh(kStart + 300s));
}

// RFC 9111 §4.2.3: the Age field enters once.
TEST(Entry, AgeShortensFreshnessOnce) {
    const auto stored = entry({{"cache-control", "max-age=300"}, {"age", "100"}});
    EXPECT_EQ(stored->times.fresh_until, kStart + 200s);
    EXPECT_EQ(stored->times.freshness_lifetime.length, 300s);
    EXPECT_EQ(stored->times.age_when_received, 100s);
}

TEST(Entry, AnAgeBeyondTheLifetimeIsStaleAtOnce) {
    const auto stored = entry({{"cache-control", "max-age=300"}, {"age", "301"}});
    EXPECT_FALSE(stored->is_fresh(kStart));
}

TEST(Entry, AnAnswerWithoutLifetimeIsNeverFresh) {
    EXPECT_FALSE(entry({{"etag", "\"a\""}})->is_fresh(kStart));
    EXPECT_FALSE(entry({{"cache-control", "no-cache, max-age=9"}})->is_fresh(kStart));
}

TEST(Entry, ShowsTheEndOfFreshnessByTheServersClock) {
    EXPECT_EQ(entry({{"date", "Wed, 30 Sep 2026 13:00:00 GMT"},
                     {"expires", "Wed, 30 Sep 2026 13:05:00 GMT"}})
                  ->times.expires_at,
              kNoon + 1h + 5min);
    EXPECT_EQ(entry({{"cache-control", "max-age=60"}})->times.expires_at, kNoon + 60s);
}

TEST(Entry, TheLongestLifetimeAndTheLatestDateStillFit) {
    const auto stored = entry({{"cache-control", "max-age=99999999999"},
                               {"date", "Tue, 31 Dec 2199 23:59:59 GMT"}});
    EXPECT_GT(stored->times.expires_at, kNoon);
    EXPECT_TRUE(stored->is_fresh(kStart + 24h * 365 * 30));
}

TEST(Entry, StaleIsForbiddenByMustRevalidateAndNoCache) {
    EXPECT_TRUE(
        entry({{"cache-control", "must-revalidate"}})->permissions.must_revalidate);
    EXPECT_TRUE(entry({{"cache-control", "no-cache"}})->permissions.must_revalidate);
    EXPECT_FALSE(entry({{"cache-control", "public"}})->permissions.must_revalidate);
}

// RFC 9111 §5.2.2.4.
TEST(Entry, NoCacheOfSomeFieldsForbidsNoStaleAnswer) {
    EXPECT_FALSE(entry({{"cache-control", "no-cache=\"Set-Cookie\""}})
                     ->permissions.must_revalidate);
}

// RFC 9111 §5.2.2.8 and §5.2.2.10: words to shared caches alone.
TEST(Entry, ASharedCacheObeysWhatIsSaidToSharedCaches) {
    for (const auto* control : {"max-age=9, proxy-revalidate", "s-maxage=9"}) {
        auto came = arrival();
        const auto headers = fields({{"cache-control", control}});
        EXPECT_FALSE(make_entry(answer(headers), came)->permissions.must_revalidate);
        came.lifetime_facts.mode = CacheMode::Shared;
        EXPECT_TRUE(make_entry(answer(headers), came)->permissions.must_revalidate);
    }
}

// RFC 9111 §4.1, as far as the key does not hold the field already.
TEST(Entry, RemembersTheFieldsThatItVariesByAndNoKeyHolds) {
    const auto request =
        fields({{"X-One", "1"}, {"x-one", "2"}, {"accept-encoding", "br"}});
    auto came = arrival();
    came.request_headers = &request;
    const auto stored =
        make_entry(answer(fields({{"vary", "Accept-Encoding, X-One,, Origin"},
                                  {"vary", "Accept-Language"}})),
                   came);
    ASSERT_EQ(stored->nominated_fields.size(), 2U);
    EXPECT_EQ(stored->nominated_fields[0].name, "X-One");
    EXPECT_EQ(stored->nominated_fields[0].value, "1, 2");
    EXPECT_EQ(stored->nominated_fields[1].name, "Origin");
    EXPECT_EQ(stored->nominated_fields[1].value, std::nullopt);
}

TEST(Entry, WeighsAtLeastItsBodyAndItsHeaders) {
    const auto light = entry({{"etag", "\"a\""}}, "")->weight();
    EXPECT_GE(light, sizeof(Entry));
    EXPECT_GE(entry({{"etag", "\"a\""}}, std::string(70'000, 'x'))->weight(),
              light + 70'000);
    EXPECT_GE(entry({{"x", std::string(70'000, 'x')}}, "")->weight(), 70'000U);
}

}  // namespace
}  // namespace pyesi::cache
