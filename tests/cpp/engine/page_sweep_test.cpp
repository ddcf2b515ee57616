#include "engine/page_sweep.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace pyesi::engine {
namespace {

using namespace std::chrono_literals;

constexpr base::TimePoint kNow{1000s};

base::WallTime generation(int number) {
    return base::WallTime{number * 300s};
}

PageFacts page_of(int number, int pages, base::TimePoint expires_at = kNow + 300s) {
    return {.last_modified = generation(number),
            .page_count = pages,
            .expires_at = expires_at,
            .past_end = false};
}

std::vector<int> numbers(const std::vector<PageSweep::Fetch>& fetches) {
    std::vector<int> pages;
    pages.reserve(fetches.size());
    for (const auto& fetch : fetches) pages.push_back(fetch.page);
    return pages;
}

TEST(PageSweep, AsksForPageOneFirst) {
    PageSweep sweep{{}};
    EXPECT_EQ(numbers(sweep.decide_next(kNow)), std::vector{1});
}

TEST(PageSweep, AsksForTheRestOnceItKnowsTheirNumber) {
    PageSweep sweep{{}};
    sweep.on_page(1, page_of(1, 4));
    EXPECT_EQ(numbers(sweep.decide_next(kNow)), (std::vector{2, 3, 4}));
}

TEST(PageSweep, IsOnePageWhereNoCountIsGiven) {
    PageSweep sweep{{}};
    sweep.on_page(1, {.last_modified = generation(1), .page_count = std::nullopt});
    EXPECT_TRUE(sweep.decide_next(kNow).empty());
    EXPECT_EQ(sweep.state(), PageSweep::State::Consistent);
    EXPECT_EQ(sweep.page_count(), 1);
}

TEST(PageSweep, FetchesOlderPagesAgainWhenTheirOwnFreshnessIsOver) {
    PageSweep sweep{{.refresh_slack = 2s}};
    sweep.on_page(1, page_of(1, 3, kNow + 10s));
    sweep.on_page(2, page_of(1, 3, kNow + 20s));
    sweep.on_page(3, page_of(2, 3));

    const auto fetches = sweep.decide_next(kNow);

    ASSERT_EQ(numbers(fetches), (std::vector{1, 2}));
    EXPECT_EQ(fetches[0].not_before, kNow + 12s);
    EXPECT_EQ(fetches[1].not_before, kNow + 22s);
}

TEST(PageSweep, LetsTheNewestPageSayHowManyThereAre) {
    PageSweep sweep{{}};
    sweep.on_page(1, page_of(1, 3));
    sweep.on_page(2, page_of(2, 2));
    sweep.on_page(3, page_of(1, 3));
    EXPECT_EQ(sweep.page_count(), 2);
    EXPECT_EQ(numbers(sweep.decide_next(kNow)), std::vector{1});

    sweep.on_page(1, page_of(2, 2));
    EXPECT_TRUE(sweep.decide_next(kNow).empty());
    EXPECT_EQ(sweep.state(), PageSweep::State::Consistent);
}

TEST(PageSweep, GivesUpAfterItsRounds) {
    PageSweep sweep{{.max_rounds = 3}};
    sweep.on_page(1, page_of(1, 2));
    sweep.on_page(2, page_of(2, 2));
    for (int round = 1; round <= 3; ++round) {
        const auto fetches = sweep.decide_next(kNow);
        ASSERT_EQ(fetches.size(), 1U);
        // Each refreshed page is newer than its neighbour once more.
        sweep.on_page(fetches[0].page, page_of(2 + round, 2));
    }
    EXPECT_TRUE(sweep.decide_next(kNow).empty());
    EXPECT_EQ(sweep.state(), PageSweep::State::GaveUp);
    EXPECT_EQ(sweep.rounds(), 3);
}

TEST(PageSweep, AsksPageOneForTheNewCountWhenAPageIsGone) {
    PageSweep sweep{{.refresh_slack = 2s}};
    sweep.on_page(1, page_of(1, 3, kNow + 10s));
    sweep.on_page(2, page_of(1, 3));
    sweep.on_page(3, {.expires_at = kNow, .past_end = true});

    const auto fetches = sweep.decide_next(kNow);
    ASSERT_EQ(numbers(fetches), (std::vector{1, 3}));
    EXPECT_EQ(fetches[0].not_before, kNow + 12s);
    EXPECT_EQ(fetches[1].not_before, kNow + 12s);
}

TEST(PageSweep, ForgetsAPageThatTheNewestCountLeavesOut) {
    PageSweep sweep{{}};
    sweep.on_page(1, page_of(1, 3));
    sweep.on_page(3, {.past_end = true});
    sweep.on_page(2, page_of(2, 2));
    sweep.on_page(1, page_of(2, 2));
    EXPECT_TRUE(sweep.decide_next(kNow).empty());
    EXPECT_EQ(sweep.state(), PageSweep::State::Consistent);
}

TEST(PageSweep, WaitsForTheNextSnapshotOnlyCloseToTheExpiry) {
    const PageSweep sweep{{.refresh_slack = 2s, .start_margin = 5s}};
    EXPECT_FALSE(sweep.decide_start(page_of(1, 3, kNow + 5s), kNow));
    EXPECT_EQ(sweep.decide_start(page_of(1, 3, kNow + 4s), kNow), kNow + 6s);
    EXPECT_FALSE(sweep.decide_start(page_of(1, 3, kNow), kNow));
}

// A market that rolls at random while it is read. Whatever happens, no page is
// asked for while it is fresh, and a consistent end has one generation.
TEST(PageSweep, NeverAsksEarlyAndNeverMixesGenerations) {
    std::mt19937 chance{7};
    for (int run = 0; run < 2000; ++run) {
        PageSweep sweep{{.refresh_slack = 2s}};
        int current = 1;
        int pages = 1 + static_cast<int>(chance() % 6);
        std::vector<PageFacts> held(32);
        auto now = kNow;
        for (;;) {
            const auto fetches = sweep.decide_next(now);
            if (fetches.empty()) break;
            for (const auto& fetch : fetches) {
                auto& facts = held.at(static_cast<std::size_t>(fetch.page));
                if (facts.last_modified) {
                    ASSERT_GE(fetch.not_before, facts.expires_at);
                }
                now = std::max(now, fetch.not_before);
                if (chance() % 10 == 0) {
                    ++current;
                    pages = 1 + static_cast<int>(chance() % 6);
                }
                facts = page_of(current, pages, now + 300s);
                facts.past_end = fetch.page > pages;
                sweep.on_page(fetch.page, facts);
            }
        }
        if (sweep.state() != PageSweep::State::Consistent) {
            ASSERT_EQ(sweep.rounds(), 3);
            continue;
        }
        for (int page = 1; page <= sweep.page_count(); ++page) {
            const auto& facts = held.at(static_cast<std::size_t>(page));
            ASSERT_FALSE(facts.past_end);
            ASSERT_EQ(facts.last_modified, sweep.last_modified());
        }
    }
}

}  // namespace
}  // namespace pyesi::engine
