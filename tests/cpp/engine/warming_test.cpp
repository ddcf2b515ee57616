#include "engine/warming.h"

#include "engine_stage.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
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
        calls.reserve(static_cast<std::size_t>(count));
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
    answer_oldest({.status = 404, .body = R"({"error": "no"})"});
    use();
    for (int hour = 0; hour < 5; ++hour) turn_clock(std::chrono::hours{1});
    EXPECT_EQ(under_way(), 0U);
    EXPECT_EQ(tally->report().failed, 1U);
    EXPECT_EQ(tally->report().dropped, 1U);
}

TEST_F(WarmingStage, WhatFailedIsTriedAgainAfterEvery) {
    config_.retry.max_attempts = 1;
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

/// Uses, answers of every kind, evictions and turns of the clock, as chance has it. The
/// application's own requests are answered before time goes on, so whatever is begun by
/// a turn of the clock or by an answer is the warming's.
// NOLINTNEXTLINE(misc-multiple-inheritance): gtest's way to a fixture with a parameter
class RandomWarming : public WarmingStage,
                      public ::testing::WithParamInterface<std::uint32_t> {
protected:
    static constexpr int kRequests = 6;

    RandomWarming() : chance_{GetParam()} { config_.retry.max_attempts = 1; }

    int draw(int least, int most) {
        return std::uniform_int_distribution{least, most}(chance_);
    }

    void answer_all() {
        while (under_way() > 0) {
            const auto url = oldest().url;
            const bool fails = draw(1, 8) == 1;
            const int lifetime = draw(0, 2) * draw(1, 300);
            if (!fails) expiries_[url] = clock_.now() + seconds{lifetime};
            const int good = is_conditional() ? 304 : 200;
            const int status = fails ? 502 : good;
            answer_oldest({.status = status, .lifetime = lifetime});
            look_at_new(seconds{2});
        }
    }

    bool is_conditional() const {
        return oldest().headers.find("If-None-Match").has_value();
    }

    /// What was begun since the last look came no sooner than so long after its expiry.
    void look_at_new(base::Duration slack) {
        const auto& open = transport_->open();
        const auto begun = transport_->started_count() - seen_;
        seen_ = transport_->started_count();
        ASSERT_LE(begun, open.size());
        for (auto place = open.size() - begun; place < open.size(); ++place) {
            const auto told = expiries_.find(open[place].request.url);
            if (told == expiries_.end()) continue;
            EXPECT_GE(clock_.now(), told->second + slack);
            ++refreshes_;
        }
    }

    std::minstd_rand chance_;
    std::map<std::string, base::TimePoint> expiries_;
    std::size_t seen_ = 0;
    int refreshes_ = 0;
};

TEST_P(RandomWarming, NothingIsAskedForBeforeItsExpiryAndTheSlackBehindIt) {
    const auto tally = warm(systems(kRequests), kEvery);
    look_at_new(seconds{2});
    for (int step = 0; step < 400; ++step) {
        answer_all();
        use(30000001 + draw(0, kRequests - 1));
        look_at_new(seconds{0});
        answer_all();
        turn_clock(std::chrono::milliseconds{draw(1, 40'000)});
        look_at_new(seconds{2});
    }
    answer_all();
    const auto report = tally->report();
    EXPECT_GT(refreshes_, 50);
    EXPECT_EQ(report.requested, report.revalidated + report.changed + report.failed);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomWarming, ::testing::Range(1U, 21U));

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
