#include "metrics/request_metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace pyesi::metrics {
namespace {

using std::chrono::milliseconds;

constexpr base::TimePoint kNow{std::chrono::seconds{1'000}};

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
    EXPECT_TRUE(metrics.snapshot(kNow).routes.empty());
    metrics.on_request_end(1, Outcome::Network, milliseconds{3}, kNow);
    const auto snapshot = metrics.snapshot(kNow);
    ASSERT_EQ(snapshot.routes.size(), 1U);
    EXPECT_EQ(snapshot.routes.front().route, "GetMarketOrders");
}

TEST(RequestMetrics, CountsEachOutcomeApart) {
    RequestMetrics metrics{routes()};
    for (const auto outcome : kOutcomes) {
        for (int i = 0; i <= static_cast<int>(outcome); ++i) {
            metrics.on_request_end(0, outcome, milliseconds{1}, kNow);
        }
    }
    const auto snapshot = metrics.snapshot(kNow);
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
    metrics.on_fresh_hit(0, kNow);
    metrics.on_fresh_hit(0, kNow);
    const auto snapshot = metrics.snapshot(kNow);
    const auto* const route = find(snapshot, "GetUniverseSystem");
    ASSERT_NE(route, nullptr);
    EXPECT_EQ(route->requests[Outcome::Fresh], 2U);
    EXPECT_EQ(route->duration.count(), 0U);
    EXPECT_EQ(snapshot.totals.cache.hits, 2U);
}

TEST(RequestMetrics, HitsAreFreshRequestsOnWhicheverThreadTheyWereFound) {
    RequestMetrics metrics{routes()};
    metrics.on_fresh_hit(0, kNow);
    metrics.on_request_end(1, Outcome::Fresh, milliseconds{1}, kNow);
    EXPECT_EQ(metrics.snapshot(kNow).totals.cache.hits, 2U);
}

TEST(RequestMetrics, AttemptsPastTheFirstAreRetries) {
    RequestMetrics metrics{routes()};
    for (const int number : {1, 2, 3, 1}) {
        metrics.on_attempt(1, number, RetryReason::TimedOut);
    }
    const auto snapshot = metrics.snapshot(kNow);
    const auto* const route = find(snapshot, "GetMarketOrders");
    ASSERT_NE(route, nullptr);
    EXPECT_EQ(route->attempts, 4U);
    EXPECT_EQ(route->retries, 2U);
}

TEST(RequestMetrics, WhatTheCatalogDoesNotKnowIsUnchecked) {
    RequestMetrics metrics{routes()};
    metrics.on_fresh_hit(metrics.unchecked(), kNow);
    metrics.on_fresh_hit(99, kNow);
    const auto snapshot = metrics.snapshot(kNow);
    const auto* const route = find(snapshot, "unchecked");
    ASSERT_NE(route, nullptr);
    EXPECT_EQ(route->requests[Outcome::Fresh], 2U);
    EXPECT_EQ(snapshot.routes.size(), 1U);
}

TEST(RequestMetrics, NeedNoRoutesAtAll) {
    RequestMetrics metrics{{}};
    metrics.on_attempt(0, 1, {});
    EXPECT_EQ(metrics.snapshot(kNow).routes.front().route, "unchecked");
}

TEST(RequestMetrics, AvoidedAreHitsAndCoalesced) {
    RequestMetrics metrics{routes()};
    metrics.on_fresh_hit(0, kNow);
    metrics.cache_of(0).coalesced.add(3);
    metrics.cache_of(0).misses.add(2);
    metrics.cache_of(1).misses.add(3);
    metrics.cache_of(1).revalidations.add(7);
    metrics.cache_of(1).reloads.add(2);
    metrics.totals().bytes_received.add(100);
    metrics.totals().bytes_decoded.add(700);
    const auto totals = metrics.snapshot(kNow).totals;
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
                    for (int i = 0; i < 100; ++i) metrics.on_fresh_hit(0, kNow);
                });
            }
            while (metrics.snapshot(kNow).totals.cache.hits == 0)
                std::this_thread::yield();
        }
        ASSERT_EQ(metrics.snapshot(kNow).totals.cache.hits, 300U);
    }
}

TEST(RequestMetrics, RetriesAreCountedByTheirReason) {
    RequestMetrics metrics{routes()};
    metrics.on_attempt(0, 1, {});
    metrics.on_attempt(0, 2, RetryReason::ServerError);
    metrics.on_attempt(0, 3, RetryReason::ReusedConnection);
    metrics.on_retried_well(0, RetryReason::ReusedConnection);
    const auto snapshot = metrics.snapshot(kNow);
    const auto& retries = snapshot.routes.front().retries_by_reason;
    std::uint64_t all = 0;
    for (const auto& each : retries) all += each.attempts;
    EXPECT_EQ(all, snapshot.routes.front().retries);
    const auto& reused =
        retries[static_cast<std::size_t>(RetryReason::ReusedConnection)];
    EXPECT_EQ(reused.attempts, 1U);
    EXPECT_EQ(reused.well, 1U);
    EXPECT_EQ(retries[static_cast<std::size_t>(RetryReason::ServerError)].well, 0U);
}

