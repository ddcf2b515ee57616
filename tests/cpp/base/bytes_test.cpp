#include "base/bytes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace pyesi::base {
namespace {

bool has_zero_slack(const Bytes& bytes) {
    const std::string_view slack{bytes.data() + bytes.size(), Bytes::kSlack};
    return std::ranges::all_of(slack, [](char byte) { return byte == '\0'; });
}

TEST(Bytes, HoldsWhatItWasGiven) {
    const Bytes bytes{std::string_view{"a\0b", 3}};
    EXPECT_EQ(bytes.view(), (std::string_view{"a\0b", 3}));
    EXPECT_EQ(bytes.size(), 3U);
    EXPECT_FALSE(bytes.empty());
}

TEST(Bytes, IsEmptyFromNothing) {
    EXPECT_TRUE(Bytes{}.empty());
    EXPECT_TRUE(Bytes{std::string_view{}}.empty());
    EXPECT_EQ(Bytes{}.view(), "");
}

TEST(Bytes, CopiesShareOneRun) {
    const Bytes bytes{"shared"};
    const Bytes copy = bytes;  // NOLINT(performance-unnecessary-copy-initialization)
    EXPECT_EQ(copy.data(), bytes.data());
}

TEST(Bytes, OutlivesWhatItWasCopiedFrom) {
    Bytes bytes;
    {
        const Bytes first{std::string(1000, 'x')};
        bytes = first;
    }
    EXPECT_EQ(bytes.view(), std::string(1000, 'x'));
}

TEST(Bytes, IsFollowedByZeroSlackAtEverySize) {
    for (std::size_t size = 1; size < 300; ++size) {
        EXPECT_TRUE(has_zero_slack(Bytes{std::string(size, 'x')})) << size;
    }
}

TEST(ByteBuffer, JoinsWhatIsAppended) {
    ByteBuffer buffer;
    std::string expected;
    for (int i = 0; i < 500; ++i) {
        const auto piece = std::to_string(i);
        buffer.append(piece.data(), piece.size());
        expected += piece;
    }
    EXPECT_EQ(buffer.view(), expected);
    const auto bytes = std::move(buffer).freeze();
    EXPECT_EQ(bytes.view(), expected);
    EXPECT_TRUE(has_zero_slack(bytes));
}

TEST(ByteBuffer, WhatIsReservedIsNotMovedWhenFilled) {
    ByteBuffer buffer;
    buffer.reserve(100);
    const auto* const start = buffer.prepare(1);
    for (int i = 0; i < 100; ++i) buffer.append("x", 1);
    EXPECT_EQ(buffer.view().data(), start);
    EXPECT_EQ(std::move(buffer).freeze().data(), start);
}

TEST(ByteBuffer, HoldsOnlyWhatIsCommitted) {
    ByteBuffer buffer;
    std::ranges::copy(std::string_view{"abcdef"}, buffer.prepare(6));
    buffer.commit(3);
    EXPECT_EQ(buffer.view(), "abc");
    const auto bytes = std::move(buffer).freeze();
    EXPECT_EQ(bytes.view(), "abc");
    EXPECT_TRUE(has_zero_slack(bytes));
}

TEST(ByteBuffer, IsEmptyOnceFrozen) {
    ByteBuffer buffer;
    buffer.append("abc", 3);
    const auto first = std::move(buffer).freeze();
    EXPECT_EQ(buffer.size(), 0U);  // NOLINT(bugprone-use-after-move): the contract
    buffer.append("de", 2);
    EXPECT_EQ(std::move(buffer).freeze().view(), "de");
    EXPECT_EQ(first.view(), "abc");
}

TEST(ByteBuffer, FreezesIntoNothingWhenNothingCame) {
    EXPECT_TRUE(ByteBuffer{}.freeze().empty());
}

}  // namespace
}  // namespace pyesi::base
