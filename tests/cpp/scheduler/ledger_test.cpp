#include "scheduler/ledger.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <random>
#include <vector>

namespace pyesi::scheduler {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::uint64_t kBucket = 7;
constexpr std::uint64_t kErrors = 8;
constexpr LedgerTime kStart = hours{1000};

AccountReport report(std::uint32_t wants) {
    return {.key = kBucket,
            .max_tokens = 1000,
            .window = seconds{100},
            .size_is_told = true,
            .is_complete = true,
            .wants = wants,
            .least = 2,
            .kept_back = 100};
}

AccountReport error_report(std::uint32_t wants) {
    return {.key = kErrors,
            .kind = AccountKind::Errors,
            .max_tokens = 100,
            .window = seconds{60},
            .is_complete = true,
            .wants = wants,
            .least = 1,
            .kept_back = 20};
}

/// Asks a ledger on behalf of several processes, under a clock that is turned.
struct Stage {
    AccountGrant ask(std::uint64_t holder, const AccountReport& what) {
        return ledger.exchange({holder, ++number, {what}}, clock).grants.front();
    }

    /// A word of the server's, without which little is lent.
    void hear(std::uint32_t remaining) {
        auto said = report(0);
        said.word = ServerWord{.remaining = remaining};
        ask(99, said);
    }

