#include "catalog/spelling.h"

#include <gtest/gtest.h>

#include <string>

namespace pyesi::catalog {
namespace {

TEST(Spelling, CountsTheLettersThatDiffer) {
    EXPECT_EQ(edit_distance("", ""), 0U);
    EXPECT_EQ(edit_distance("", "abc"), 3U);
    EXPECT_EQ(edit_distance("abc", ""), 3U);
    EXPECT_EQ(edit_distance("abc", "ABC"), 0U);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
    EXPECT_EQ(edit_distance("regoin", "region"), 1U);
    EXPECT_EQ(edit_distance("abcd", "badc"), 2U);
}

TEST(Spelling, IsTheSameBothWays) {
    for (const auto* left : {"", "a", "region_id", "type_id", "order"}) {
        for (const auto* right : {"", "b", "regoin", "ids", "ordre_type"}) {
            EXPECT_EQ(edit_distance(left, right), edit_distance(right, left));
        }
    }
}

TEST(Spelling, TheNearestIsNearEnough) {
    const std::vector<std::string_view> names{
        "region_id", "order_type", "page", "type_id"};
    EXPECT_EQ(nearest("regionid", names), "region_id");
    EXPECT_EQ(nearest("REGION_ID", names), "region_id");
    EXPECT_EQ(nearest("typ_id", names), "type_id");
    EXPECT_EQ(nearest("pgae", names), "page");
    EXPECT_EQ(nearest("colour", names), "");
    EXPECT_EQ(nearest("", names), "");
    EXPECT_EQ(nearest("page", {}), "");
    EXPECT_EQ(nearest(std::string(100'000, 'a'), names), "");
}

TEST(Spelling, QuotesAreFitForAMessage) {
    EXPECT_EQ(in_quotes("page"), "\"page\"");
    EXPECT_EQ(in_quotes("a\r\nb"), "\"a??b\"");
    EXPECT_LT(in_quotes(std::string(100'000, 'a')).size(), 100U);
    EXPECT_EQ(in_quotes(std::vector<std::string_view>{"a", "b"}), "\"a\", \"b\"");
    EXPECT_EQ(in_quotes(std::vector<std::string_view>{}), "");
}

}  // namespace
}  // namespace pyesi::catalog
