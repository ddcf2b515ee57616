#include "metrics/counter.h"

#include "metrics/gauge.h"

#include <gtest/gtest.h>

#include <array>
#include <thread>

namespace pyesi::metrics {
namespace {

TEST(Counter, StartsAtZeroAndAddsUp) {
    Counter counter;
    EXPECT_EQ(counter.value(), 0U);
    counter.add();
    counter.add(41);
    EXPECT_EQ(counter.value(), 42U);
}

TEST(Counter, LosesNothingBetweenThreads) {
    Counter counter;
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
