#include "columns/quoted_text.h"

#include <gtest/gtest.h>

#include <string>

namespace pyesi::columns {
namespace {

/// What stands there, with bytes after it that may be read.
std::string in_place(const std::string& text) {
    return text + std::string(QuotedText::kRoom, 'x');
}

TEST(QuotedText, ATextIsWhereItAndItsEndAreAndNowhereElse) {
    for (std::size_t length = 0; length < QuotedText::kRoom; ++length) {
        const std::string text(length, 'a');
        const QuotedText quoted{text};
        ASSERT_EQ(quoted.size(), length + 1);
        ASSERT_TRUE(quoted.is_at(in_place(text + '"').data())) << length;
        ASSERT_FALSE(quoted.is_at(in_place(text + "a\"").data())) << length;
        ASSERT_FALSE(quoted.is_at(in_place(text).data())) << length;
        for (std::size_t place = 0; place <= length; ++place) {
            auto other = text + '"';
            other[place] = 'b';
            ASSERT_FALSE(quoted.is_at(in_place(other).data())) << other;
        }
    }
}

TEST(QuotedText, MoreThanAQuoteMayStandAroundIt) {
    const QuotedText name{"price", "\"", "\":"};
    EXPECT_EQ(name.size(), 8U);
    EXPECT_TRUE(name.is_at(in_place("\"price\":1").data()));
    EXPECT_FALSE(name.is_at(in_place("\"price\" :1").data()));
    EXPECT_FALSE(name.is_at(in_place("price\":1").data()));
}

TEST(QuotedText, WhatJsonWritesOtherwiseIsNowhere) {
    for (const auto* text : {"a\"b", "a\\b", "a\nb"}) {
        const auto there = in_place(std::string{text} + '"');
        EXPECT_FALSE(QuotedText{text}.is_at(there.data())) << text;
    }
}

TEST(QuotedText, WhatIsLongerThanIsComparedIsNowhere) {
    const std::string text(QuotedText::kRoom, 'a');
    EXPECT_FALSE(QuotedText{text}.is_at(in_place(text + '"').data()));
}

}  // namespace
}  // namespace pyesi::columns
