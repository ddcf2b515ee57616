#include "cache/head_answer.h"

#include "cache/examples.h"
#include "cache/reuse.h"
#include "cache/revalidation.h"

#include <gtest/gtest.h>

namespace pyesi::cache {
namespace {

using namespace examples;

constexpr auto kModified = "Wed, 30 Sep 2026 11:55:00 GMT";
constexpr auto kLater = "Wed, 30 Sep 2026 11:56:00 GMT";

EntryPtr stored_get() {
    return entry({{"cache-control", "max-age=60"},
                  {"etag", "\"a\""},
                  {"last-modified", kModified},
                  {"content-length", "2"}});
}

HeadVerdict told_by(
    std::initializer_list<std::pair<std::string_view, std::string_view>> pairs) {
    return compare_head(*stored_get(), fields(pairs));
}

// RFC 9111 §4.3.5: "matching values for any received validator fields … and, if the
// HEAD response has a Content-Length header field, its value".
TEST(HeadAnswer, WhatItNamesAlikeRefreshesTheStoredGet) {
    EXPECT_EQ(told_by({{"ETag", "\"a\""}}), HeadVerdict::Refreshes);
    EXPECT_EQ(told_by({{"etag", "W/\"a\""}}), HeadVerdict::Refreshes);
    EXPECT_EQ(told_by({{"last-modified", kModified}}), HeadVerdict::Refreshes);
    EXPECT_EQ(
        told_by(
            {{"etag", "\"a\""}, {"last-modified", kModified}, {"content-length", "2"}}),
        HeadVerdict::Refreshes);
}

TEST(HeadAnswer, OneDifferenceOutdatesTheStoredGet) {
    EXPECT_EQ(told_by({{"etag", "\"b\""}, {"last-modified", kModified}}),
              HeadVerdict::Outdates);
    EXPECT_EQ(told_by({{"etag", "\"a\""}, {"last-modified", kLater}}),
              HeadVerdict::Outdates);
    EXPECT_EQ(told_by({{"etag", "\"a\""}, {"content-length", "3"}}),
              HeadVerdict::Outdates);
    EXPECT_EQ(compare_head(*entry({{"last-modified", kModified}}),
                           fields({{"etag", "\"a\""}})),
              HeadVerdict::Outdates)
        << "the stored answer has no tag that could match";
}

TEST(HeadAnswer, WithoutAnyOfThemItSaysNothing) {
    EXPECT_EQ(told_by({}), HeadVerdict::SaysNothing);
    EXPECT_EQ(told_by({{"etag", ""}, {"last-modified", "soon"}}),
              HeadVerdict::SaysNothing);
}

TEST(HeadAnswer, LengthsInTwoCodingsAreNotCompared) {
    EXPECT_EQ(told_by({{"content-encoding", "gzip"}, {"content-length", "22"}}),
              HeadVerdict::SaysNothing);
}

// RFC 9111 §4.3.5 with §3.2.
TEST(HeadAnswer, TheStoredGetTakesItsFieldsAndKeepsItsBody) {
    const auto stored = stored_get();
    const auto merged = merge_not_modified(
        *stored,
        fields({{"etag", "\"a\""}, {"content-length", "0"}, {"x-pages", "7"}}),
        arrival(10min));
    EXPECT_EQ(merged->response.body.bytes.view(), "[]");
    EXPECT_EQ(merged->response.headers.find("content-length"), "2");
    EXPECT_EQ(merged->x_pages, 7);
    EXPECT_EQ(merged->times.fresh_until, kStart + 10min + 60s);
}

TEST(HeadAnswer, WhatIsOutdatedIsValidatedBeforeItIsUsed) {
    const auto stale = outdated(*stored_get(), kStart + 5s);
    EXPECT_EQ(decide_reuse(*stale, {}, kStart + 5s), Reuse::Revalidate);
    EXPECT_EQ(stale->etag->text, "\"a\"");
    const auto older = outdated(*stored_get(), kStart + 5min);
    EXPECT_EQ(older->times.fresh_until, kStart + 60s) << "nothing gets fresher";
}

// RFC 9110 §9.3.1.
TEST(HeadAnswer, AStoredGetAnswersAHeadWithoutItsBody) {
    const auto head = as_head_answer(*stored_get());
    EXPECT_TRUE(head->response.body.bytes.empty());
    EXPECT_EQ(head->response.headers.find("content-length"), "2");
    EXPECT_EQ(head->times.fresh_until, kStart + 60s);
}

}  // namespace
}  // namespace pyesi::cache
