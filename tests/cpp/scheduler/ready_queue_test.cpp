#include "scheduler/ready_queue.h"

#include "scheduler/making.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace pyesi::scheduler {
namespace {

using namespace making;  // NOLINT(google-build-using-namespace)
using Wait = ReadyQueue::Wait;

/// A queue and the records it borrows.
/// The parameter is for those below who draw: their seed.
class ReadyQueueTest : public testing::TestWithParam<int> {
protected:
    std::uint32_t push(const Ticket& ticket) {
        Record record;
        record.ticket = ticket;
        record.serial = ++serials_;
        record.waiting = true;
        const auto index = records_.add(record);
        queue_.push(index);
        return index;
    }

    std::uint32_t push(std::uint64_t id,
                       Priority priority = Priority::Normal,
                       std::string_view identity = {}) {
        auto ticket = ticket_for(market_orders(), id);
        ticket.priority = priority;
        ticket.identity = make_identity(identity);
        return push(ticket);
    }

    std::uint64_t take() {
        const auto next = queue_.next();
        if (!next) return 0;
        queue_.take(*next);
        const auto id = records_[*next].ticket.id;
        records_.erase(*next);
        return id;
    }

    std::vector<std::uint64_t> take_all() {
        std::vector<std::uint64_t> ids;
        while (const auto id = take()) ids.push_back(id);
        return ids;
    }

