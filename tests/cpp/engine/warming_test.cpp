#include "engine/warming.h"

#include "engine_stage.h"

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

namespace pyesi::engine {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr base::Duration kEvery = seconds{60};

class WarmingStage : public EngineStage {
protected:
    Call quietly(Call call) const {
        auto options = std::make_shared<Options>();
        if (call.options) *options = *call.options;
        options->priority = scheduler::Priority::Warming;
        options->accept_stale = false;
        options->counted_from_admission = true;
        call.options = std::move(options);
        return call;
    }

    std::shared_ptr<const WarmingTally> warm(std::vector<Call> calls,
                                             std::optional<base::Duration> every,
                                             std::size_t at_once = 5) {
        for (auto& call : calls) call = quietly(std::move(call));
        warming_ = ++last_tag_;
        auto warming = std::make_shared<Warming>(
            warming_,
            ledger_,
            std::move(calls),
            Warming::Settings{.at_once = at_once, .plan = {.every = every}});
        auto tally = warming->tally();
        dispatcher_->enter(std::move(warming));
        turn();
        return tally;
    }

    std::vector<Call> systems(int count) const {
        std::vector<Call> calls;
        for (int id = 0; id < count; ++id) calls.push_back(system_call(30000001 + id));
        return calls;
    }

    /// As the application does: it is answered from the cache.
    void use(int id = 30000001) { ask(system_call(id)); }

    /// Past an answer's usual lifetime and the slack behind it.
    void turn_past_expiry() { turn_clock(minutes{5} + seconds{3}); }

