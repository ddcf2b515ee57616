#include "cache/evicted_keys.h"

#include "cache/examples.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <random>
#include <set>
#include <thread>

namespace pyesi::cache {
namespace {

using namespace examples;

EntryPtr fresh_for_a_minute() {
    return entry({{"cache-control", "max-age=60"}});
}

TEST(EvictedKeys, NoneIsKnownThatWasNotEvicted) {
    EvictedKeys keys{1'000};
    EXPECT_FALSE(keys.take(0, kStart));
    std::mt19937 chance{1};
    std::set<std::uint32_t> evicted;
    for (int i = 0; i < 1'000; ++i) {
        const auto tag = static_cast<std::uint32_t>(chance());
        keys.on_evicted(tag, *fresh_for_a_minute(), kStart);
        evicted.insert(tag);
    }
    for (int i = 0; i < 100'000; ++i) {
        const auto tag = static_cast<std::uint32_t>(chance());
        ASSERT_TRUE(evicted.contains(tag) || !keys.take(tag, kStart));
    }
}

TEST(EvictedKeys, EachIsTakenOnceUntilItIsEvictedAgain) {
    EvictedKeys keys{1'000};
    for (int round = 0; round < 3; ++round) {
        keys.on_evicted(7, *fresh_for_a_minute(), kStart);
        EXPECT_TRUE(keys.take(7, kStart));
        EXPECT_FALSE(keys.take(7, kStart));
    }
}

TEST(EvictedKeys, OfAsManyEvictionsAsThereArePlacesAThirdIsKnown) {
    EvictedKeys keys{4'096};
    std::mt19937 chance{2};
    std::array<std::uint32_t, 1'024> tags{};
    for (auto& tag : tags) {
        tag = static_cast<std::uint32_t>(chance());
        keys.on_evicted(tag, *fresh_for_a_minute(), kStart);
    }
    std::size_t known = 0;
    for (const auto tag : tags) known += keys.take(tag, kStart) ? 1 : 0;
    EXPECT_GT(known, tags.size() * 55 / 100);  // 1 - 1/e of all, 1/e of the first
}

TEST(EvictedKeys, WhatWasOfNoUseIsNotRemembered) {
    EvictedKeys keys{1'000};
    keys.on_evicted(7, *fresh_for_a_minute(), kStart + 60s);
    EXPECT_FALSE(keys.take(7, kStart));
}

TEST(EvictedKeys, WhatIsForgottenIsNotKnown) {
    EvictedKeys keys{1'000};
    keys.on_evicted(7, *fresh_for_a_minute(), kStart);
    keys.on_evicted(8, *fresh_for_a_minute(), kStart);
    keys.on_evicted(9, *fresh_for_a_minute(), kStart);
    keys.forget(7);
    EXPECT_FALSE(keys.take(7, kStart));
    EXPECT_TRUE(keys.take(8, kStart));
    keys.forget_all();
    EXPECT_FALSE(keys.take(9, kStart));
}

TEST(EvictedKeys, OfSeveralThreadsThatMissAKeyOneTakesIt) {
    EvictedKeys keys{1'000'000};
    constexpr std::uint32_t kKeys = 4'000;
    for (std::uint32_t tag = 0; tag < kKeys; ++tag) {
        keys.on_evicted(tag, *fresh_for_a_minute(), kStart);
    }
    std::atomic<std::uint32_t> taken{0};
    {
        std::array<std::jthread, 3> threads;
        for (auto& thread : threads) {
            thread = std::jthread([&] {
                for (std::uint32_t tag = 0; tag < kKeys; ++tag) {
                    if (keys.take(tag, kStart)) ++taken;
                }
            });
        }
    }
    EXPECT_EQ(taken, kKeys);
}

}  // namespace
}  // namespace pyesi::cache