    Ledger ledger;
    LedgerTime clock = kStart;
    std::uint64_t number = 0;
};

TEST(Ledger, OrdinaryRequestsLeaveTheReserve) {
    Stage stage;
    stage.hear(1000);
    std::int64_t lent = 0;
    for (std::uint64_t holder = 1; holder <= 50; ++holder) {
        lent += stage.ask(holder, report(400)).tokens;
    }
    EXPECT_GT(lent, 850);
    EXPECT_LE(lent, 900);
}

TEST(Ledger, UrgentRequestsMayTakeTheReserve) {
    Stage stage;
    stage.hear(1000);
    EXPECT_EQ(stage.ask(1, report(1000)).tokens, 900);
    auto urgent = report(0);
    urgent.wants_urgent = 40;
    EXPECT_EQ(stage.ask(2, urgent).urgent, 40);
}

TEST(Ledger, WhoComesSecondGetsAShareOfWhatIsLeft) {
    Stage stage;
    stage.hear(1000);
    stage.ask(1, report(2));
    const auto second = stage.ask(2, report(1000));
    EXPECT_EQ(second.sharing, 2);
    EXPECT_GT(second.tokens, 400);
    EXPECT_LE(second.tokens, 450);
}

TEST(Ledger, ALedgerThatHasHeardNothingLendsAQuarter) {
    Stage stage;
    std::int64_t lent = 0;
    for (std::uint64_t holder = 1; holder <= 20; ++holder) {
        lent += stage.ask(holder, report(1000)).tokens;
    }
    EXPECT_LE(lent, 250);
    EXPECT_GT(lent, 200);
}

TEST(Ledger, WhatIsSpentReturnsOneWindowLaterAndHardlyAfterThat) {
    Stage stage;
    stage.hear(1000);
    const auto lent = stage.ask(1, report(1000)).tokens;
    auto spent = report(1000);
    spent.total = lent;
    spent.spendings = {{seconds{1}, lent}};
    const auto none = stage.ask(1, spent);
    EXPECT_EQ(none.tokens, 0);
    EXPECT_EQ(none.confirmed, lent);
    EXPECT_GE(none.opens_in, seconds{99});
    EXPECT_LE(none.opens_in, seconds{99} + milliseconds{500});

    stage.clock += seconds{98};
    EXPECT_EQ(stage.ask(1, spent).tokens, 0);
    stage.clock += seconds{2};
    EXPECT_EQ(stage.ask(1, spent).tokens, 900);
}

TEST(Ledger, AReportThatIsToldTwiceCountsOnce) {
    Stage stage;
    auto spent = report(0);
    spent.total = 50;
    spent.spendings = {{seconds{3}, 20}, {seconds{1}, 30}};
    stage.ask(1, spent);
    stage.ask(1, spent);
    spent.total = 60;
    spent.spendings = {{seconds{4}, 20}, {seconds{2}, 30}, {seconds{0}, 10}};
    const auto told = stage.ask(1, spent);
    EXPECT_EQ(told.left, 1000 - 60);
}

TEST(Ledger, ARequestThatWasOvertakenChangesNothing) {
    Stage stage;
    auto newer = report(0);
    newer.holds = 10;
    stage.ledger.exchange({1, 5, {newer}}, stage.clock);
    const auto late = stage.ledger.exchange({1, 4, {report(100)}}, stage.clock);
    EXPECT_EQ(late.grants.front().tokens, 0);
    EXPECT_EQ(late.grants.front().left, 990);
}

TEST(Ledger, WhatAKilledProcessHeldIsSpentWhenItsLeaseEnds) {
    Stage stage;
    stage.hear(1000);
    const auto lent = stage.ask(1, report(500));
    ASSERT_EQ(lent.tokens, 500);
    stage.clock += std::chrono::ceil<milliseconds>(lent.valid_for) + milliseconds{1};
    EXPECT_EQ(stage.ask(2, report(0)).left, 500);
    stage.clock += seconds{99};
    EXPECT_EQ(stage.ask(2, report(0)).left, 500);
    stage.clock += seconds{2};
    EXPECT_EQ(stage.ask(2, report(0)).left, 1000);
}

TEST(Ledger, WhatIsGivenBackCanBeLentAgain) {
    Stage stage;
    stage.hear(1000);
    EXPECT_EQ(stage.ask(1, report(900)).tokens, 900);
    EXPECT_EQ(stage.ask(2, report(2)).tokens, 0);
    stage.ask(1, report(0));
    stage.clock += seconds{3};
    EXPECT_EQ(stage.ask(2, report(900)).tokens, 900);
}

TEST(Ledger, AClockThatGoesBackNeitherFreesNorHoldsAnything) {
    Stage stage;
    auto spent = report(0);
    spent.total = 600;
    spent.spendings = {{seconds{0}, 600}};
    stage.ask(1, spent);
    stage.clock -= hours{5};
    EXPECT_EQ(stage.ask(1, spent).left, 400);
    stage.clock += seconds{99};
    EXPECT_EQ(stage.ask(1, spent).left, 400);
    stage.clock += seconds{2};
    EXPECT_EQ(stage.ask(1, spent).left, 1000);
}

TEST(Ledger, AfterAClockHasJumpedForwardTheServersWordHolds) {
    Stage stage;
    auto spent = report(0);
    spent.total = 600;
    spent.spendings = {{seconds{0}, 600}};
    spent.word = ServerWord{.remaining = 400};
    stage.ask(1, spent);
    stage.clock += hours{1};
    EXPECT_EQ(stage.ask(1, spent).left, 400);
}

TEST(Ledger, FellowsAreNotTakenForStrangers) {
    Stage stage;
    stage.hear(1000);
    ASSERT_EQ(stage.ask(1, report(300)).tokens, 300);
    // All of it is spent by the first, of which only the server knows yet.
    auto second = report(0);
    second.word = ServerWord{.remaining = 700};
    EXPECT_EQ(stage.ask(2, second).others, 0);

    auto first = report(0);
    first.total = 300;
    first.spendings = {{milliseconds{200}, 300}};
    first.word = ServerWord{.remaining = 700};
    EXPECT_EQ(stage.ask(1, first).others, 0);
}

TEST(Ledger, WhatStrangersSpendIsSeenAndReturns) {
    Stage stage;
    auto said = report(0);
    said.word = ServerWord{.remaining = 550};
    said.total = 50;
    said.spendings = {{milliseconds{10}, 50}};
    EXPECT_EQ(stage.ask(1, said).others, 400);
    EXPECT_EQ(stage.ask(2, report(1000)).tokens, 450);
    stage.clock += seconds{101};
    EXPECT_EQ(stage.ask(2, report(0)).others, 0);
}

TEST(Ledger, ALowerEstimateOfStrangersNeedsProof) {
    Stage stage;
    auto said = report(0);
    said.word = ServerWord{.remaining = 600};
    ASSERT_EQ(stage.ask(1, said).others, 400);
    ASSERT_GT(stage.ask(2, report(200)).tokens, 100);
    stage.clock += milliseconds{100};
    // It may be the second that spent: that proves nothing about the strangers.
    EXPECT_EQ(stage.ask(1, said).others, 400);
    stage.clock += milliseconds{100};
    said.word = ServerWord{.remaining = 900};
    EXPECT_EQ(stage.ask(1, said).others, 100);
}

TEST(Ledger, ARefusalClosesForAllAndOneProcessTries) {
    Stage stage;
    auto refused = report(0);
    refused.closed_for = seconds{10};
    refused.is_spent = true;
    stage.ask(1, refused);
    const auto closed = stage.ask(2, report(100));
    EXPECT_EQ(closed.tokens, 0);
    EXPECT_GE(closed.closed_for, seconds{10});

    stage.clock += seconds{11};
    const auto probe = stage.ask(2, report(100));
    EXPECT_EQ(probe.tokens, 2);
    EXPECT_TRUE(probe.may_probe);
    EXPECT_EQ(stage.ask(3, report(100)).tokens, 0);

    auto answered = report(100);
    answered.total = 2;
    answered.spendings = {{milliseconds{1}, 2}};
    answered.word = ServerWord{.remaining = 998};
    stage.ask(2, answered);
    EXPECT_GT(stage.ask(3, report(100)).tokens, 50);
}

TEST(Ledger, AProbeThatIsNeverAnsweredPassesToAnother) {
    Stage stage;
    auto refused = report(0);
    refused.closed_for = seconds{1};
    refused.is_spent = true;
    stage.ask(1, refused);
    stage.clock += seconds{2};
    ASSERT_TRUE(stage.ask(2, report(2)).may_probe);
    stage.clock += seconds{9};
    EXPECT_FALSE(stage.ask(3, report(2)).may_probe);
    stage.clock += seconds{2};
    EXPECT_TRUE(stage.ask(3, report(2)).may_probe);
}

TEST(Ledger, AFlushedLedgerLendsNothingToWhoHasNotToldAll) {
    Stage stage;
    auto spent = report(500);
    spent.total = 700;
    spent.spendings = {{seconds{1}, 10}};
    spent.is_complete = false;
    const auto asked = stage.ask(1, spent);
    EXPECT_TRUE(asked.needs_all);
    EXPECT_EQ(asked.tokens, 0);

    spent.spendings = {{seconds{50}, 690}, {seconds{1}, 10}};
    spent.is_complete = true;
    const auto told = stage.ask(1, spent);
    EXPECT_FALSE(told.needs_all);
    // Others may have to tell as much.
    EXPECT_EQ(told.tokens, 0);
    stage.clock += seconds{3};
    EXPECT_EQ(stage.ask(1, spent).tokens, 200);
}

TEST(Ledger, ErrorsInFlightNeverPassWhatRemains) {
    Stage stage;
    std::int64_t lent = 0;
    for (std::uint64_t holder = 1; holder <= 10; ++holder) {
        lent += stage.ask(holder, error_report(30)).tokens;
    }
    EXPECT_LE(lent, 80);
    EXPECT_GT(lent, 60);
}

TEST(Ledger, TheLastErrorIsLentToNobody) {
    Stage stage;
    auto said = error_report(0);
    said.word = ServerWord{.remaining = 3, .resets_in = seconds{30}};
    stage.ask(99, said);
    std::uint32_t lent = 0;
    for (std::uint64_t holder = 1; holder <= 5; ++holder) {
        auto urgent = error_report(0);
        urgent.wants_urgent = 1;
        lent += stage.ask(holder, urgent).urgent;
    }
    EXPECT_EQ(lent, 2);
}

TEST(Ledger, OfTwoWordsOnErrorsTheLesserHoldsThoughItWasHeardBefore) {
    Stage stage;
    auto late = error_report(0);
    late.word = ServerWord{.remaining = 41, .resets_in = seconds{30}};
    stage.ask(1, late);
    auto overtaken = error_report(0);
    overtaken.word = ServerWord{.remaining = 30,
                                .age = std::chrono::milliseconds{70},
                                .resets_in = seconds{30}};
    EXPECT_EQ(stage.ask(2, overtaken).left, 30);
}

TEST(Ledger, AnErrorsWindowIsToldAndEnds) {
    Stage stage;
    auto said = error_report(0);
    said.word = ServerWord{.remaining = 25, .resets_in = seconds{30}};
    stage.ask(1, said);
    EXPECT_EQ(stage.ask(2, error_report(30)).tokens, 5);
    stage.ask(2, error_report(0));
    auto failed = error_report(0);
    failed.total = 5;
    failed.spendings = {{seconds{0}, 5}};
    stage.ask(2, failed);
    const auto none = stage.ask(3, error_report(30));
    EXPECT_EQ(none.tokens, 0);
    EXPECT_EQ(none.opens_in, seconds{31});
    stage.clock += seconds{31};
    EXPECT_GT(stage.ask(3, error_report(30)).tokens, 20);
}

TEST(Ledger, AfterA420OneProcessTriesForAll) {
    Stage stage;
    auto refused = error_report(0);
    refused.closed_for = seconds{20};
    refused.is_spent = true;
    stage.ask(1, refused);
    EXPECT_GE(stage.ask(2, error_report(5)).closed_for, seconds{20});
    stage.clock += seconds{21};
    EXPECT_TRUE(stage.ask(3, error_report(5)).may_probe);
    EXPECT_FALSE(stage.ask(2, error_report(5)).may_probe);
    auto answered = error_report(5);
    answered.is_reopened = true;
    stage.ask(3, answered);
    EXPECT_GT(stage.ask(2, error_report(5)).tokens, 0);
}

TEST(Ledger, TheErrorLimitTellsHowManyProcessesThereAre) {
    Stage stage;
    for (std::uint64_t holder = 1; holder <= 4; ++holder) {
        stage.ask(holder, error_report(0));
    }
    const auto four = stage.ledger.exchange({1, 99, {error_report(0)}}, stage.clock);
    EXPECT_EQ(four.processes, 4);
    stage.clock += seconds{11};
    const auto one = stage.ledger.exchange({1, 100, {error_report(0)}}, stage.clock);
    EXPECT_EQ(one.processes, 1);
}

TEST(Ledger, AnAccountIsIdleOnceAllOfItHasReturned) {
    Stage stage;
    auto spent = report(10);
    spent.total = 50;
    spent.spendings = {{seconds{0}, 50}};
    stage.ask(1, spent);
    const auto* account = stage.ledger.find(kBucket);
    EXPECT_FALSE(account->is_idle(stage.clock));
    EXPECT_FALSE(account->is_idle(stage.clock + seconds{100}));
    EXPECT_TRUE(account->is_idle(stage.clock + seconds{300}));
}

TEST(Ledger, AReplyThatMakesNoSenseIsKnown) {
    const LedgerRequest request{1, 1, {report(10)}};
    Ledger ledger;
    const auto good = ledger.exchange(request, kStart);
    EXPECT_TRUE(is_plausible(good, request));

    auto bad = good;
    bad.grants.clear();
    EXPECT_FALSE(is_plausible(bad, request));
    bad = good;
    bad.processes = 0;
    EXPECT_FALSE(is_plausible(bad, request));
    bad = good;
    bad.grants.front().tokens = 11;
    EXPECT_FALSE(is_plausible(bad, request));
    bad = good;
    bad.grants.front().opens_in = -seconds{1};
    EXPECT_FALSE(is_plausible(bad, request));
    bad = good;
    bad.grants.front().key = 1;
    EXPECT_FALSE(is_plausible(bad, request));
    bad = good;
    bad.grants.front().confirmed = 1;
    EXPECT_FALSE(is_plausible(bad, request));
}

/// The server's own window, exact to the nanosecond.
class Server {
public:
    Server(std::int64_t tokens, LedgerTime window) : tokens_{tokens}, window_{window} {}

