#include "engine_stage.h"

#include <numeric>
#include <random>
#include <sstream>
#include <string_view>

namespace pyesi::engine {
namespace {

using namespace std::chrono_literals;

double total(const std::vector<Timeline::Step>& steps) {
    return std::accumulate(
        steps.begin(), steps.end(), 0.0, [](double sum, const Timeline::Step& step) {
            return sum + step.seconds;
        });
}

double total(const std::vector<Timeline::Step>& steps,
             std::initializer_list<Phase> of) {
    double sum = 0;
    for (const auto& step : steps) {
        if (std::ranges::find(of, step.phase) != of.end()) sum += step.seconds;
    }
    return sum;
}

std::string names(const std::vector<Timeline::Step>& steps) {
    std::string text;
    for (const auto& step : steps) {
        text.append(text.empty() ? "" : ", ").append(name_of(step.phase));
        if (!step.detail.empty()) text.append(" ").append(step.detail);
    }
    return text;
}

/// What takes part of the test's own time is not looked at: some microseconds.
class TimelineTest : public EngineStage {
protected:
    static constexpr double kNear = 0.5;
    static constexpr double kSlow = 0.3;  ///< what a busy machine may add

    std::vector<Timeline::Step> long_steps(Tag tag) {
        const auto& end = ledger_->ends.at(tag);
        if (!end) {
            ADD_FAILURE() << base::name_of(end.failure().kind);
            return {};
        }
        auto steps = answer_to(tag).timeline.steps();
        EXPECT_NEAR(total(steps), base::in_seconds(answer_to(tag).elapsed), 1e-4);
        std::erase_if(steps, [](const auto& step) { return step.seconds < kNear; });
        return steps;
    }

    /// As an item of many, which waits for as long as need be.
    static Call many(Call call) {
        auto options = std::make_shared<Options>();
        options->counted_from_admission = true;
        call.options = std::move(options);
        return call;
    }