TEST(RequestMetrics, AWaitOfNoTimeIsNone) {
    RequestMetrics metrics{routes()};
    metrics.on_wait(WaitCause::Pool, milliseconds{0});
    metrics.on_wait(WaitCause::Pool, milliseconds{-1});
    metrics.on_wait(WaitCause::Breaker, milliseconds{2});
    metrics.on_wait(WaitCause::Breaker, milliseconds{3});
    const auto& waits = metrics.snapshot(kNow).totals.waits;
    EXPECT_EQ(waits[static_cast<std::size_t>(WaitCause::Pool)].waits, 0U);
    EXPECT_EQ(waits[static_cast<std::size_t>(WaitCause::Breaker)].waits, 2U);
    EXPECT_EQ(waits[static_cast<std::size_t>(WaitCause::Breaker)].length,
              milliseconds{5});
}

// ----------------------------------------------------------------- percentiles

using base::Duration;
using std::chrono::seconds;

constexpr auto kMinute = static_cast<std::size_t>(Window::Minute);
constexpr auto kTen = static_cast<std::size_t>(Window::TenMinutes);
constexpr auto kAll = static_cast<std::size_t>(Window::All);

bool is_near(Duration got, Duration expected, double error) {
    return std::abs(base::in_seconds(got - expected)) <=
           error * base::in_seconds(expected);
}

/// A request at an instant.
struct Ended {
    base::TimePoint at;
    Duration length;
};

/// Of those that ended after `since`, by their order.
Percentiles sorted_percentiles(const std::vector<Ended>& all, base::TimePoint since) {
    std::vector<Duration> lengths;
    for (const auto& one : all) {
        if (one.at > since) lengths.push_back(one.length);
    }
    std::ranges::sort(lengths);
    Percentiles told{.count = lengths.size()};
    for (std::size_t place = 0; place < kShares.size(); ++place) {
        const auto rank = static_cast<std::size_t>(
            std::ceil(kShares[place] * static_cast<double>(lengths.size())));
        told.at[place] = lengths[std::max<std::size_t>(rank, 1) - 1];
    }
    return told;
}

