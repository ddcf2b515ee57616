#include "cache/vary.h"

#include "cache/examples.h"

#include <gtest/gtest.h>

namespace pyesi::cache {
namespace {

using namespace examples;

EntryPtr chosen_by(const http::Headers& request, std::string_view vary) {
    auto came = arrival();
    came.request_headers = &request;
    return make_entry(answer(fields({{"vary", vary}})), came);
}

// RFC 9111 §4.1: all nominated fields match those of the original request.
TEST(Vary, MatchesARequestWithTheSameNominatedFields) {
    const auto stored = chosen_by(fields({{"x-one", "1"}}), "X-One, Origin");
    EXPECT_TRUE(matches_variant(*stored, fields({{"x-one", "1"}})));
    EXPECT_TRUE(matches_variant(*stored, fields({{"X-ONE", "1"}, {"y", "2"}})));
    EXPECT_FALSE(matches_variant(*stored, fields({{"x-one", "2"}})));
}

// RFC 9111 §4.1: "If a header field is absent from a request, it can only match
// another request if it is also absent there."
TEST(Vary, AnAbsentFieldMatchesAnAbsentOneOnly) {
    const auto stored = chosen_by(fields({{"x-one", "1"}}), "X-One, Origin");
    EXPECT_FALSE(matches_variant(*stored, fields({})));
    EXPECT_FALSE(matches_variant(*stored, fields({{"x-one", "1"}, {"origin", "o"}})));
    EXPECT_FALSE(matches_variant(*stored, fields({{"x-one", "1"}, {"origin", ""}})))
        << "an empty field is there";
}

// RFC 9111 §4.1: fields of one name may be combined.
TEST(Vary, FieldsOfOneNameAreComparedAsOne) {
    const auto stored = chosen_by(fields({{"x", "1"}, {"x", "2"}}), "X");
    EXPECT_TRUE(matches_variant(*stored, fields({{"X", "1, 2"}})));
    EXPECT_FALSE(matches_variant(*stored, fields({{"x", "2"}, {"x", "1"}})));
}

TEST(Vary, AnAnswerThatVariesByNothingMatchesEveryRequest) {
    const auto stored = entry({{"etag", "\"a\""}});
    EXPECT_TRUE(matches_variant(*stored, fields({})));
    EXPECT_TRUE(matches_variant(*stored, fields({{"x", "1"}})));
}

TEST(Vary, WhatTheKeyHoldsNeedsNoSecondLook) {
    EXPECT_FALSE(varies_beyond_key(fields({{"etag", "\"a\""}})));
    EXPECT_FALSE(varies_beyond_key(fields({{"vary", "Accept-Encoding"},
                                           {"Vary", "accept-language,, X-Tenant"},
                                           {"vary", ""}})));
    EXPECT_TRUE(varies_beyond_key(fields({{"vary", "Accept-Encoding, User-Agent"}})));
    EXPECT_TRUE(
        varies_beyond_key(fields({{"vary", "Accept-Encoding"}, {"vary", "X"}})));
}

}  // namespace
}  // namespace pyesi::cache
