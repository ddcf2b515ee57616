#include "metrics/request_metrics.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <thread>
#include <vector>

namespace pyesi::metrics {
namespace {

using std::chrono::milliseconds;

std::vector<std::string> routes() {
    return {"GetUniverseSystem", "GetMarketOrders"};
}

const RouteSnapshot* find(const RequestSnapshot& snapshot, const std::string& route) {
    for (const auto& each : snapshot.routes) {
        if (each.route == route) return &each;
    }
    return nullptr;
}

TEST(RequestMetrics, ShowsOnlyRoutesThatWereAsked) {
    RequestMetrics metrics{routes()};
    EXPECT_TRUE(metrics.snapshot().routes.empty());
    metrics.on_request_end(1, Outcome::Network, milliseconds{3});
    const auto snapshot = metrics.snapshot();
    ASSERT_EQ(snapshot.routes.size(), 1U);
    EXPECT_EQ(snapshot.routes.front().route, "GetMarketOrders");
}

TEST(RequestMetrics, CountsEachOutcomeApart) {
    RequestMetrics metrics{routes()};
    for (const auto outcome : kOutcomes) {
        for (int i = 0; i <= static_cast<int>(outcome); ++i) {
            metrics.on_request_end(0, outcome, milliseconds{1});
        }
    }
    const auto snapshot = metrics.snapshot();
    std::uint64_t all = 0;
    for (const auto outcome : kOutcomes) {
        const auto count = snapshot.routes.front().requests[outcome];
        EXPECT_EQ(count, static_cast<std::uint64_t>(outcome) + 1);
        all += count;
    }
    EXPECT_EQ(snapshot.routes.front().duration.count(), all);
}

TEST(RequestMetrics, AFreshHitIsARequestWithoutADuration) {
    RequestMetrics metrics{routes()};
    metrics.on_fresh_hit(0);
    metrics.on_fresh_hit(0);
    const auto snapshot = metrics.snapshot();
    const auto* const route = find(snapshot, "GetUniverseSystem");
    ASSERT_NE(route, nullptr);
    EXPECT_EQ(route->requests[Outcome::Fresh], 2U);
    EXPECT_EQ(route->duration.count(), 0U);
    EXPECT_EQ(snapshot.totals.cache.hits, 2U);
}

TEST(RequestMetrics, HitsAreFreshRequestsOnWhicheverThreadTheyWereFound) {
    RequestMetrics metrics{routes()};
    metrics.on_fresh_hit(0);
    metrics.on_request_end(1, Outcome::Fresh, milliseconds{1});
    EXPECT_EQ(metrics.snapshot().totals.cache.hits, 2U);
}

TEST(RequestMetrics, AttemptsPastTheFirstAreRetries) {
    RequestMetrics metrics{routes()};
    for (const int number : {1, 2, 3, 1}) metrics.on_attempt(1, number);
    const auto snapshot = metrics.snapshot();
    const auto* const route = find(snapshot, "GetMarketOrders");
    ASSERT_NE(route, nullptr);
    EXPECT_EQ(route->attempts, 4U);
    EXPECT_EQ(route->retries, 2U);
}

TEST(RequestMetrics, WhatTheCatalogDoesNotKnowIsUnchecked) {
    RequestMetrics metrics{routes()};
    metrics.on_fresh_hit(metrics.unchecked());
    metrics.on_fresh_hit(99);
    const auto snapshot = metrics.snapshot();
    const auto* const route = find(snapshot, "unchecked");
    ASSERT_NE(route, nullptr);
    EXPECT_EQ(route->requests[Outcome::Fresh], 2U);
    EXPECT_EQ(snapshot.routes.size(), 1U);
}

TEST(RequestMetrics, NeedNoRoutesAtAll) {
    RequestMetrics metrics{{}};
    metrics.on_attempt(0, 1);
    EXPECT_EQ(metrics.snapshot().routes.front().route, "unchecked");
}

TEST(RequestMetrics, AvoidedAreHitsAndCoalesced) {
    RequestMetrics metrics{routes()};
    metrics.on_fresh_hit(0);
    metrics.cache_of(0).coalesced.add(3);
    metrics.cache_of(0).misses.add(2);
    metrics.cache_of(1).misses.add(3);
    metrics.cache_of(1).revalidations.add(7);
    metrics.cache_of(1).reloads.add(2);
    metrics.totals().bytes_received.add(100);
    metrics.totals().bytes_decoded.add(700);
    const auto totals = metrics.snapshot().totals;
    EXPECT_EQ(totals.cache.avoided(), 4U);
    EXPECT_EQ(totals.cache.coalesced, 3U);
    EXPECT_EQ(totals.cache.misses, 5U);
    EXPECT_EQ(totals.cache.revalidations, 7U);
    EXPECT_EQ(totals.cache.reloads, 2U);
    EXPECT_EQ(totals.bytes_received, 100U);
    EXPECT_EQ(totals.bytes_decoded, 700U);
}

TEST(RequestMetrics, LoseNothingWhenThreadsMeetAtARoutesFirstUse) {
    for (int round = 0; round < 50; ++round) {
        RequestMetrics metrics{routes()};
        {
            std::array<std::jthread, 3> threads;
            for (auto& thread : threads) {
                thread = std::jthread([&metrics] {
                    for (int i = 0; i < 100; ++i) metrics.on_fresh_hit(0);
                });
            }
            while (metrics.snapshot().totals.cache.hits == 0) std::this_thread::yield();
        }
        ASSERT_EQ(metrics.snapshot().totals.cache.hits, 300U);
    }
}

}  // namespace
}  // namespace pyesi::metrics