TEST(RequestMetrics, PercentilesOfEachWindowAreThoseOfTheSortedLengths) {
    for (unsigned seed = 0; seed < 10; ++seed) {
        std::mt19937_64 random{seed};
        std::lognormal_distribution<double> draw{17.0, 1.5};
        RequestMetrics metrics{routes(), {kNow, {}}};
        std::vector<Ended> all;
        // A multiple of ten seconds, so that windows end where slices do.
        for (int turn = 0; turn < 90; ++turn) {
            const auto now = kNow + seconds{10 * turn};
            for (int i = 0; i < 40; ++i) {
                const Duration length{static_cast<std::int64_t>(draw(random)) + 2'000};
                metrics.on_request_end(0, Outcome::Network, length, now);
                all.push_back({now, length});
            }
        }
        const auto now = kNow + seconds{10 * 89};
        const auto snapshot = metrics.snapshot(now + seconds{9});
        const std::array since{
            now - seconds{60}, now - seconds{600}, base::TimePoint{}};
        for (const auto window : {kMinute, kTen, kAll}) {
            const auto expected = sorted_percentiles(all, since[window]);
            const auto& route = snapshot.routes.front().percentiles[window];
            const auto& total = snapshot.totals.percentiles[window];
            ASSERT_EQ(route.count, total.count);
            // A window takes the slice whole that it cuts.
            ASSERT_GE(route.count, expected.count);
            ASSERT_LE(route.count, expected.count + (window == kTen ? 240U : 40U));
            if (route.count != expected.count) continue;
            for (std::size_t place = 0; place < kShares.size(); ++place) {
                ASSERT_TRUE(is_near(route.at[place], expected.at[place], 0.05));
                ASSERT_TRUE(is_near(total.at[place], expected.at[place], 0.01));
            }
        }
    }
}

TEST(RequestMetrics, WhatIsOldLeavesTheWindowsAndStaysInAll) {
    RequestMetrics metrics{routes(), {kNow, {}}};
    metrics.on_request_end(0, Outcome::Network, seconds{5}, kNow);
    const auto count_at = [&](Duration later) {
        const auto snapshot = metrics.snapshot(kNow + later);
        const auto& told = snapshot.totals.percentiles;
        return std::array{told[kMinute].count, told[kTen].count, told[kAll].count};
    };
    EXPECT_EQ(count_at(seconds{1}), (std::array<std::uint64_t, 3>{1, 1, 1}));
    EXPECT_EQ(count_at(seconds{50}), (std::array<std::uint64_t, 3>{1, 1, 1}));
    EXPECT_EQ(count_at(seconds{100}), (std::array<std::uint64_t, 3>{0, 1, 1}));
    EXPECT_EQ(count_at(seconds{900}), (std::array<std::uint64_t, 3>{0, 0, 1}));
}

TEST(RequestMetrics, TheMeanIsOfTheWindow) {
    RequestMetrics metrics{routes(), {kNow, {}}};
    metrics.on_request_end(0, Outcome::Network, seconds{1}, kNow);
    metrics.on_request_end(0, Outcome::Network, seconds{3}, kNow + seconds{300});
    const auto snapshot = metrics.snapshot(kNow + seconds{301});
    EXPECT_EQ(snapshot.totals.percentiles[kMinute].sum, seconds{3});
    EXPECT_EQ(snapshot.routes.front().percentiles[kTen].sum, seconds{4});
}

TEST(RequestMetrics, AllRoutesInUseTakeFourMegabytesAtMost) {
    constexpr std::size_t kRoutes = 234;
    constexpr std::size_t kARoute =
        sizeof(Histogram) + 2'048 + kCoarse.count() * sizeof(std::uint32_t);
    constexpr std::size_t kRecent =
        RecentDurations::kMaxCells * sizeof(DurationSlice::Cell);
    constexpr std::size_t kPast =
        (History::kMinutes + History::kTens + 2) * sizeof(HistoryRow);
    constexpr std::size_t kTotals =
        sizeof(RequestMetrics) + 4 * kFine.count() * sizeof(std::uint64_t);
    EXPECT_LE(kRoutes * kARoute + kRecent + kPast + kTotals, 4'000'000U);
}

TEST(RequestMetrics, ThePastHasWhatWasCountedInEachMinute) {
    const base::WallTime noon{seconds{1'793'534'400}};
    RequestMetrics metrics{routes(), {kNow, noon}};
    metrics.on_fresh_hit(0, kNow);
    metrics.on_request_end(0, Outcome::Network, milliseconds{10}, kNow + seconds{5});
    metrics.on_request_end(1, Outcome::ServerError, seconds{2}, kNow + seconds{70});
    metrics.on_request_end(1, Outcome::ClientError, seconds{2}, kNow + seconds{75});
    const auto past = metrics.past(kNow + seconds{80});
    ASSERT_EQ(past.minutes.size(), 2U);
    EXPECT_EQ(past.minutes[0].begin, noon);
    EXPECT_EQ(past.minutes[0].counts, (PeriodCounts{.requests = 2, .avoided = 1}));
    EXPECT_EQ(past.minutes[1].counts,
              (PeriodCounts{.requests = 2, .errors = 1, .client_errors = 1}));
    ASSERT_EQ(past.tens.size(), 1U);
    EXPECT_EQ(past.tens[0].counts.requests, 4U);
}

TEST(RequestMetrics, ThePastIsTheSameHoweverOftenItIsLookedAt) {
    RequestMetrics often{routes(), {kNow, {}}};
    RequestMetrics once{routes(), {kNow, {}}};
    for (int i = 0; i < 200; ++i) {
        const auto now = kNow + seconds{7 * i};
        for (auto* metrics : {&often, &once}) {
            metrics->on_request_end(0, Outcome::Network, milliseconds{i + 1}, now);
        }
        often.snapshot(now + seconds{1});
    }
    const auto end = kNow + seconds{1400};
    EXPECT_EQ(often.past(end).tens.size(), once.past(end).tens.size());
    std::uint64_t all = 0;
    for (const auto& row : often.past(end).minutes) all += row.counts.requests;
    EXPECT_EQ(all, 200U);
}

TEST(RequestMetrics, ManyThreadsThatTurnItLoseNothing) {
    RequestMetrics metrics{routes(), {kNow, {}}};
    constexpr auto kEach = 2'000;
    const auto at = [](int i) { return kNow + milliseconds{100 * i}; };
    {
        std::vector<std::jthread> threads;
        threads.reserve(3);
        for (int each = 0; each < 3; ++each) {
            threads.emplace_back([&metrics, &at, each] {
                for (int i = 0; i < kEach; ++i) {
                    metrics.on_fresh_hit(0, at(i));
                    if (each == 0 && i % 100 == 0) metrics.snapshot(at(i));
                }
            });
        }
        for (int i = 0; i < kEach; ++i) {
            metrics.on_request_end(0, Outcome::Fresh, milliseconds{5}, at(i));
        }
    }
    const auto end = kNow + seconds{300};
    const auto snapshot = metrics.snapshot(end);
    EXPECT_EQ(snapshot.totals.cache.hits, 8'000U);
    EXPECT_EQ(snapshot.totals.percentiles[kAll].count, 2'000U);
    EXPECT_EQ(snapshot.totals.percentiles[kTen].count, 2'000U);
    std::uint64_t all = 0;
    for (const auto& row : metrics.past(end).minutes) all += row.counts.requests;
    EXPECT_EQ(all, 8'000U);
}

}  // namespace
}  // namespace pyesi::metrics
