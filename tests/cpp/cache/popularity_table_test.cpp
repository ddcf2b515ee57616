#include "cache/popularity_table.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

namespace pyesi::cache {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr base::TimePoint kStart{std::chrono::hours{1}};
constexpr base::Duration kDecay = minutes{10};

// Hashes of one set: they differ by a multiple of the number of sets.
constexpr std::uint64_t rival(std::uint64_t number) {
    return 7 + (number * (PopularityTable::kKeys / 4));
}

TEST(PopularityTable, CountsNothingBeforeItIsStarted) {
    PopularityTable table;
    table.on_use(7, kStart);
    EXPECT_EQ(table.uses_of(7).count, 0U);

    table.start(kDecay);
    EXPECT_EQ(table.uses_of(7).count, 0U);
    table.on_use(7, kStart);
    EXPECT_EQ(table.uses_of(7).count, 1U);
}

TEST(PopularityTable, ASecondStartForgetsNothing) {
    PopularityTable table;
    table.start(kDecay);
    table.on_use(7, kStart);
    table.start(seconds{1});
    table.on_use(7, kStart + kDecay);
    EXPECT_EQ(table.uses_of(7).count, 2U);
    EXPECT_DOUBLE_EQ(table.uses_of(7).popularity.uses, 1.5);
}

TEST(PopularityTable, UsesFadeAndTheirCountDoesNot) {
    PopularityTable table;
    table.start(kDecay);
    for (int use = 0; use < 4; ++use) table.on_use(7, kStart);

    const auto uses = table.uses_of(7);
    EXPECT_EQ(uses.count, 4U);
    EXPECT_DOUBLE_EQ(popularity_at(uses.popularity, kDecay, kStart + kDecay), 2.0);
}

TEST(PopularityTable, ANewcomerTakesThePlaceOfTheLeastPopular) {
    PopularityTable table;
    table.start(kDecay);
    for (std::uint64_t key = 0; key < 4; ++key) {
        for (std::uint64_t use = 0; use <= key; ++use) table.on_use(rival(key), kStart);
    }
    table.on_use(rival(4), kStart);

    EXPECT_EQ(table.uses_of(rival(0)).count, 0U);
    EXPECT_EQ(table.uses_of(rival(1)).count, 2U);
    EXPECT_EQ(table.uses_of(rival(4)).count, 1U);
}

TEST(PopularityTable, WhatIsUsedMuchOutlivesAnyNumberOfOthersThatAreAskedForOnce) {
    PopularityTable table;
    table.start(kDecay);
    for (int use = 0; use < 10; ++use) table.on_use(rival(0), kStart);
    for (std::uint64_t key = 1; key < 1'000; ++key) table.on_use(rival(key), kStart);
    EXPECT_EQ(table.uses_of(rival(0)).count, 10U);
}

TEST(PopularityTable, UsesThatHaveFadedMakeRoomForNewOnes) {
    PopularityTable table;
    table.start(kDecay);
    for (std::uint64_t key = 0; key < 4; ++key) {
        for (int use = 0; use < 8; ++use) table.on_use(rival(key), kStart);
    }
    const auto later = kStart + (20 * kDecay);
    for (std::uint64_t key = 4; key < 8; ++key) table.on_use(rival(key), later);
    for (std::uint64_t key = 4; key < 8; ++key) {
        EXPECT_EQ(table.uses_of(rival(key)).count, 1U) << key;
    }
}

TEST(PopularityTable, NoUseIsLostBetweenThreads) {
    PopularityTable table;
    std::vector<std::thread> threads;
    threads.reserve(4);
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&] {
            table.start(kDecay);
            for (int use = 0; use < 1'000; ++use) {
                table.on_use(static_cast<std::uint64_t>(use % 10), kStart);
            }
        });
    }
    for (auto& thread : threads) thread.join();
    for (std::uint64_t key = 0; key < 10; ++key) {
        EXPECT_EQ(table.uses_of(key).count, 400U);
    }
}

}  // namespace
}  // namespace pyesi::cache
