#include "cache/precondition.h"

#include "cache/examples.h"

#include <gtest/gtest.h>

namespace pyesi::cache {
namespace {

using namespace examples;

constexpr auto kBefore = "Wed, 30 Sep 2026 11:54:59 GMT";
constexpr auto kModified = "Wed, 30 Sep 2026 11:55:00 GMT";
constexpr auto kDate = "Wed, 30 Sep 2026 11:59:00 GMT";

EntryPtr stored_answer() {
    return entry({{"Cache-Control", "max-age=60"},
                  {"Date", kDate},
                  {"ETag", "\"a\""},
                  {"Last-Modified", kModified},
                  {"Content-Type", "application/json"},
                  {"X-Pages", "3"}});
}

bool has(const EntryPtr& stored, std::string_view name, std::string_view value) {
    return is_not_modified(*stored, fields({{name, value}}));
}

// RFC 9110 §13.1.2: compared weakly, and `*` is any.
TEST(Precondition, IfNoneMatchIsMetByAnyTagOfItsList) {
    for (const auto* list :
         {"\"a\"", "W/\"a\"", R"("b", "a")", R"("x, y", W/"a")", " * "}) {
        EXPECT_TRUE(has(stored_answer(), "If-None-Match", list)) << list;
    }
    for (const auto* list : {"\"b\"", "", "\"A\"", R"("b, \"a")", "\"x\", *"}) {
        EXPECT_FALSE(has(stored_answer(), "If-None-Match", list)) << list;
    }
    EXPECT_TRUE(is_not_modified(
        *stored_answer(),
        fields({{"if-none-match", "\"b\""}, {"If-None-Match", "\"a\""}})));
}

TEST(Precondition, WithoutATagOnlyAnyIsMet) {
    const auto stored = entry({{"last-modified", kModified}});
    EXPECT_FALSE(has(stored, "if-none-match", "\"a\""));
    EXPECT_TRUE(has(stored, "if-none-match", "*"));
}

// RFC 9110 §13.1.3.
TEST(Precondition, IfModifiedSinceIsMetFromThatInstantOn) {
    EXPECT_FALSE(has(stored_answer(), "if-modified-since", kBefore));
    EXPECT_TRUE(has(stored_answer(), "if-modified-since", kModified));
    EXPECT_TRUE(has(stored_answer(), "if-modified-since", kDate));
    EXPECT_FALSE(has(stored_answer(), "if-modified-since", "soon"));
}

// RFC 9110 §13.2.2: If-None-Match goes first, and alone.
TEST(Precondition, IfModifiedSinceIsPassedOverBesideIfNoneMatch) {
    EXPECT_FALSE(is_not_modified(
        *stored_answer(),
        fields({{"if-none-match", "\"b\""}, {"if-modified-since", kDate}})));
}

// RFC 9111 §4.3.2: without Last-Modified the Date, else the time of the arrival.
TEST(Precondition, WithoutALastModifiedTheDateStandsForIt) {
    const auto dated = entry({{"date", kDate}});
    EXPECT_FALSE(has(dated, "if-modified-since", kModified));
    EXPECT_TRUE(has(dated, "if-modified-since", kDate));
    const auto undated = entry({{"etag", "\"a\""}});
    EXPECT_FALSE(has(undated, "if-modified-since", kDate));
    EXPECT_TRUE(has(undated, "if-modified-since", "Wed, 30 Sep 2026 12:00:00 GMT"));
}

TEST(Precondition, ARequestWithoutConditionsIsAnsweredWhole) {
    EXPECT_FALSE(is_not_modified(*stored_answer(), fields({{"accept", "*/*"}})));
}

// RFC 9110 §13.2.1: a condition is for an answer that would be 200 without it.
TEST(Precondition, OnlyAnAnswerOf200IsNotModified) {
    const auto none = make_entry({204, fields({{"etag", "\"a\""}}), {}}, arrival());
    EXPECT_FALSE(has(none, "if-none-match", "\"a\""));
}

// RFC 9110 §15.4.5.
TEST(Precondition, A304HasTheFieldsThatACacheNeeds) {
    EXPECT_EQ(
        not_modified_fields(*stored_answer()),
        fields({{"cache-control", "max-age=60"}, {"date", kDate}, {"etag", "\"a\""}}));
    EXPECT_EQ(not_modified_fields(*entry({{"last-modified", kModified}})),
              fields({{"last-modified", kModified}}));
}

}  // namespace
}  // namespace pyesi::cache