    std::int64_t used(LedgerTime now) {
        while (!spends_.empty() && spends_.front().first + window_ <= now) {
            used_ -= spends_.front().second;
            spends_.pop_front();
        }
        return used_;
    }

    /// What remains after it.
    std::int64_t spend(std::int64_t tokens, LedgerTime now) {
        spends_.emplace_back(now, tokens);
        used_ += tokens;
        return tokens_ - used(now);
    }

private:
    std::int64_t tokens_;
    LedgerTime window_;
    std::deque<std::pair<LedgerTime, std::int64_t>> spends_;
    std::int64_t used_ = 0;
};

/// A process that keeps to its leases, and nothing else.
class Holder {
public:
    explicit Holder(std::uint64_t id) : id_{id} {}

    void ask(Ledger& ledger, LedgerTime now, std::uint32_t wants, bool reply_is_lost) {
        auto what = report(wants);
        what.total = total_;
        for (const auto& [at, tokens] : spends_) {
            what.spendings.push_back({now - at, tokens});
        }
        what.is_complete = !known_;
        what.in_flight = static_cast<std::uint32_t>(flying_.size() * 2);
        what.holds = what.in_flight + purse_;
        what.word = word_;
        if (word_) what.word->age = now - word_at_;
        const auto reply = ledger.exchange({id_, ++number_, {what}}, now);
        if (reply_is_lost) return;
        const auto& granted = reply.grants.front();
        EXPECT_TRUE(is_plausible(reply, {id_, number_, {what}}));
        known_ = !granted.needs_all;
        purse_ += granted.tokens;
        until_ = now + std::chrono::floor<milliseconds>(granted.valid_for);
    }