    Tag warming_ = 0;
};

TEST_F(WarmingStage, OneRoundLoadsWhatIsMissingAndTellsIt) {
    const auto tally = warm(systems(2), std::nullopt);
    ASSERT_EQ(under_way(), 2U);
    answer_oldest({});
    EXPECT_FALSE(ledger_->warming);
    answer_oldest({});

    const auto& report = ledger_->warming.value().value();
    EXPECT_EQ(report.requests, 2U);
    EXPECT_EQ(report.requested, 2U);
    EXPECT_EQ(report.changed, 2U);
    EXPECT_FALSE(tally->report().running);
    EXPECT_EQ(ledger_->told[warming_], 1);
}

TEST_F(WarmingStage, OneRoundAsksForNothingThatIsFresh) {
    use();
    answer_oldest({});
    warm(systems(1), std::nullopt);
    EXPECT_EQ(under_way(), 0U);
    EXPECT_EQ(ledger_->warming.value().value().fresh, 1U);
    EXPECT_EQ(ledger_->warming.value().value().requested, 0U);
}

TEST_F(WarmingStage, OneRoundValidatesWhatHasExpired) {
    use();
    answer_oldest({});
    turn_past_expiry();
    warm(systems(1), std::nullopt);
    ASSERT_EQ(under_way(), 1U);
    EXPECT_EQ(oldest().headers.find("If-None-Match"), "\"tag\"");
    answer_oldest({.status = 304});
    EXPECT_EQ(ledger_->warming.value().value().revalidated, 1U);
}

TEST_F(WarmingStage, ARoundOfNothingEndsAtOnce) {
    warm({}, std::nullopt);
    EXPECT_EQ(ledger_->warming.value().value().requests, 0U);
}

TEST_F(WarmingStage, AtMostSoManyAreUnderWayAtOnce) {
    const auto tally = warm(systems(7), std::nullopt, 3);
    EXPECT_EQ(under_way(), 3U);
    for (int answer = 0; answer < 4; ++answer) {
        answer_oldest({});
        EXPECT_EQ(under_way(), 3U);
    }
    for (int answer = 0; answer < 3; ++answer) answer_oldest({});
    EXPECT_EQ(ledger_->warming.value().value().changed, 7U);
}

TEST_F(WarmingStage, WhatIsUsedIsRefreshedJustAfterItsExpiry) {
    const auto tally = warm(systems(1), kEvery);
    answer_oldest({});
    use();
    turn_clock(minutes{5});
    EXPECT_EQ(under_way(), 0U);
    turn_clock(seconds{1});
    EXPECT_EQ(under_way(), 0U);
    turn_clock(seconds{2});
    ASSERT_EQ(under_way(), 1U);
    answer_oldest({.status = 304});
    EXPECT_EQ(tally->report().revalidated, 1U);

    const auto hit = ask(system_call(30000001));
    EXPECT_EQ(answer_to(hit).source, Source::Fresh);
}

TEST_F(WarmingStage, WhatNobodyUsesIsNotAskedForAgain) {
    const auto tally = warm(systems(2), kEvery);
    answer_oldest({});
    answer_oldest({});
    use(30000001);
    for (int hour = 0; hour < 20; ++hour) {
        turn_past_expiry();
        if (under_way() > 0) answer_oldest({.status = 304});
        EXPECT_EQ(under_way(), 0U);
    }
    const auto report = tally->report();
    EXPECT_EQ(report.requested, 3U);
    EXPECT_EQ(report.idle, 2U);
    EXPECT_EQ(report.skipped, 2U);
    EXPECT_TRUE(report.running);
}

TEST_F(WarmingStage, WhatIsUsedAgainIsWarmedAgain) {
    const auto tally = warm(systems(1), kEvery);
    answer_oldest({});
    turn_past_expiry();
    ASSERT_EQ(tally->report().idle, 1U);

    use();
    answer_oldest({});
    turn_clock(kEvery);
    EXPECT_EQ(tally->report().idle, 0U);
    turn_past_expiry();
    EXPECT_EQ(under_way(), 1U);
}

TEST_F(WarmingStage, ItsRequestsGoAfterAllOthers) {
    config_.max_in_flight = 20;
    warm(systems(40), std::nullopt, 40);
    ASSERT_EQ(under_way(), 20U);
    const auto mine = ask(orders_call());
    answer_oldest({});
    EXPECT_EQ(transport_->open().back().request.url,
              profile_->url_of(orders_call().target));
    EXPECT_FALSE(has_ended(mine));
}

TEST_F(WarmingStage, AnErrorOfTheRequestsOwnIsNotMetTwice) {
    const auto tally = warm(systems(1), kEvery);
    answer_oldest({.status = 404, .body = "{\"error\": \"no\"}"});
    use();
    for (int hour = 0; hour < 5; ++hour) turn_clock(std::chrono::hours{1});
    EXPECT_EQ(under_way(), 0U);
    EXPECT_EQ(tally->report().failed, 1U);
    EXPECT_EQ(tally->report().dropped, 1U);
}

TEST_F(WarmingStage, WhatFailedIsTriedAgainAfterEvery) {
    config_.max_attempts = 1;
    const auto tally = warm(systems(1), kEvery);
    answer_oldest({.status = 502});
    EXPECT_EQ(tally->report().failed, 1U);
    turn_clock(kEvery);
    ASSERT_EQ(under_way(), 1U);
    answer_oldest({});
    EXPECT_EQ(tally->report().changed, 1U);
}

TEST_F(WarmingStage, StoppingEndsWhatIsUnderWay) {
    const auto tally = warm(systems(9), kEvery, 3);
    ASSERT_EQ(under_way(), 3U);
    dispatcher_->cancel(warming_);
    turn();
    EXPECT_FALSE(tally->report().running);
    EXPECT_EQ(ledger_->warming.value().failure().kind, base::ErrorKind::Cancelled);
    dispatcher_->cancel(warming_);
    turn();
    EXPECT_EQ(ledger_->told[warming_], 1);
}

TEST_F(WarmingStage, StoppingEndsAPause) {
    const auto tally = warm(systems(1), kEvery);
    answer_oldest({});
    dispatcher_->cancel(warming_);
    EXPECT_FALSE(tally->report().running);
}

TEST_F(WarmingStage, ClosingEndsIt) {
    const auto tally = warm(systems(9), kEvery, 3);
    dispatcher_->close();
    turn();
    EXPECT_FALSE(tally->report().running);
    EXPECT_EQ(ledger_->warming.value().failure().kind, base::ErrorKind::ClientClosed);

    const auto late = warm(systems(1), kEvery);
    EXPECT_FALSE(late->report().running);
    EXPECT_EQ(ledger_->told[warming_], 1);
}

TEST_F(WarmingStage, ACallerJoinsARefreshThatIsUnderWay) {
    warm(systems(1), kEvery);
    const auto mine = ask(system_call(30000001));
    EXPECT_EQ(under_way(), 1U);
    answer_oldest({});
    EXPECT_EQ(answer_to(mine).status(), 200);
}

TEST_F(WarmingStage, WhoJoinsARefreshThatWaitsNeedNotWaitAsLong) {
    config_.max_in_flight = 1;
    const auto first = ask(orders_call());
    warm(systems(3), std::nullopt);
    const auto mine = ask(system_call(30000003));
    answer_oldest({});
    ASSERT_EQ(under_way(), 1U);
    EXPECT_EQ(oldest().url, profile_->url_of(system_call(30000003).target));
    answer_oldest({});
    EXPECT_TRUE(has_ended(first));
    EXPECT_EQ(answer_to(mine).status(), 200);

    // Once: the others, and the warming, go on as they did.
    for (int left = 0; left < 2; ++left) answer_oldest({});
    EXPECT_EQ(ledger_->warming.value().value().changed, 3U);
    EXPECT_EQ(transport_->started_count(), 4U);
}

TEST_F(WarmingStage, WhoGivesUpAfterJoiningLeavesTheRefreshToTheWarming) {
    config_.max_in_flight = 1;
    ask(orders_call());
    warm(systems(1), std::nullopt);
    const auto mine = ask(system_call(30000001));
    dispatcher_->cancel(mine);
    answer_oldest({});
    answer_oldest({});
    EXPECT_EQ(failure_of(mine), base::ErrorKind::Cancelled);
    EXPECT_EQ(ledger_->warming.value().value().changed, 1U);
}

TEST_F(WarmingStage, ThousandsOfLooksLetOthersHaveTheirTurn) {
    const auto calls = systems(1'500);
    for (const auto& call : calls) ask(call);
    while (under_way() > 0) answer_oldest({});
    const auto tally = warm(calls, kEvery);
    while (tally->report().fresh < calls.size())
        turn_clock(std::chrono::milliseconds{1});
    EXPECT_EQ(under_way(), 0U);
    EXPECT_EQ(tally->report().requested, 0U);
}

TEST_F(WarmingStage, TwoWarmingsOfOneRequestAskOnce) {
    const auto one = warm(systems(1), kEvery);
    const auto other = warm(systems(1), kEvery);
    EXPECT_EQ(under_way(), 1U);
    answer_oldest({});
    use();
    turn_past_expiry();
    EXPECT_EQ(under_way(), 1U);
}

}  // namespace
}  // namespace pyesi::engine
