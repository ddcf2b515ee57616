#include "scheduler/scheduler.h"

#include "scheduler/making.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace pyesi::scheduler {
namespace {

using namespace making;  // NOLINT(google-build-using-namespace)
using base::ErrorKind;

class SchedulerTest : public testing::Test {
protected:
    SchedulerTest() { add_upstream(scheduler_, 20); }

    void add_upstream(Scheduler& scheduler, std::uint32_t max_in_flight) {
        scheduler.add_upstream({"https://esi.evetech.net", limits_, max_in_flight});
    }

    void submit(const RouteLimit& limit, std::uint64_t id) {
        scheduler_.submit(ticket_for(limit, id));
    }

    std::vector<Verdict> drain(base::TimePoint now) {
        std::vector<Verdict> verdicts;
        scheduler_.drain(now, verdicts);
        return verdicts;
    }

    std::vector<std::uint64_t> admitted(base::TimePoint now) {
        std::vector<std::uint64_t> ids;
        for (const auto& verdict : drain(now)) {
            if (verdict.admitted) ids.push_back(verdict.id);
        }
        return ids;
    }

    void end(std::uint64_t id, const Outcome& outcome, base::TimePoint now) {
        scheduler_.on_outcome(id, outcome, now);
    }

    /// Sends one request at `now` that is answered at once.
    void exchange(const RouteLimit& limit,
                  const Outcome& outcome,
                  base::TimePoint now) {
        submit(limit, 999'999);
        ASSERT_EQ(admitted(now).size(), 1U);
        end(999'999, outcome, now);
    }

    std::shared_ptr<OriginLimits> limits_ = std::make_shared<OriginLimits>();
    Scheduler scheduler_;
};

using Ids = std::vector<std::uint64_t>;

TEST_F(SchedulerTest, NoMoreAreInFlightThanTheUpstreamTakes) {
    for (std::uint64_t id = 1; id <= 50; ++id) submit(market_orders(), id);
    EXPECT_EQ(admitted(at(seconds{0})).size(), 20U);
    EXPECT_EQ(scheduler_.in_flight(), 20U);
    EXPECT_EQ(scheduler_.waiting(), 30U);
    EXPECT_EQ(scheduler_.wake_at(), std::nullopt);

    end(1, answered(200, {}, 0), at(seconds{1}));
    EXPECT_EQ(admitted(at(seconds{1})), Ids{21});
}

TEST_F(SchedulerTest, AnOutcomeCountsOnce) {
    for (std::uint64_t id = 1; id <= 50; ++id) submit(market_orders(), id);
    admitted(at(seconds{0}));
    for (int i = 0; i < 5; ++i) end(1, answered(200, {}, 0), at(seconds{1}));
    end(40, answered(200, {}, 0), at(seconds{1}));   // waits still
    end(777, answered(200, {}, 0), at(seconds{1}));  // never was
    EXPECT_EQ(admitted(at(seconds{1})), Ids{21});
}

TEST_F(SchedulerTest, AWithdrawnTicketGetsNoVerdict) {
    for (std::uint64_t id = 1; id <= 22; ++id) submit(market_orders(), id);
    admitted(at(seconds{0}));
    EXPECT_TRUE(scheduler_.withdraw(21));
    EXPECT_FALSE(scheduler_.withdraw(21));
    EXPECT_FALSE(scheduler_.withdraw(1));  // in flight: an outcome is owed
    end(1, given_up(), at(seconds{1}));
    EXPECT_EQ(admitted(at(seconds{1})), Ids{22});
    EXPECT_EQ(scheduler_.waiting(), 0U);
}

TEST_F(SchedulerTest, AFullQueueRefuses) {
    Scheduler small{{.max_waiting = 2}};
    add_upstream(small, 1);
    for (std::uint64_t id = 1; id <= 4; ++id)
        small.submit(ticket_for(market_orders(), id));
    ASSERT_EQ(small.wake_at(), base::TimePoint::min());
    EXPECT_TRUE(small.withdraw(4));

    std::vector<Verdict> verdicts;
    small.drain(at(seconds{0}), verdicts);
    ASSERT_EQ(verdicts.size(), 2U);
    EXPECT_EQ(verdicts[0].id, 3U);
    EXPECT_FALSE(verdicts[0].admitted);
    EXPECT_EQ(verdicts[0].why, ErrorKind::QueueFull);
    EXPECT_TRUE(verdicts[1].admitted);
}

TEST_F(SchedulerTest, AClosedGroupHoldsNoOtherBack) {
    exchange(
        notifications(), answered(429, retry_after(seconds{900}), 0), at(seconds{0}));
    for (std::uint64_t id = 1; id <= 100; ++id) submit(notifications(), id);
    submit(market_orders(), 200);
    submit(universe_types(), 201);
    EXPECT_EQ(admitted(at(seconds{1})), (Ids{200, 201}));
    EXPECT_EQ(scheduler_.wake_at(), at(seconds{900}));
    EXPECT_FALSE(admitted(at(seconds{900})).empty());
}

TEST_F(SchedulerTest, WhatCannotGoBeforeItsDeadlineIsRefusedAtOnce) {
    exchange(
        notifications(), answered(429, retry_after(seconds{900}), 0), at(seconds{0}));
    auto ticket = ticket_for(notifications(), 1);
    ticket.deadline = at(seconds{31});
    scheduler_.submit(ticket);
    const auto verdicts = drain(at(seconds{1}));
    ASSERT_EQ(verdicts.size(), 1U);
    EXPECT_EQ(verdicts[0].why, ErrorKind::WindowClosed);
    EXPECT_EQ(verdicts[0].retry_after, seconds{899});
}

TEST_F(SchedulerTest, ALaneAlreadySetAsideRefusesTheHopelessAtOnceToo) {
    exchange(
        notifications(), answered(429, retry_after(seconds{900}), 0), at(seconds{0}));
    submit(notifications(), 1);
    EXPECT_TRUE(drain(at(seconds{1})).empty());

    auto ticket = ticket_for(notifications(), 2);
    ticket.deadline = at(seconds{31});
    scheduler_.submit(ticket);
    const auto verdicts = drain(at(seconds{2}));
    ASSERT_EQ(verdicts.size(), 1U);
    EXPECT_EQ(verdicts[0].id, 2U);
    EXPECT_EQ(verdicts[0].why, ErrorKind::WindowClosed);
    EXPECT_EQ(verdicts[0].retry_after, seconds{898});
    EXPECT_EQ(scheduler_.waiting(), 1U);
}

TEST_F(SchedulerTest, ThoseWhoWaitWhenTheGateShutsAreRefusedAtOnceToo) {
    for (std::uint64_t id = 1; id <= 30; ++id) {
        auto ticket = ticket_for(notifications(), id);
        if (id > 15) ticket.deadline = at(seconds{id % 2 == 0 ? 30 : 1000});
        scheduler_.submit(ticket);
    }
    EXPECT_EQ(admitted(at(seconds{0})).size(), 7U);  // 15 tokens
    for (std::uint64_t id = 1; id <= 7; ++id) {
        end(id, answered(429, retry_after(seconds{900}), 0), at(seconds{1}));
    }
    const auto verdicts = drain(at(seconds{1}));
    EXPECT_EQ(verdicts.size(), 8U);
    for (const auto& verdict : verdicts) {
        EXPECT_EQ(verdict.id % 2, 0U);
        EXPECT_EQ(verdict.why, ErrorKind::WindowClosed);
        EXPECT_EQ(verdict.retry_after, seconds{900});
    }
}

TEST_F(SchedulerTest, AFourTwentyHoldsAllBackAndOneProbeGoesFirst) {
    exchange(universe_types(),
             answered(420, error_headers(0, seconds{30}), 0),
             at(seconds{0}));
    submit(market_orders(), 1);
    submit(universe_types(), 2);
    submit(notifications(), 3);
    auto interactive = ticket_for(market_orders(), 4);
    interactive.deadline = at(seconds{5});
    interactive.priority = Priority::Interactive;
    scheduler_.submit(interactive);

    const auto refused_now = drain(at(seconds{1}));
    ASSERT_EQ(refused_now.size(), 1U);
    EXPECT_EQ(refused_now[0].id, 4U);
    EXPECT_EQ(refused_now[0].why, ErrorKind::ErrorLimited);
    EXPECT_EQ(refused_now[0].retry_after, seconds{30});

    EXPECT_EQ(scheduler_.wake_at(), at(seconds{31}));
    const auto probe = admitted(at(seconds{31}));
    ASSERT_EQ(probe.size(), 1U);
    EXPECT_TRUE(admitted(at(seconds{32})).empty());
    end(probe[0], answered(200, {}, 0), at(seconds{33}));
    EXPECT_EQ(admitted(at(seconds{33})).size(), 2U);
}

TEST_F(SchedulerTest, WaitingForASlotEndsAtThePoolDeadline) {
    for (std::uint64_t id = 1; id <= 20; ++id) submit(market_orders(), id);
    auto ticket = ticket_for(market_orders(), 21);
    ticket.pool_deadline = at(seconds{5});
    ticket.deadline = at(seconds{30});
    scheduler_.submit(ticket);
    EXPECT_EQ(admitted(at(seconds{0})).size(), 20U);
    EXPECT_EQ(scheduler_.wake_at(), at(seconds{5}));
    EXPECT_TRUE(drain(at(seconds{4})).empty());

    const auto verdicts = drain(at(seconds{5}));
    ASSERT_EQ(verdicts.size(), 1U);
    EXPECT_EQ(verdicts[0].why, ErrorKind::PoolTimedOut);
}

TEST_F(SchedulerTest, WaitingForALimitIsNotWaitingForASlot) {
    exchange(
        notifications(), answered(429, retry_after(seconds{10}), 0), at(seconds{0}));
    auto ticket = ticket_for(notifications(), 1);
    ticket.pool_deadline = at(seconds{5});
    ticket.deadline = at(seconds{30});
    scheduler_.submit(ticket);
    EXPECT_TRUE(drain(at(seconds{1})).empty());
    EXPECT_TRUE(drain(at(seconds{6})).empty());
    EXPECT_EQ(admitted(at(seconds{10})), Ids{1});
}

TEST_F(SchedulerTest, ADeadlineThatPassesWhileWaitingForASlotIsExceeded) {
    for (std::uint64_t id = 1; id <= 20; ++id) submit(market_orders(), id);
    auto ticket = ticket_for(market_orders(), 21);
    ticket.deadline = at(seconds{3});
    scheduler_.submit(ticket);
    admitted(at(seconds{0}));
    const auto verdicts = drain(at(seconds{3}));
    ASSERT_EQ(verdicts.size(), 1U);
    EXPECT_EQ(verdicts[0].why, ErrorKind::DeadlineExceeded);
}

TEST_F(SchedulerTest, AnEmptyBucketIsServedAsItsTokensReturn) {
    for (std::uint64_t id = 1; id <= 10; ++id) submit(notifications(), id);
    const auto first = admitted(at(seconds{0}));
    EXPECT_EQ(first.size(), 7U);
    for (const auto id : first) {
        end(id, answered(200, {}, 0), at(seconds{static_cast<int>(id)}));
        EXPECT_TRUE(admitted(at(seconds{static_cast<int>(id)})).empty());
    }
    auto opens = scheduler_.wake_at();
    ASSERT_TRUE(opens);
    EXPECT_GE(*opens, at(minutes{15}));
    EXPECT_LE(*opens, at(minutes{15} + seconds{8}));
    EXPECT_FALSE(admitted(*opens).empty());
}

TEST_F(SchedulerTest, ACheaperAnswerLetsTheNextGoAtOnce) {
    for (std::uint64_t id = 1; id <= 10; ++id) submit(notifications(), id);
    EXPECT_EQ(admitted(at(seconds{0})).size(), 7U);
    end(1, answered(500, {}, 0), at(seconds{1}));
    EXPECT_EQ(admitted(at(seconds{1})), Ids{8});
}

TEST_F(SchedulerTest, AnAnswerThatShowsMoreRoomOpensALaneThatWasSetAside) {
    exchange(notifications(),
             answered(200, window_headers("char-notification", 15, 3), 0),
             at(seconds{0}));
    submit(notifications(), 1);
    submit(notifications(), 2);
    EXPECT_EQ(admitted(at(seconds{1})), Ids{1});
    end(1,
        answered(200, window_headers("char-notification", 600, 500), 0),
        at(seconds{2}));
    EXPECT_EQ(admitted(at(seconds{2})), Ids{2});
}

TEST_F(SchedulerTest, TwoSchedulersOfOneOriginSpendOneBudget) {
    Scheduler other;
    add_upstream(other, 20);
    for (std::uint64_t id = 1; id <= 5; ++id) submit(notifications(), id);
    for (std::uint64_t id = 1; id <= 5; ++id) {
        other.submit(ticket_for(notifications(), id));
    }
    std::vector<Verdict> verdicts;
    other.drain(at(seconds{0}), verdicts);
    EXPECT_EQ(verdicts.size(), 5U);
    EXPECT_EQ(admitted(at(seconds{0})).size(), 2U);

    // What the other one frees is found without being told.
    for (std::uint64_t id = 1; id <= 5; ++id) {
        other.on_outcome(id, never_sent(), at(milliseconds{10}));
    }
    const auto look_again = scheduler_.wake_at();
    ASSERT_TRUE(look_again);
    EXPECT_LE(*look_again, at(milliseconds{100}));
    EXPECT_EQ(admitted(*look_again).size(), 3U);
}

TEST_F(SchedulerTest, AFullUpstreamHoldsNoOtherBack) {
    const auto second = scheduler_.add_upstream(
        {"https://mirror.example", std::make_shared<OriginLimits>(), 2});
    for (std::uint64_t id = 1; id <= 25; ++id) submit(market_orders(), id);
    for (std::uint64_t id = 101; id <= 103; ++id) {
        auto ticket = ticket_for(market_orders(), id);
        ticket.upstream = second;
        scheduler_.submit(ticket);
    }
    EXPECT_EQ(admitted(at(seconds{0})).size(), 22U);
    end(101, answered(200, {}, 0), at(seconds{1}));
    EXPECT_EQ(admitted(at(seconds{1})), Ids{103});
}

TEST_F(SchedulerTest, ALearnedGroupHoldsBackWhatAlreadyWaits) {
    for (std::uint64_t id = 1; id <= 30; ++id) submit(universe_types(), id);
    EXPECT_EQ(admitted(at(seconds{0})).size(), 20U);
    const auto told = window_headers("universe", 100, 1);
    for (std::uint64_t id = 1; id <= 20; ++id) {
        end(id, answered(200, told, 0), at(seconds{1}));
        EXPECT_TRUE(admitted(at(seconds{1})).empty());
    }
    EXPECT_TRUE(scheduler_.wake_at());
}

TEST_F(SchedulerTest, ASchedulerThatIsGoneHoldsNothing) {
    auto other = std::make_unique<Scheduler>();
    add_upstream(*other, 20);
    std::vector<Verdict> verdicts;
    for (std::uint64_t id = 1; id <= 30; ++id) {
        other->submit(ticket_for(universe_types(), id));
    }
    other->drain(at(seconds{0}), verdicts);
    EXPECT_EQ(limits_->state(at(seconds{0})).errors.in_flight, 20);
    other.reset();
    EXPECT_EQ(limits_->state(at(seconds{0})).errors.in_flight, 0);
    EXPECT_FALSE(limits_->is_shared());
}

TEST_F(SchedulerTest, NothingStarvesUnderALoadOfHigherPriority) {
    std::uint64_t id = 1000;
    auto warming = ticket_for(market_orders(), 1);
    warming.priority = Priority::Warming;
    scheduler_.submit(warming);
    const auto now = at(seconds{0});
    Ids in_flight;
    for (int turn = 0; turn < 100; ++turn) {
        while (scheduler_.waiting() < 50) {
            auto ticket = ticket_for(market_orders(), ++id);
            ticket.priority = Priority::Interactive;
            scheduler_.submit(ticket);
        }
        for (const auto next : admitted(now)) in_flight.push_back(next);
        if (std::ranges::find(in_flight, 1U) != in_flight.end()) return;
        end(in_flight.back(), answered(200, {}, 0), now);
        in_flight.pop_back();
    }
    FAIL() << "a warming request was never let go";
}

TEST_F(SchedulerTest, WhoIsShutOutForAWholeWindowMayDrawOnTheReserve) {
    // Others ask without end, and leave nothing but what nobody else may have.
    const auto wallet = make_grouped_limit("Wallet", "char-wallet", 150, minutes{15});
    auto warming = ticket_for(wallet, 1);
    warming.priority = Priority::Warming;
    std::uint64_t id = 1;
    const auto let_others_go = [&](base::TimePoint now) {
        while (scheduler_.waiting() < 200) {
            auto ticket = ticket_for(wallet, ++id);
            ticket.priority = Priority::Interactive;
            scheduler_.submit(ticket);
        }
        bool warming_went = false;
        for (auto gone = admitted(now); !gone.empty(); gone = admitted(now)) {
            for (const auto next : gone) {
                warming_went = warming_went || next == 1;
                end(next, answered(200, {}, 0), now);
            }
        }
        return warming_went;
    };
    let_others_go(at(seconds{0}));
    scheduler_.submit(warming);
    auto now = at(seconds{1});
    while (!let_others_go(now) && now < at(hours{2})) now += seconds{1};
    EXPECT_GE(now, at(minutes{15}));
    EXPECT_LE(now, at(minutes{31}));
}

TEST_F(SchedulerTest, OfManyDeadlinesInALaneThoseAreRefusedThatComeTooEarly) {
    exchange(
        notifications(), answered(429, retry_after(seconds{10}), 0), at(seconds{0}));
    auto ticket = ticket_for(notifications());
    for (std::uint64_t id = 1; id <= 100'000; ++id) {
        ticket.id = id;
        ticket.deadline = at(minutes{10}) + seconds{id % 600};
        scheduler_.submit(ticket);
    }
    EXPECT_TRUE(drain(at(seconds{1})).empty());
    const auto verdicts = drain(at(seconds{10}));
    std::size_t refused = 0;
    for (const auto& verdict : verdicts) refused += verdict.admitted ? 0 : 1;
    EXPECT_GT(refused, 0U) << "those whose time is up before tokens return";
    EXPECT_GT(scheduler_.waiting(), 0U);
}

TEST_F(SchedulerTest, WithNothingWaitingThereIsNothingToWakeFor) {
    for (std::uint64_t id = 1; id <= 20; ++id) {
        auto ticket = ticket_for(market_orders(), id);
        ticket.deadline = at(seconds{30});
        ticket.pool_deadline = at(seconds{5});
        scheduler_.submit(ticket);
    }
    EXPECT_EQ(admitted(at(seconds{0})).size(), 20U);
    EXPECT_EQ(scheduler_.wake_at(), std::nullopt);
}

TEST_F(SchedulerTest, StatisticsAddUp) {
    for (std::uint64_t id = 1; id <= 25; ++id) submit(market_orders(), id);
    auto warming = ticket_for(notifications(), 100);
    warming.priority = Priority::Warming;
    scheduler_.submit(warming);
    admitted(at(seconds{0}));

    const auto statistics = scheduler_.statistics(at(seconds{0}));
    EXPECT_EQ(statistics.in_flight, 20U);
    EXPECT_EQ(statistics.waiting[index_of(Priority::Normal)], 5U);
    EXPECT_EQ(statistics.waiting[index_of(Priority::Warming)], 1U);
    ASSERT_EQ(statistics.upstreams.size(), 1U);
    const auto& upstream = statistics.upstreams[0];
    EXPECT_EQ(upstream.origin, "https://esi.evetech.net");
    EXPECT_EQ(upstream.waiting, 6U);
    EXPECT_EQ(upstream.in_flight, 20U);
    ASSERT_EQ(upstream.limits.buckets.size(), 1U);
    EXPECT_EQ(upstream.limits.buckets[0].left, 12'000 - 40);
}

class DownUpstream : public SchedulerTest {
protected:
    DownUpstream() {
        for (int count = 0; count < 20; ++count) {
            exchange(market_orders(), answered(503, {}, 0), at(seconds{0}));
        }
    }

    static Ticket single(std::uint64_t id) {
        auto ticket = ticket_for(market_orders(), id);
        ticket.deadline = at(seconds{40});
        ticket.pool_deadline = at(seconds{30});
        return ticket;
    }
};

TEST_F(DownUpstream, ASingleRequestIsRefusedAtOnceAndAnItemOfManyWaits) {
    submit(market_orders(), 1);
    scheduler_.submit(single(2));
    const auto verdicts = drain(at(seconds{1}));
    ASSERT_EQ(verdicts.size(), 1U);
    EXPECT_EQ(verdicts[0].id, 2U);
    EXPECT_EQ(verdicts[0].why, ErrorKind::UpstreamDown);
    EXPECT_EQ(verdicts[0].retry_after, seconds{14});
    EXPECT_EQ(scheduler_.waiting(), 1U);
    EXPECT_EQ(scheduler_.wake_at(), at(seconds{15}));
}

TEST_F(DownUpstream, OneTriesAndTheOthersFollowWhenItEndsWell) {
    for (std::uint64_t id = 1; id <= 10; ++id) submit(market_orders(), id);
    EXPECT_EQ(admitted(at(seconds{15})), Ids{1});
    end(1, answered(200, {}, 0), at(seconds{16}));
    EXPECT_EQ(admitted(at(seconds{16})), (Ids{2, 3}));
    end(2, answered(200, {}, 0), at(seconds{16}));
    EXPECT_EQ(admitted(at(seconds{16})), Ids{4});
    EXPECT_EQ(admitted(at(seconds{17})), (Ids{5, 6}));
    EXPECT_EQ(admitted(at(seconds{18})), (Ids{7, 8, 9, 10}));
}

TEST_F(DownUpstream, AnotherUpstreamIsNotConcerned) {
    const auto other = scheduler_.add_upstream(
        {"https://mirror.example", std::make_shared<OriginLimits>(), 1});
    for (std::uint64_t id = 1; id <= 3; ++id) {
        auto ticket = single(id);
        ticket.upstream = other;
        scheduler_.submit(ticket);
    }
    EXPECT_EQ(admitted(at(seconds{1})), Ids{1});

    scheduler_.submit(single(4));
    const auto verdicts = drain(at(seconds{1}));
    ASSERT_EQ(verdicts.size(), 1U) << "who waits for a slot of the other goes on";
    EXPECT_EQ(verdicts[0].id, 4U);
    EXPECT_EQ(scheduler_.waiting(), 2U);
}

TEST_F(DownUpstream, WhatIsTakenBackOrOverdueIsNotRefusedTwice) {
    scheduler_.submit(single(1));
    EXPECT_TRUE(scheduler_.withdraw(1));
    auto overdue = single(2);
    overdue.deadline = at(seconds{1});
    scheduler_.submit(overdue);
    EXPECT_EQ(drain(at(seconds{1})).size(), 1U);
    EXPECT_TRUE(drain(at(seconds{2})).empty());
    EXPECT_EQ(scheduler_.waiting(), 0U);
}

TEST_F(SchedulerTest, InAnEmergencyHalfGoAtOnceAndOnlyWhatIsEssential) {
    scheduler_.set_emergency(true);
    for (std::uint64_t id = 1; id <= 40; ++id) {
        auto ticket = ticket_for(universe_types(), id);
        ticket.priority = static_cast<Priority>(id % kPriorities);
        scheduler_.submit(ticket);
    }
    const auto urgent = admitted(at(seconds{0}));
    EXPECT_EQ(urgent.size(), 10U);
    for (const auto id : urgent) {
        EXPECT_LT(id % kPriorities, 2U) << "neither background nor warming";
        end(id, answered(200, {}, 0), at(seconds{1}));
    }
    for (const auto id : admitted(at(seconds{1}))) {
        EXPECT_LT(id % kPriorities, 2U);
        end(id, answered(200, {}, 0), at(seconds{2}));
    }
    EXPECT_TRUE(admitted(at(seconds{2})).empty());
    EXPECT_EQ(scheduler_.waiting(), 20U);

    scheduler_.set_emergency(false);
    EXPECT_EQ(admitted(at(seconds{3})).size(), 20U);
}

TEST_F(SchedulerTest, AnEmergencyHoldsForAnUpstreamThatComesLater) {
    scheduler_.set_emergency(true);
    const auto later = scheduler_.add_upstream(
        {"https://mirror.example", std::make_shared<OriginLimits>(), 3});
    for (std::uint64_t id = 1; id <= 5; ++id) {
        auto ticket = ticket_for(universe_types(), id);
        ticket.upstream = later;
        scheduler_.submit(ticket);
    }
    EXPECT_EQ(admitted(at(seconds{0})).size(), 2U);
}

}  // namespace
}  // namespace pyesi::scheduler