    void answer_timed(const transport::TransferTimings& timings, const Reply& told) {
        auto end = reply(told);
        std::get<transport::TransferReply>(end).timings = timings;
        transport_->end_oldest(std::move(end));
        turn();
    }
};

TEST_F(TimelineTest, AFreshAnswerWasLookedUpAndNoMore) {
    ask(system_call());
    answer_oldest({.lifetime = 300});
    const auto tag = ask(system_call());
    EXPECT_EQ(names(answer_to(tag).timeline.steps()), "look_up");
}

TEST_F(TimelineTest, WhatTookNoTimeAtAllWasLookedUp) {
    EXPECT_EQ(names(Timeline{}.steps()), "look_up");
    EXPECT_EQ(total(Timeline{}.steps()), 0.0);
}

TEST_F(TimelineTest, AnAttemptHasThePhasesThatItsTransferTells) {
    const auto tag = ask(system_call());
    turn_clock(9s);
    answer_timed({.pool = 1s, .connect = 2s, .tls = 3s, .first_byte = 5s, .total = 7s},
                 {});

    const auto steps = long_steps(tag);
    EXPECT_EQ(names(steps), "pool, connect, tls, wait, receive");
    const std::vector<double> expected{1, 2, 1, 2, 3};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_NEAR(steps[i].seconds, expected[i], kSlow) << i;
    }
}

TEST_F(TimelineTest, OnAReusedConnectionItBeginsToWaitAtOnce) {
    const auto tag = ask(system_call());
    turn_clock(3s);
    answer_timed({.first_byte = 2s, .total = 3s}, {});
    EXPECT_EQ(names(long_steps(tag)), "wait, receive");
}

TEST_F(TimelineTest, ATransferThatTellsNothingWaited) {
    const auto tag = ask(system_call());
    turn_clock(3s);
    answer_oldest({});
    EXPECT_EQ(names(long_steps(tag)), "wait");
}

TEST_F(TimelineTest, ATransferThatTellsTooMuchIsCutShort) {
    const auto tag = ask(system_call());
    turn_clock(2s);
    answer_timed({.pool = 1s, .first_byte = 90s, .total = 100s}, {});
    EXPECT_EQ(names(long_steps(tag)), "pool, wait");
}

TEST_F(TimelineTest, EachAttemptIsToldAndWhyThereWasAnother) {
    const auto tag = ask(system_call());
    turn_clock(2s);
    answer_oldest({.status = 503});
    turn_clock(5s);
    fail_oldest(base::ErrorKind::ConnectFailed);
    turn_clock(5s);
    turn_clock(1s);
    answer_oldest({});

    EXPECT_EQ(answer_to(tag).attempts, 3);
    EXPECT_EQ(names(long_steps(tag)), "wait, pause 503, pause ConnectFailed, wait");
}

TEST_F(TimelineTest, AWindowThatIsSpentIsNamed) {
    ask(orders_call());
    answer_oldest({.extra_name = "X-Ratelimit-Remaining", .extra_value = "0"});
    auto other = orders_call();
    other.target += "&page=2";
    const auto held = ask(many(std::move(other)), 1h);
    turn_clock(800s);
    ASSERT_EQ(under_way(), 0U);
    turn_clock(101s);
    ASSERT_EQ(under_way(), 1U);
    answer_oldest({});
    EXPECT_EQ(names(long_steps(held)), "gate rate_limit_window");
}

TEST_F(TimelineTest, AnErrorLimitThatIsSpentIsNamed) {
    ask(system_call(1));
    answer_oldest(
        {.status = 420, .extra_name = "X-ESI-Error-Limit-Reset", .extra_value = "20"});
    const auto held = ask(system_call(2));
    turn_clock(21s);
    while (!has_ended(held)) {
        if (under_way() == 0) turn_clock(100ms);
        if (under_way() > 0) answer_oldest({});
    }
    EXPECT_EQ(names(long_steps(held)), "gate error_limit");
}

TEST_F(TimelineTest, WhoWaitsForASlotIsToldSo) {
    config_.max_in_flight = 1;
    ask(system_call(1));
    const auto second = ask(system_call(2));
    turn_clock(4s);
    answer_oldest({});
    turn_clock(2s);
    answer_oldest({});
    EXPECT_EQ(names(long_steps(second)), "gate concurrency, wait");
}

TEST_F(TimelineTest, AHostThatIsDownIsNamed) {
    config_.breaker.failures_in_a_row = 1;
    config_.breaker.recovery_timeout = 10s;
    config_.retry.max_attempts = 1;
    ask(system_call(1));
    fail_oldest(base::ErrorKind::ConnectFailed);
    const auto held = ask(many(system_call(2)), 100s);
    turn_clock(11s);
    ASSERT_EQ(under_way(), 1U);
    answer_oldest({});
    EXPECT_EQ(names(long_steps(held)), "gate breaker");
}

TEST_F(TimelineTest, TwoGatesAreToldApart) {
    config_.max_in_flight = 1;
    ask(system_call(1));
    answer_oldest(
        {.status = 420, .extra_name = "X-ESI-Error-Limit-Reset", .extra_value = "10"});
    ask(system_call(2), 100s);
    const auto last = ask(system_call(3), 100s);
    turn_clock(11s);
    while (!has_ended(last)) {
        turn_clock(1s);
        if (under_way() > 0) answer_oldest({});
    }
    const auto steps = long_steps(last);
    ASSERT_GE(steps.size(), 2U);
    EXPECT_EQ(name_of(steps[0].phase) + (" " + steps[0].detail), "gate error_limit");
    EXPECT_EQ(name_of(steps[1].phase) + (" " + steps[1].detail), "gate concurrency");
}

TEST_F(TimelineTest, WhoJoinsAFlightIsToldWhatItWaitedIn) {
    config_.max_in_flight = 1;
    ask(system_call(1));
    const auto first = ask(system_call(2));
    turn_clock(1s);
    const auto second = ask(system_call(2));
    turn_clock(2s);
    answer_oldest({});
    const auto third = ask(system_call(2));
    turn_clock(1s);
    answer_oldest({});

    EXPECT_EQ(names(long_steps(first)), "gate concurrency, wait");
    EXPECT_EQ(names(long_steps(second)), "coalesced gate concurrency");
    EXPECT_EQ(names(long_steps(third)), "coalesced wait");
    EXPECT_NEAR(total(long_steps(second)), 3, kSlow);
}

TEST_F(TimelineTest, ALargeBodyIsDecodedBeforeItIsStored) {
    const auto tag = ask(system_call());
    answer_oldest({.body = std::string(1'000'000, 'x')});
    const auto steps = answer_to(tag).timeline.steps();
    EXPECT_NE(names(steps).find("decode, store"), std::string::npos) << names(steps);
}

TEST_F(TimelineTest, AnOldAnswerThatStandsInIsToldByWhatItReplaces) {
    ask(system_call());
    answer_oldest({.lifetime = 10});
    turn_clock(20s);
    config_.retry.max_attempts = 1;
    const auto tag = ask(system_call());
    turn_clock(3s);
    fail_oldest(base::ErrorKind::ConnectTimedOut);
    EXPECT_EQ(answer_to(tag).source, Source::Stale);
    EXPECT_EQ(names(long_steps(tag)), "connect");
}

TEST_F(TimelineTest, AWaitingRequestIsNotMuchHeavierForIt) {
    EXPECT_LE(sizeof(FlightTimes) + sizeof(Waiter::joined_at) +
                  sizeof(scheduler::Record::held_before),
              40U);
}

/// One schedule: what happens next is drawn.
class DrawnTimelines final : public EngineStage {
public:
    explicit DrawnTimelines(unsigned seed) : chance_{seed} {
        config_.max_in_flight = 1 + static_cast<int>(draw(3));
        config_.retry.max_attempts = 1 + static_cast<int>(draw(3));
        config_.breaker.failures_in_a_row = draw(4);
        ledger_->then = [this](Tag tag) { look_at(tag); };
    }

    void run(int steps) {
        for (int step = 0; step < steps && !HasFailure(); ++step) take_step();
        while (under_way() > 0 && !HasFailure()) end_one();
    }

    std::string story() const { return story_.str(); }
    int sent() const { return sent_; }
    int coalesced() const { return coalesced_; }

private:
    void TestBody() override {}

