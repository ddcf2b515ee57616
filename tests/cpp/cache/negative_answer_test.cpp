#include "cache/negative_answer.h"

#include "examples.h"

#include <gtest/gtest.h>

namespace pyesi::cache {
namespace {

using namespace examples;

http::Response refusal(int status, http::Headers headers = {}) {
    return {status, std::move(headers), {base::Bytes{"{}"}, {}, 2}};
}

TEST(NegativeAnswer, IsFreshForItsLifetimeAndGoneAfterwards) {
    const auto entry = make_negative_entry(refusal(404), arrival(), 60s);
    ASSERT_TRUE(entry);
    EXPECT_TRUE(is_negative(*entry));
    EXPECT_TRUE(entry->is_fresh(kStart + 59s));
    EXPECT_FALSE(entry->is_gone(kStart + 59s));
    EXPECT_TRUE(entry->is_gone(kStart + 60s));
    EXPECT_EQ(entry->times.expires_at, kNoon + 60s);
}

// Of all refusals these two are about the resource: 401 is about the token, and the
// others about the moment.
TEST(NegativeAnswer, IsMadeOf403And404Alone) {
    for (int status = 200; status < 600; ++status) {
        const bool kept =
            make_negative_entry(refusal(status), arrival(), 60s) != nullptr;
        EXPECT_EQ(kept, status == 403 || status == 404) << status;
    }
}

TEST(NegativeAnswer, FollowsTheServerWhereThatIsLonger) {
    const auto longer = make_negative_entry(
        refusal(404, fields({{"cache-control", "max-age=3600"}})), arrival(), 60s);
    const auto shorter = make_negative_entry(
        refusal(404, fields({{"cache-control", "max-age=5"}})), arrival(), 60s);
    EXPECT_EQ(longer->times.fresh_until, kStart + 3600s);
    EXPECT_EQ(shorter->times.fresh_until, kStart + 60s);
}

TEST(NegativeAnswer, HasNothingOfTheCatalogsLifetime) {
    auto came = arrival();
    came.lifetime_facts.catalog_lifetime = 24h;
    const auto entry = make_negative_entry(refusal(404), came, 60s);
    EXPECT_EQ(entry->times.fresh_until, kStart + 60s);
}

// An age is of the server's copy; our lifetime begins at the arrival.
TEST(NegativeAnswer, IsKeptAsLongWhateverItsAge) {
    const auto entry =
        make_negative_entry(refusal(404, fields({{"age", "40"}})), arrival(), 60s);
    EXPECT_EQ(entry->times.fresh_until, kStart + 60s);
}

TEST(NegativeAnswer, IsNotKeptWhereTheServerForbidsIt) {
    for (const auto* word : {"no-store", "no-cache"}) {
        const auto headers = fields({{"cache-control", word}});
        EXPECT_FALSE(make_negative_entry(refusal(404, headers), arrival(), 60s));
    }
    const auto varying = fields({{"vary", "*"}});
    EXPECT_FALSE(make_negative_entry(refusal(404, varying), arrival(), 60s));
}

TEST(NegativeAnswer, IsNotKeptWithoutALifetime) {
    EXPECT_FALSE(make_negative_entry(refusal(404), arrival(), 0s));
}

TEST(NegativeAnswer, HasNoValidator) {
    const auto headers = fields(
        {{"etag", "\"tag\""}, {"last-modified", "Wed, 30 Sep 2026 11:00:00 GMT"}});
    const auto entry = make_negative_entry(refusal(404, headers), arrival(), 60s);
    EXPECT_FALSE(entry->etag);
    EXPECT_FALSE(entry->last_modified);
}

}  // namespace
}  // namespace pyesi::cache