    std::uint32_t serials_ = 0;
    Slab<Record> records_;
    ReadyQueue queue_{records_};
};

using Ids = std::vector<std::uint64_t>;

TEST_F(ReadyQueueTest, WithinALaneTheFirstIsFirst) {
    for (std::uint64_t id = 1; id <= 5; ++id) push(id);
    EXPECT_EQ(take_all(), (Ids{1, 2, 3, 4, 5}));
    EXPECT_EQ(queue_.size(), 0U);
    EXPECT_EQ(queue_.lanes(), 0U);
}

TEST_F(ReadyQueueTest, PriorityGoesBeforeOrder) {
    push(1, Priority::Warming);
    push(2, Priority::Background);
    push(3, Priority::Normal);
    push(4, Priority::Interactive);
    EXPECT_EQ(take_all(), (Ids{4, 3, 2, 1}));
}

TEST_F(ReadyQueueTest, LanesTakeTurns) {
    for (std::uint64_t id = 1; id <= 3; ++id) push(id, Priority::Normal, "anna");
    for (std::uint64_t id = 4; id <= 6; ++id) push(id, Priority::Normal, "boris");
    EXPECT_EQ(take_all(), (Ids{1, 4, 2, 5, 3, 6}));
}

TEST_F(ReadyQueueTest, ABurstOfOneLaneHoldsNoOtherBack) {
    for (std::uint64_t id = 1; id <= 1000; ++id) push(id, Priority::Normal, "anna");
    push(2000, Priority::Normal, "boris");
    take();
    EXPECT_EQ(take(), 2000U);
}

TEST_F(ReadyQueueTest, UngroupedRoutesAreLanesOfTheirOwn) {
    push(ticket_for(universe_types(), 1));
    push(ticket_for(make_error_limit("Another"), 2));
    EXPECT_EQ(queue_.lanes(), 2U);
}

TEST_F(ReadyQueueTest, ALowPriorityIsNeverPassedOverForLong) {
    push(1, Priority::Warming);
    push(2, Priority::Background);
    for (std::uint64_t id = 100; id < 400; ++id) push(id, Priority::Interactive);
    std::map<std::uint64_t, int> turn_of;
    int turn = 0;
    for (const auto id : take_all()) turn_of[id] = turn++;
    EXPECT_LE(turn_of[1], 34);
    EXPECT_LE(turn_of[2], 34);
}

TEST_F(ReadyQueueTest, ALaneThatIsSetAsideComesBackInItsTime) {
    const auto first = push(1, Priority::Interactive, "anna");
    push(2, Priority::Normal, "boris");
    queue_.set_aside(first, {Wait::Opening, {}, at(seconds{5}), at(seconds{5})});

    EXPECT_EQ(take(), 2U);
    EXPECT_EQ(take(), 0U);
    EXPECT_EQ(queue_.wake_at(), at(seconds{5}));
    queue_.wake(at(seconds{5}) - milliseconds{1});
    EXPECT_EQ(take(), 0U);
    queue_.wake(at(seconds{5}));
    EXPECT_EQ(queue_.wake_at(), std::nullopt);
    EXPECT_EQ(take(), 1U);
}

TEST_F(ReadyQueueTest, ALaneThatAwaitsAnOutcomeComesBackWithAny) {
    const auto first = push(1, Priority::Normal, "anna");
    queue_.set_aside(first, {Wait::Outcome, {}, base::TimePoint::max(), {}});
    EXPECT_EQ(queue_.next(), std::nullopt);
    EXPECT_EQ(queue_.wake_at(), std::nullopt);

    queue_.on_outcome(ticket_for(universe_types()));
    EXPECT_EQ(take(), 1U);
}

TEST_F(ReadyQueueTest, AnOutcomeWakesItsOwnBucketOnly) {
    const auto first = push(1, Priority::Normal, "anna");
    const auto second = push(2, Priority::Normal, "boris");
    queue_.set_aside(first, {Wait::Opening, {}, at(seconds{5}), at(seconds{5})});
    queue_.set_aside(second, {Wait::Opening, {}, at(seconds{5}), at(seconds{5})});

    auto ended = ticket_for(market_orders());
    ended.identity = make_identity("boris");
    ended.priority = Priority::Warming;
    queue_.on_outcome(ended);
    EXPECT_EQ(take_all(), (Ids{2}));
    EXPECT_EQ(queue_.lanes_set_aside(), 1U);
}

TEST_F(ReadyQueueTest, ATicketCanBeTakenOutOfAnyPlace) {
    for (int gone = 0; gone < 3; ++gone) {
        Ids left;
        std::vector<std::uint32_t> records;
        for (std::uint64_t id = 1; id <= 3; ++id) records.push_back(push(id));
        for (int i = 0; i < 3; ++i) {
            if (i != gone) left.push_back(static_cast<std::uint64_t>(i) + 1);
        }
        queue_.erase(records[static_cast<std::size_t>(gone)]);
        EXPECT_EQ(take_all(), left);
        EXPECT_EQ(queue_.lanes(), 0U);
    }
}

TEST_F(ReadyQueueTest, ALaneWhoseLastTicketGoesWhileAsideLeavesNothing) {
    for (const auto wait : {Wait::Opening, Wait::Outcome}) {
        const auto record = push(1);
        queue_.set_aside(record, {wait, {}, at(seconds{5}), at(seconds{5})});
        queue_.erase(record);
        EXPECT_EQ(queue_.lanes(), 0U);
        EXPECT_EQ(queue_.lanes_set_aside(), 0U);
        EXPECT_EQ(queue_.wake_at(), std::nullopt);
    }
}

TEST_F(ReadyQueueTest, FindsTheTicketsOfALaneWhoseDeadlineComesFirst) {
    auto ticket = ticket_for(market_orders(), 1);
    const auto undated = push(ticket);
    ticket.deadline = at(seconds{5});
    const auto early = push(ticket);
    ticket.deadline = at(seconds{50});
    push(ticket);

    std::vector<std::uint32_t> found;
    queue_.take_dated(undated, at(seconds{10}), found);
    EXPECT_EQ(found, std::vector{early});
    queue_.erase(early);
    found.clear();
    queue_.take_dated(undated, at(seconds{10}), found);
    EXPECT_TRUE(found.empty());
}

TEST_F(ReadyQueueTest, LanesSetAsideAgainAndAgainGatherNoMemory) {
    for (int round = 0; round < 10'000; ++round) {
        const auto record = push(1);
        queue_.set_aside(record, {Wait::Opening, {}, at(hours{1}), at(hours{1})});
        ASSERT_TRUE(queue_.wake_at());
        queue_.erase(record);
        ASSERT_FALSE(queue_.wake_at());
    }
}

TEST_F(ReadyQueueTest, AnOutcomeWakesFewOfManyAndEachThatGoesWakesOneMore) {
    for (std::uint64_t id = 1; id <= 1000; ++id) {
        const auto record = push(id, Priority::Normal, std::to_string(id));
        queue_.set_aside(record, {Wait::Outcome, {}, base::TimePoint::max(), {}});
    }
    queue_.on_outcome(ticket_for(universe_types()));
    EXPECT_GE(queue_.lanes_set_aside(), 990U);
    EXPECT_EQ(take_all().size(), 1000U);
}

TEST_F(ReadyQueueTest, WhoIsWokenInVainHoldsNoOtherAsleep) {
    for (std::uint64_t id = 1; id <= 100; ++id) {
        const auto record = push(id, Priority::Normal, std::to_string(id));
        queue_.set_aside(record, {Wait::Outcome, {}, base::TimePoint::max(), {}});
    }
    queue_.on_outcome(ticket_for(universe_types()));
    // All but the last find another gate shut, or are withdrawn.
    for (std::uint64_t id = 1; id < 100; ++id) {
        const auto next = queue_.next();
        ASSERT_TRUE(next);
        if (id % 2 == 0) {
            queue_.set_aside(*next, {Wait::Opening, {}, at(hours{1}), at(hours{1})});
        } else {
            queue_.erase(*next);
        }
    }
    EXPECT_EQ(take(), 100U);
}

TEST_F(ReadyQueueTest, ALaneIsShutOutUntilOneOfItGoes) {
    const auto first = push(1);
    push(2);
    EXPECT_EQ(queue_.shut_out_since(first), base::TimePoint::max());
    for (const auto now : {at(seconds{3}), at(seconds{4})}) {
        queue_.set_aside(first, {.wait = Wait::Opening, .until = now, .since = now});
        queue_.wake(now);
        EXPECT_EQ(queue_.shut_out_since(first), at(seconds{3}));
    }
    take();
    EXPECT_EQ(queue_.shut_out_since(*queue_.next()), base::TimePoint::max());
}

/// What is drawn by chance: tickets of any priority and lane, some set aside.
class BoundedWait : public ReadyQueueTest {
protected:
    static constexpr std::uint64_t kTurns = 35;  // 32 of patience, three other levels

