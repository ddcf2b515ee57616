#include "scheduler/upstream_turns.h"

#include "scheduler/making.h"
#include "scheduler/scheduler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace pyesi::scheduler {
namespace {

using namespace making;  // NOLINT(google-build-using-namespace)

using Nexts = std::vector<UpstreamTurns::Next>;

TEST(UpstreamTurns, NobodyGoesWhereNobodyWaits) {
    const UpstreamTurns turns;
    EXPECT_EQ(turns.choose(Nexts{}), std::nullopt);
    EXPECT_EQ(turns.choose(Nexts{std::nullopt, std::nullopt}), std::nullopt);
}

TEST(UpstreamTurns, TheBestPriorityGoes) {
    const UpstreamTurns turns;
    EXPECT_EQ(turns.choose(
                  Nexts{Priority::Normal, Priority::Interactive, Priority::Background}),
              1U);
    EXPECT_EQ(turns.choose(Nexts{std::nullopt, std::nullopt, Priority::Warming}), 2U);
}

TEST(UpstreamTurns, EqualsTakeTurns) {
    UpstreamTurns turns;
    const Nexts all(4, Priority::Normal);
    std::vector<std::size_t> gone;
    for (int turn = 0; turn < 8; ++turn) {
        const auto chosen = turns.choose(all).value();
        gone.push_back(chosen);
        turns.on_turn(chosen, all);
    }
    std::sort(gone.begin(), gone.begin() + 4);
    std::sort(gone.begin() + 4, gone.end());
    EXPECT_EQ(gone, (std::vector<std::size_t>{0, 1, 2, 3, 0, 1, 2, 3}));
}

TEST(UpstreamTurns, WhateverTheOthersSendNobodyIsPassedOverForEver) {
    std::mt19937 draw{17};  // NOLINT(cert-msc51-cpp)
    constexpr std::array kDrawn{
        Priority::Interactive, Priority::Normal, Priority::Background};
    for (std::size_t count = 2; count <= 8; ++count) {
        UpstreamTurns turns;
        Nexts all(count, Priority::Warming);  // the last one's, always
        std::size_t waited = 0;
        for (int turn = 0; turn < 2'000; ++turn) {
            for (std::size_t at = 0; at + 1 < count; ++at)
                all[at] = kDrawn.at(draw() % kDrawn.size());
            const auto chosen = turns.choose(all).value();
            turns.on_turn(chosen, all);
            waited = chosen + 1 == count ? 0 : waited + 1;
            ASSERT_LE(waited, 32 + count);
        }
    }
}

/// Two upstreams or more, each of which takes twenty at once, all together five.
class BoundOnAll : public testing::Test {
protected:
    static constexpr std::size_t kUpstreams = 3;

    BoundOnAll() {
        for (std::size_t at = 0; at < kUpstreams; ++at) {
            const auto origin = "https://mirror-" + std::to_string(at) + ".example";
            scheduler_.add_upstream({origin, std::make_shared<OriginLimits>(), 20});
        }
    }

    void submit(std::uint64_t id,
                std::size_t upstream,
                Priority priority = Priority::Normal) {
        auto ticket = ticket_for(market_orders(), id);
        ticket.upstream = static_cast<std::uint32_t>(upstream);
        ticket.priority = priority;
        scheduler_.submit(ticket);
    }

    std::vector<std::uint64_t> admitted() {
        std::vector<Verdict> verdicts;
        scheduler_.drain(at(seconds{0}), verdicts);
        std::vector<std::uint64_t> ids;
        ids.reserve(verdicts.size());
        for (const auto& verdict : verdicts) {
            if (verdict.admitted) ids.push_back(verdict.id);
        }
        return ids;
    }

    void end(std::uint64_t id) {
        scheduler_.on_outcome(id, answered(200, {}, 0), at(seconds{0}));
    }

