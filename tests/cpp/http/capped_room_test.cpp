#include "http/capped_room.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>

namespace pyesi::http {
namespace {

void write(CappedRoom& room, std::string_view text) {
    std::ranges::copy(text, room.end());
    room.commit(text.size());
}

TEST(CappedRoom, IsNeverLargerThanItsCeiling) {
    for (const std::size_t ceiling : {0U, 1U, 4095U, 4096U, 4097U, 1'000'000U}) {
        for (const std::size_t guess :
             {std::size_t{0}, std::size_t{10}, ~std::size_t{0}}) {
            CappedRoom room{guess, ceiling};
            ASSERT_LE(room.capacity(), ceiling);
            while (room.try_grow()) ASSERT_LE(room.capacity(), ceiling);
            ASSERT_EQ(room.capacity(), ceiling);
            ASSERT_EQ(room.left(), ceiling);
        }
    }
}

TEST(CappedRoom, StaysAsItIsWhenItMayNotGrow) {
    CappedRoom room{10, 10};
    write(room, "abc");
    EXPECT_FALSE(room.try_grow());
    EXPECT_EQ(room.left(), 7U);
    EXPECT_EQ(std::move(room).freeze().view(), "abc");
}

TEST(CappedRoom, AtLeastDoublesUntilItReachesTheCeiling) {
    CappedRoom room{5000, 1'000'000};
    auto before = room.capacity();
    while (room.try_grow()) {
        EXPECT_TRUE(room.capacity() >= 2 * before || room.capacity() == 1'000'000);
        before = room.capacity();
    }
}

TEST(CappedRoom, KeepsWhatWasCommittedWhenItGrows) {
    CappedRoom room{4, 100'000};
    std::string expected;
    for (int i = 0; i < 200; ++i) {
        const auto piece = std::to_string(i) + ";";
        while (room.left() < piece.size()) ASSERT_TRUE(room.try_grow());
        write(room, piece);
        expected += piece;
    }
    EXPECT_EQ(std::move(room).freeze().view(), expected);
}

TEST(CappedRoom, DoesNotMoveARightGuess) {
    CappedRoom room{1000, 1000};
    const auto* const start = room.end();
    write(room, std::string(1000, 'x'));
    EXPECT_EQ(std::move(room).freeze().data(), start);
}

TEST(CappedRoom, GivesBackTheRoomOfAWrongGuess) {
    CappedRoom room{100'000, 100'000};
    const auto* const start = room.end();
    write(room, "small");
    const auto bytes = std::move(room).freeze();
    EXPECT_EQ(bytes.view(), "small");
    EXPECT_NE(bytes.data(), start);
}

}  // namespace
}  // namespace pyesi::http