    struct Waiting {
        std::uint64_t bound;  ///< of those that have gone, when this one must have
    };

    void push_by_chance() {
        const auto level = draw_() % kPriorities;
        const auto name = draw_() % 5;
        const auto id = ++submitted_;
        push(id, static_cast<Priority>(level), "lane " + std::to_string(name));
        const auto place = ++in_lane_[{level, name}];
        waiting_[id] = {gone_ + kTurns * place * 5};
        lane_of_[id] = {level, name};
    }

    void take_one() {
        const auto id = take();
        ++gone_;
        EXPECT_LE(gone_, waiting_.at(id).bound) << "ticket " << id;
        --in_lane_[lane_of_.at(id)];
        waiting_.erase(id);
    }

    std::mt19937 draw_{static_cast<unsigned>(GetParam())};
    std::uint64_t submitted_ = 0;
    std::uint64_t gone_ = 0;
    std::map<std::pair<std::size_t, std::size_t>, std::uint64_t> in_lane_;
    std::map<std::uint64_t, std::pair<std::size_t, std::size_t>> lane_of_;
    std::map<std::uint64_t, Waiting> waiting_;
};

TEST_P(BoundedWait, WhoeverWaitsGoesBeforeSoManyOthersHaveGone) {
    for (int step = 0; step < 3000; ++step) {
        // More come than go, in waves, so that the lower priorities are passed over.
        const auto come = draw_() % 3;
        for (std::size_t count = 0; count < come; ++count) push_by_chance();
        if (!waiting_.empty()) take_one();
    }
    while (!waiting_.empty()) take_one();
}

INSTANTIATE_TEST_SUITE_P(Seeds, BoundedWait, testing::Range(0, 20));

}  // namespace
}  // namespace pyesi::scheduler