    Scheduler scheduler_{{.max_in_flight = 5}};
};

using Ids = std::vector<std::uint64_t>;

TEST_F(BoundOnAll, HoldsForAllUpstreamsTogether) {
    for (std::uint64_t id = 1; id <= 60; ++id) submit(id, id % kUpstreams);
    EXPECT_EQ(admitted().size(), 5U);
    EXPECT_EQ(scheduler_.in_flight(), 5U);
    EXPECT_EQ(scheduler_.statistics(at(seconds{0})).max_in_flight, 5U);
    EXPECT_EQ(scheduler_.wake_at(), std::nullopt) << "an outcome alone changes it";
}

TEST_F(BoundOnAll, EachUpstreamHasItsPartAndEachRequestIsSent) {
    for (std::uint64_t id = 0; id < 90; ++id) submit(id, id / 30);
    std::array<int, kUpstreams> gone{};
    std::deque<std::uint64_t> in_flight;
    for (int step = 0; step < 90; ++step) {
        for (const auto id : admitted()) in_flight.push_back(id);
        ASSERT_LE(in_flight.size(), 5U);
        ASSERT_FALSE(in_flight.empty());
        const auto id = in_flight.front();
        in_flight.pop_front();
        ++gone.at(id / 30);
        if (step == 44) {
            const auto [least, most] = std::ranges::minmax(gone);
            EXPECT_LE(most - least, 2) << "in the middle of it";
        }
        end(id);
    }
    EXPECT_EQ(gone, (std::array{30, 30, 30}));
    EXPECT_EQ(scheduler_.waiting() + scheduler_.in_flight(), 0U);
}

TEST_F(BoundOnAll, TheBetterPriorityGoesFirstAtWhicheverUpstream) {
    for (std::uint64_t id = 1; id <= 9; ++id) submit(id, 0, Priority::Background);
    EXPECT_EQ(admitted(), (Ids{1, 2, 3, 4, 5}));
    submit(100, 2, Priority::Interactive);
    submit(101, 1, Priority::Normal);
    for (std::uint64_t id = 1; id <= 3; ++id) end(id);
    EXPECT_EQ(admitted(), (Ids{100, 101, 6}));
}

TEST_F(BoundOnAll, OneThatIsFullOrDownLeavesTheRoomToTheOthers) {
    Scheduler scheduler{{.max_in_flight = 5}};
    scheduler.add_upstream(
        {"https://narrow.example", std::make_shared<OriginLimits>(), 1});
    scheduler.add_upstream(
        {"https://wide.example", std::make_shared<OriginLimits>(), 20});
    for (std::uint64_t id = 1; id <= 20; ++id) {
        auto ticket = ticket_for(market_orders(), id);
        ticket.upstream = id <= 10 ? 0 : 1;
        scheduler.submit(ticket);
    }
    std::vector<Verdict> verdicts;
    scheduler.drain(at(seconds{0}), verdicts);
    EXPECT_EQ(verdicts.size(), 5U);
    const auto seen = scheduler.statistics(at(seconds{0}));
    EXPECT_EQ(seen.upstreams[0].in_flight, 1U);
    EXPECT_EQ(seen.upstreams[1].in_flight, 4U);
}

TEST_F(BoundOnAll, IsHalfAsHighInAnEmergencyAndAsBeforeAfterIt) {
    for (std::uint64_t id = 1; id <= 60; ++id) submit(id, id % kUpstreams);
    scheduler_.set_emergency(true);
    const auto first = admitted();
    EXPECT_EQ(first.size(), 3U);
    scheduler_.set_emergency(false);
    EXPECT_EQ(admitted().size(), 2U);
    EXPECT_EQ(scheduler_.statistics(at(seconds{0})).max_in_flight, 5U);
}

TEST_F(BoundOnAll, WithoutItEachUpstreamTakesWhatItMay) {
    Scheduler scheduler;
    for (const auto* origin : {"https://one.example", "https://other.example"})
        scheduler.add_upstream({origin, std::make_shared<OriginLimits>(), 20});
    for (std::uint64_t id = 1; id <= 100; ++id) {
        auto ticket = ticket_for(market_orders(), id);
        ticket.upstream = id % 2;
        scheduler.submit(ticket);
    }
    std::vector<Verdict> verdicts;
    scheduler.drain(at(seconds{0}), verdicts);
    EXPECT_EQ(verdicts.size(), 40U);
    EXPECT_EQ(scheduler.statistics(at(seconds{0})).max_in_flight, 0U);
}

}  // namespace
}  // namespace pyesi::scheduler
