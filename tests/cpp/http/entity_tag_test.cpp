#include "http/entity_tag.h"

#include <gtest/gtest.h>

#include <string>

namespace pyesi::http {
namespace {

EntityTag tag(const std::string& text) {
    return parse_entity_tag(text).value_or(EntityTag{});
}

TEST(EntityTag, IsSentBackAsItCame) {
    for (const std::string text : {"\"33a64df5\"",
                                   "W/\"33a64df5\"",
                                   "w/\"33a64df5\"",
                                   "33a64df5",
                                   "W/33a64df5",
                                   "\"\"",
                                   "\"a,b c\"",
                                   "\"\xC3\xA9\""}) {
        EXPECT_EQ(tag(text).text, text);
    }
    EXPECT_EQ(tag(" \"a\"\t").text, "\"a\"");
}

TEST(EntityTag, KnowsWhetherItIsWeak) {
    EXPECT_FALSE(tag("\"a\"").weak);
    EXPECT_TRUE(tag("W/\"a\"").weak);
    EXPECT_TRUE(tag("w/\"a\"").weak);
    EXPECT_FALSE(tag("Wa").weak);
}

TEST(EntityTag, ShowsWhatIsBetweenTheQuotes) {
    EXPECT_EQ(tag("W/\"a b\"").opaque(), "a b");
    EXPECT_EQ(tag("\"\"").opaque(), "");
    EXPECT_EQ(tag("33a6").opaque(), "33a6");
}

TEST(EntityTag, IsNothingForWhatMayNotBeSentBack) {
    for (const std::string text : {"",
                                   " ",
                                   "W/",
                                   "\"",
                                   "W/\"",
                                   "\"a",
                                   "a\"",
                                   R"("a", "b")",
                                   "a, b",
                                   "a b",
                                   R"("a"b")",
                                   "\"a\r\nX: y\"",
                                   "a\nb",
                                   "\"\x7F\""}) {
        EXPECT_EQ(parse_entity_tag(text), std::nullopt) << text;
    }
}

// RFC 9110 §8.8.3.2, its table.
TEST(EntityTag, ComparesAsTheStandardsTableDoes) {
    struct Row {
        const char* left;
        const char* right;
        bool strong;
        bool weak;
    };
    for (const auto& [left, right, strong, weak] :
         {Row{"W/\"1\"", "W/\"1\"", false, true},
          Row{"W/\"1\"", "W/\"2\"", false, false},
          Row{"W/\"1\"", "\"1\"", false, true},
          Row{"\"1\"", "\"1\"", true, true}}) {
        EXPECT_EQ(strongly_equal(tag(left), tag(right)), strong) << left << right;
        EXPECT_EQ(weakly_equal(tag(left), tag(right)), weak) << left << right;
        EXPECT_EQ(strongly_equal(tag(right), tag(left)), strong) << left << right;
        EXPECT_EQ(weakly_equal(tag(right), tag(left)), weak) << left << right;
    }
}

TEST(EntityTag, ABareTagEqualsItsQuotedForm) {
    EXPECT_TRUE(weakly_equal(tag("33a6"), tag("W/\"33a6\"")));
    EXPECT_TRUE(strongly_equal(tag("33a6"), tag("\"33a6\"")));
    EXPECT_FALSE(weakly_equal(tag("33a6"), tag("33A6")));
}

}  // namespace
}  // namespace pyesi::http
