#include "cache/revalidation.h"

#include "cache/examples.h"

#include <gtest/gtest.h>

#include <string>

namespace pyesi::cache {
namespace {

using namespace examples;

constexpr auto kModified = "Wed, 30 Sep 2026 11:55:00 GMT";

EntryPtr page_of_orders() {
    return entry({{"content-type", "application/json"},
                  {"content-length", "2"},
                  {"content-encoding", "gzip"},
                  {"cache-control", "public"},
                  {"date", "Wed, 30 Sep 2026 12:00:00 GMT"},
                  {"expires", "Wed, 30 Sep 2026 12:05:00 GMT"},
                  {"last-modified", kModified},
                  {"etag", "\"bbf2416f\""},
                  {"age", "7"},
                  {"x-pages", "405"}});
}

EntryPtr merged_with(
    std::initializer_list<std::pair<std::string_view, std::string_view>> pairs,
    std::optional<base::Duration> catalog = std::nullopt) {
    auto came = arrival(6min);
    came.lifetime_facts.catalog_lifetime = catalog;
    return merge_not_modified(*page_of_orders(), fields(pairs), came);
}

std::string header(const EntryPtr& merged, std::string_view name) {
    return std::string{merged->response.headers.find(name).value_or("(none)")};
}

std::string etag_of(const EntryPtr& merged) {
    return merged && merged->etag ? merged->etag->text : "(none)";
}

// RFC 9110 §8.8.4: with both validators at hand, both are sent.
TEST(Validators, SendBothVerbatim) {
    http::Headers request;
    EXPECT_TRUE(append_validators(*page_of_orders(), request));
    EXPECT_EQ(request.find("if-none-match"), "\"bbf2416f\"");
    EXPECT_EQ(request.find("if-modified-since"), kModified);
}

// RFC 9110 §13.1.2: the weak mark is part of the tag.
TEST(Validators, KeepTheWeakMark) {
    http::Headers request;
    EXPECT_TRUE(append_validators(*entry({{"etag", "W/\"3877\""}}), request));
    EXPECT_EQ(request.find("if-none-match"), "W/\"3877\"");
    EXPECT_EQ(request.find("if-modified-since"), std::nullopt);
}

TEST(Validators, SendTheDateAloneWhereThereIsNoTag) {
    http::Headers request;
    EXPECT_TRUE(append_validators(*entry({{"last-modified", kModified}}), request));
    EXPECT_EQ(request.find("if-modified-since"), kModified);
    EXPECT_EQ(request.size(), 1U);
}

TEST(Validators, AreNoneWhereTheAnswerHadNone) {
    http::Headers request;
    EXPECT_FALSE(append_validators(*entry({{"last-modified", "never"}}), request));
    EXPECT_TRUE(request.empty());
}

// RFC 9111 §4.3.4 and §3.2.
TEST(NotModified, ItsFieldsReplaceTheStoredOnes) {
    const auto merged = merged_with({{"Date", "Wed, 30 Sep 2026 12:06:00 GMT"},
                                     {"Expires", "Wed, 30 Sep 2026 12:11:00 GMT"},
                                     {"Last-Modified", "Wed, 30 Sep 2026 12:05:30 GMT"},
                                     {"ETag", "\"bbf2416f\""},
                                     {"X-Pages", "406"}});
    EXPECT_EQ(merged->times.freshness_lifetime.length, 5min);
    EXPECT_EQ(merged->times.fresh_until, kStart + 6min + 5min);
    EXPECT_EQ(merged->times.expires_at, kNoon + 11min);
    EXPECT_EQ(merged->last_modified, kNoon + 5min + 30s);
    EXPECT_EQ(merged->x_pages, 406);
    EXPECT_EQ(merged->response.status, 200);
}

TEST(NotModified, WhatItLeavesOutStays) {
    const auto merged = merged_with({{"cache-control", "max-age=60"}});
    EXPECT_EQ(merged->x_pages, 405);
    EXPECT_EQ(etag_of(merged), "\"bbf2416f\"");
    EXPECT_EQ(header(merged, "last-modified"), kModified);
    EXPECT_EQ(header(merged, "content-type"), "application/json");
}

TEST(NotModified, WhatTellsOfTheBodyStaysTheStoredOnes) {
    const auto merged = merged_with({{"content-length", "0"},
                                     {"content-encoding", "br"},
                                     {"content-type", "text/plain"},
                                     {"transfer-encoding", "chunked"},
                                     {"connection", "close"}});
    EXPECT_EQ(header(merged, "content-length"), "2");
    EXPECT_EQ(header(merged, "content-encoding"), "gzip");
    EXPECT_EQ(header(merged, "content-type"), "application/json");
    EXPECT_EQ(header(merged, "transfer-encoding"), "(none)");
    EXPECT_EQ(header(merged, "connection"), "(none)");
}

// RFC 9111 §3.2 with RFC 9110 §7.6.1.
TEST(NotModified, WhatBelongedToItsConnectionIsNotMerged) {
    const auto merged =
        merged_with({{"connection", "x-hop"}, {"x-hop", "1"}, {"x-more", "2"}});
    EXPECT_EQ(header(merged, "connection"), "(none)");
    EXPECT_EQ(header(merged, "x-hop"), "(none)");
    EXPECT_EQ(header(merged, "x-more"), "2");
}

TEST(NotModified, ManyFieldsOfOneNameReplaceThemAll) {
    const auto stored = entry({{"etag", "\"a\""}, {"warning", "1"}, {"warning", "2"}});
    const auto merged = merge_not_modified(
        *stored, fields({{"Warning", "3"}, {"Warning", "4"}}), arrival());
    EXPECT_EQ(merged->response.headers.joined("warning"), "3, 4");
}

TEST(NotModified, SharesTheBodyAndCopiesNothing) {
    const auto stored = page_of_orders();
    const auto merged = merge_not_modified(*stored, fields({}), arrival());
    EXPECT_EQ(merged->response.body.bytes.data(), stored->response.body.bytes.data());
    EXPECT_EQ(merged->response.body.decoded_size, stored->response.body.decoded_size);
}

// esi-issues: a 304 may come without Expires. The stored one is past by then.
TEST(NotModified, WithoutALifetimeOfItsOwnTheCatalogSpeaks) {
    const auto merged = merged_with({{"etag", "\"bbf2416f\""}}, 300s);
    EXPECT_EQ(merged->times.freshness_lifetime.length, 300s);
    EXPECT_EQ(merged->times.freshness_lifetime.source, LifetimeSource::Catalog);
    EXPECT_EQ(merged_with({})->times.freshness_lifetime.length, 0s);
}

TEST(NotModified, AStoredExpiresThatStillHoldsGoesOn) {
    const auto merged =
        merge_not_modified(*page_of_orders(),
                           fields({{"date", "Wed, 30 Sep 2026 12:02:00 GMT"}}),
                           arrival(2min));
    EXPECT_EQ(merged->times.freshness_lifetime.length, 3min);
    EXPECT_EQ(merged->times.expires_at, kNoon + 5min);
}

TEST(NotModified, AStoredMaxAgeCountsAnew) {
    const auto stored = entry({{"cache-control", "max-age=60"}, {"etag", "\"a\""}});
    const auto merged = merge_not_modified(*stored, fields({}), arrival(10min));
    EXPECT_EQ(merged->times.fresh_until, kStart + 10min + 60s);
}

TEST(NotModified, TheAgeAndDateOfTheEarlierArrivalEnd) {
    const auto merged = merged_with({{"cache-control", "max-age=60"}});
    EXPECT_EQ(header(merged, "age"), "(none)");
    EXPECT_EQ(header(merged, "date"), "(none)");
    EXPECT_EQ(merged->times.age_when_received, 0s);
    EXPECT_EQ(merged->times.expires_at, kNoon + 6min + 60s);
}

// RFC 9111 §4.3.4: a validator of another representation selects nothing.
TEST(NotModified, AboutAnotherTagIsNotMerged) {
    EXPECT_EQ(merged_with({{"etag", "\"other\""}}), nullptr);
    EXPECT_EQ(merged_with({{"etag", "W/\"other\""}}), nullptr);
}

// RFC 9111 §4.3.4: without a strong validator the weak one selects.
TEST(NotModified, AboutAnotherDateIsNotMergedWhereThereIsNoTag) {
    const auto stored = entry({{"last-modified", kModified}});
    const auto merged = [&](std::string_view date) {
        return merge_not_modified(
            *stored, fields({{"last-modified", date}}), arrival());
    };
    EXPECT_EQ(merged("Wed, 30 Sep 2026 11:56:00 GMT"), nullptr);
    EXPECT_NE(merged(kModified), nullptr);
    EXPECT_NE(merged("Wednesday, 30-Sep-26 11:55:00 GMT"), nullptr)
        << "the same instant in another form";
    EXPECT_NE(merged("soon"), nullptr);
}

// A tag is the stronger word: ESI makes dates anew under the same tag.
TEST(NotModified, TheSameTagIsMergedWhateverItsDate) {
    EXPECT_NE(merged_with({{"etag", "\"bbf2416f\""},
                           {"last-modified", "Wed, 30 Sep 2026 11:56:00 GMT"}}),
              nullptr);
    EXPECT_NE(merged_with({{"last-modified", "Wed, 30 Sep 2026 11:56:00 GMT"}}),
              nullptr)
        << "our tag went along, and it was found unchanged";
}

// RFC 9110 §13.1.2 compares weakly; ESI's tags change form with the coding.
TEST(NotModified, TheSameTagInItsWeakFormIsMerged) {
    const auto merged = merged_with({{"etag", "W/\"bbf2416f\""}});
    EXPECT_EQ(etag_of(merged), "W/\"bbf2416f\"");
}

TEST(NotModified, ATagWhereThereWasNoneIsTaken) {
    const auto stored = entry({{"last-modified", kModified}});
    const auto merged =
        merge_not_modified(*stored, fields({{"etag", "\"new\""}}), arrival());
    EXPECT_EQ(etag_of(merged), "\"new\"");
}

TEST(NotModified, TheStoredEntryItselfDoesNotChange) {
    const auto stored = page_of_orders();
    const auto before = stored->response.headers;
    merge_not_modified(*stored, fields({{"x-pages", "1"}}), arrival(1h));
    EXPECT_EQ(stored->response.headers, before);
    EXPECT_EQ(stored->x_pages, 405);
}

}  // namespace
}  // namespace pyesi::cache