    unsigned draw(unsigned count) { return static_cast<unsigned>(chance_() % count); }

    base::Duration draw_length() { return std::chrono::milliseconds{draw(3'000)}; }

    void take_step() {
        switch (draw(8)) {
            case 0:
            case 1:
            case 2: ask_one(); return;
            case 3:
                dispatcher_->cancel(1 + draw(static_cast<unsigned>(last_tag_ + 1)));
                turn();
                return;
            case 4:
            case 5: pass(draw_length() + 1s); return;
            default:
                if (under_way() > 0) end_one();
                return;
        }
    }

    void ask_one() {
        auto call = system_call(static_cast<int>(draw(5)));
        const auto url = profile_->base_url() + call.target;
        // Of a flight that is over nothing is left to count.
        if (!dispatcher_->flights().can_join(dispatcher_->key_of(call))) {
            on_the_wire_.erase(url);
        }
        url_of_[last_tag_ + 1] = url;
        story_ << "ask " << last_tag_ + 1 << ' ' << call.target << '\n';
        ask(std::move(call), draw(4) == 0 ? 5s : 300s);
    }

    void pass(base::Duration length) {
        story_ << "pass " << base::in_seconds(length) << '\n';
        for (const auto& started : transport_->open()) {
            on_the_wire_[started.request.url] += base::in_seconds(length);
        }
        turn_clock(length);
    }

    void end_one() {
        if (draw(4) == 0) {
            story_ << "lose " << oldest().url << '\n';
            fail_oldest(draw(2) == 0 ? base::ErrorKind::ConnectFailed
                                     : base::ErrorKind::ConnectionLost);
            return;
        }
        static const std::vector<int> statuses = {200, 200, 200, 503, 404, 420, 429};
        const auto status = statuses[draw(static_cast<unsigned>(statuses.size()))];
        story_ << "answer " << oldest().url << ' ' << status << '\n';
        auto end = reply({.status = status,
                          .body = std::string(draw(2) * 20'000 + 2, 'x'),
                          .lifetime = static_cast<int>(draw(20)),
                          .extra_name = "Retry-After",
                          .extra_value = std::to_string(draw(5))});
        std::get<transport::TransferReply>(end).timings = draw_timings();
        transport_->end_oldest(std::move(end));
        turn();
    }

    /// In the order that libcurl would tell them in, or none; true or not.
    transport::TransferTimings draw_timings() {
        transport::TransferTimings timings;
        if (draw(3) == 0) return timings;
        timings.pool = draw_length();
        if (draw(2) == 0) {
            timings.connect = draw_length();
            timings.tls = timings.connect + draw_length();
        }
        timings.first_byte = timings.tls + draw_length();
        timings.total = timings.first_byte + draw_length();
        return timings;
    }

    void look_at(Tag tag) {
        const auto& end = ledger_->ends.at(tag);
        if (!end) return;
        const auto steps = end->timeline.steps();
        const auto elapsed = base::in_seconds(end->elapsed);
        const auto what = names(steps);
        EXPECT_NEAR(total(steps), elapsed, elapsed * 1e-5 + 1e-8)
            << tag << ": " << what;
        for (const auto& step : steps)
            EXPECT_GT(step.seconds, 0) << tag << ": " << what;
        EXPECT_EQ(steps.front().phase, Phase::LookUp) << tag << ": " << what;
        if (total(steps, {Phase::Coalesced}) > 0) {
            ++coalesced_;
            EXPECT_EQ(steps.size(), 2U) << tag << ": " << what;
            return;
        }
        if (end->attempts == 0 || end->source == Source::Fresh) return;
        ++sent_;
        const auto pauses =
            std::ranges::count(steps, Phase::Pause, &Timeline::Step::phase);
        EXPECT_LE(pauses, end->attempts) << tag << ": " << what;
        const auto on_the_wire = total(
            steps,
            {Phase::Pool, Phase::Connect, Phase::Tls, Phase::Wait, Phase::Receive});
        EXPECT_NEAR(on_the_wire, on_the_wire_[url_of_.at(tag)], 0.5)
            << tag << ": " << what;
    }

    std::mt19937 chance_;
    std::map<Tag, std::string> url_of_;
    std::map<std::string, double> on_the_wire_;  ///< of the flight for that URL
    std::stringstream story_;
    int sent_ = 0;
    int coalesced_ = 0;
};

// The law of timelines: the phases of an answer make up its whole time, whatever
// happened to it; and what it spent on the wire is told as that.
TEST(Timelines, PhasesMakeUpTheWholeInEverySchedule) {
    int sent = 0;
    int coalesced = 0;
    for (unsigned seed = 0; seed < 150; ++seed) {
        DrawnTimelines drawn{seed};
        drawn.run(60);
        sent += drawn.sent();
        coalesced += drawn.coalesced();
        ASSERT_FALSE(DrawnTimelines::HasFailure()) << "seed " << seed << '\n'
                                                   << drawn.story();
    }
    EXPECT_GT(sent, 300);
    EXPECT_GT(coalesced, 50);
}

}  // namespace
}  // namespace pyesi::engine