    void step(Server& server, LedgerTime now, std::mt19937& draw) {
        if (now >= until_) purse_ = 0;
        if (purse_ >= 2 && draw() % 2 == 0) {
            purse_ -= 2;
            flying_.push_back(now + milliseconds{draw() % 300});
        }
        // It is charged somewhere on its way, and told of at its end.
        while (!flying_.empty() && flying_.front() <= now) {
            flying_.pop_front();
            const std::uint32_t cost = draw() % 4 == 0 ? 1 : 2;
            purse_ += 2 - cost;
            total_ += cost;
            spends_.emplace_back(now, cost);
            word_ = ServerWord{.remaining = static_cast<std::uint32_t>(
                                   std::max<std::int64_t>(0, server.spend(cost, now)))};
            word_at_ = now;
        }
        std::erase_if(spends_,
                      [&](const auto& spend) { return spend.first + kWindow <= now; });
    }

    std::int64_t in_flight() const {
        return static_cast<std::int64_t>(flying_.size()) * 2;
    }

    static constexpr LedgerTime kWindow = seconds{100};

private:
    std::uint64_t id_;
    std::uint64_t number_ = 0;
    bool known_ = false;
    std::uint32_t purse_ = 0;
    LedgerTime until_{};
    std::deque<LedgerTime> flying_;
    std::uint64_t total_ = 0;
    std::deque<std::pair<LedgerTime, std::uint32_t>> spends_;
    std::optional<ServerWord> word_;
    LedgerTime word_at_{};
};

class LedgerInterleavings : public testing::TestWithParam<std::uint32_t> {};

// Five processes, in any order, with lost replies and one that is killed and begins
// anew: the server never sees more than the window less its reserve, and the ledger
// never sees a stranger.
TEST_P(LedgerInterleavings, NoneSpendsMoreThanTheReserveLeaves) {
    std::mt19937 draw{GetParam()};
    Ledger ledger;
    Server server{1000, Holder::kWindow};
    std::vector<Holder> holders;
    for (std::uint64_t id = 1; id <= 5; ++id) holders.emplace_back(id);
    std::int64_t most_used = 0;

    for (LedgerTime now = kStart; now < kStart + minutes{6}; now += milliseconds{10}) {
        auto& holder = holders[draw() % holders.size()];
        for (int i = 0; i < 4; ++i) holder.step(server, now, draw);
        if (draw() % 8 == 0) {
            const auto wants = static_cast<std::uint32_t>(draw() % 60);
            holder.ask(ledger, now, wants, draw() % 20 == 0);
        }
        if (draw() % 3000 == 0) holder = Holder{100 + draw() % 1'000'000};

        std::int64_t in_flight = 0;
        for (const auto& one : holders) in_flight += one.in_flight();
        most_used = std::max(most_used, server.used(now) + in_flight);
        ASSERT_LE(server.used(now) + in_flight, 900) << "at " << (now - kStart).count();
    }
    EXPECT_GT(most_used, 850);
    EXPECT_EQ(ledger.find(kBucket)->state().others, 0);
}

INSTANTIATE_TEST_SUITE_P(Seeds, LedgerInterleavings, testing::Range(1U, 41U));

}  // namespace
}  // namespace pyesi::scheduler
