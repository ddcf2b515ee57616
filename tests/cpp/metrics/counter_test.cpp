#include "metrics/counter.h"

#include "metrics/gauge.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <random>
#include <thread>

namespace pyesi::metrics {
namespace {

template <class Kind>
class EachCounter : public testing::Test {};

using Kinds = testing::Types<Counter, SharedCounter>;
TYPED_TEST_SUITE(EachCounter, Kinds);

TYPED_TEST(EachCounter, StartsAtZeroAndIsTheSumOfWhatWasAdded) {
    TypeParam counter;
    EXPECT_EQ(counter.value(), 0U);
    std::mt19937_64 chance{1};
    std::uint64_t sum = 0;
    for (int i = 0; i < 1'000; ++i) {
        const auto count = chance();  // so that it goes round, too
        counter.add(count);
        counter.add();
        sum += count + 1;
        ASSERT_EQ(counter.value(), sum);
    }
}

TYPED_TEST(EachCounter, NeverFallsForThoseWhoReadMeanwhile) {
    TypeParam counter;
    std::atomic<bool> falls{false};
    {
        std::array<std::jthread, 2> readers;
        for (auto& reader : readers) {
            reader = std::jthread([&] {
                for (std::uint64_t last = 0; last < 100'000;) {
                    const auto seen = counter.value();
                    if (seen < last) falls = true;
                    last = seen;
                }
            });
        }
        for (int i = 0; i < 100'000; ++i) counter.add();
    }
    EXPECT_FALSE(falls);
    EXPECT_EQ(counter.value(), 100'000U);
}

TEST(Counter, LosesNothingWhereOneThreadTakesOverFromAnother) {
    Counter counter;
    for (int turn = 0; turn < 50; ++turn) {
        std::jthread{[&counter] {
            for (int i = 0; i < 100; ++i) counter.add();
        }}.join();
    }
    EXPECT_EQ(counter.value(), 5'000U);
}

TEST(SharedCounter, LosesNothingBetweenThreads) {
    SharedCounter counter;
    {
        std::array<std::jthread, 4> threads;
        for (auto& thread : threads) {
            thread = std::jthread([&counter] {
                for (int i = 0; i < 10'000; ++i) counter.add(2);
            });
        }
    }
    EXPECT_EQ(counter.value(), 80'000U);
}

TEST(Gauge, GoesUpAndDownAndBelowZero) {
    Gauge gauge;
    gauge.add(3);
    gauge.add(-5);
    EXPECT_EQ(gauge.value(), -2);
    gauge.set(7);
    EXPECT_EQ(gauge.value(), 7);
}

TEST(Gauge, ComesBackToZeroWhenAllThatCameHaveGone) {
    Gauge gauge;
    {
        std::array<std::jthread, 4> threads;
        for (auto& thread : threads) {
            thread = std::jthread([&gauge] {
                for (int i = 0; i < 10'000; ++i) {
                    gauge.add(1);
                    gauge.add(-1);
                }
            });
        }
    }
    EXPECT_EQ(gauge.value(), 0);
}

}  // namespace
}  // namespace pyesi::metrics
