#include "scheduler/circuit_breaker.h"

#include "scheduler/making.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <deque>
#include <random>
#include <utility>

namespace pyesi::scheduler {
namespace {

using namespace making;
using Answer = Admission::Answer;
using Phase = BreakerState::Phase;

Outcome status(int code) {
    return answered(code, {}, 0);
}

/// Sends and ends requests one after the other.
class Upstream {
public:
    explicit Upstream(const CircuitBreaker::Settings& settings = {})
        : breaker{settings} {}

    Admission ask(base::TimePoint now) const {
        return breaker.admit(ticket_for(market_orders()), now);
    }

    Ticket send(base::TimePoint now) {
        EXPECT_TRUE(ask(now).is_now());
        const auto ticket = sent_ticket(market_orders(), now);
        breaker.on_sent(ticket, now);
        return ticket;
    }

    void exchange(const Outcome& outcome, base::TimePoint now) {
        breaker.on_outcome(send(now), outcome, now);
    }

    Phase phase(base::TimePoint now) const { return breaker.state(now).phase; }

    CircuitBreaker breaker;
};

/// One that twenty failures have opened, at 0 s.
class OpenUpstream : public Upstream {
public:
    explicit OpenUpstream(const CircuitBreaker::Settings& settings = {})
        : Upstream{settings} {
        for (int count = 0; count < 20; ++count) exchange(status(503), at(seconds{0}));
        EXPECT_EQ(phase(at(seconds{0})), Phase::Open);
    }
};

TEST(CircuitBreaker, OpensWhereHalfOfEnoughRequestsFailed) {
    Upstream upstream;
    for (int count = 0; count < 9; ++count) {
        upstream.exchange(status(502), at(seconds{count}));
        upstream.exchange(status(200), at(seconds{count}));
    }
    upstream.exchange(status(200), at(seconds{9}));
    EXPECT_EQ(upstream.phase(at(seconds{9})), Phase::Closed) << "19 are too few";
    upstream.exchange(status(502), at(seconds{9}));
    EXPECT_EQ(upstream.phase(at(seconds{9})), Phase::Open);
    EXPECT_EQ(upstream.breaker.state(at(seconds{10})).opens_for, seconds{14});
}

TEST(CircuitBreaker, FailuresOfLongAgoDoNotCount) {
    Upstream upstream;
    for (int count = 0; count < 19; ++count) {
        upstream.exchange(status(503), at(seconds{0}));
    }
    upstream.exchange(status(503), at(seconds{31}));
    EXPECT_EQ(upstream.phase(at(seconds{31})), Phase::Closed);
}

TEST(CircuitBreaker, ManyInARowOpenItWhereThatIsAskedFor) {
    Upstream upstream{{.failures_in_a_row = 5}};
    for (int count = 0; count < 4; ++count) {
        upstream.exchange(lost(), at(seconds{0}));
    }
    upstream.exchange(status(404), at(seconds{0}));
    for (int count = 0; count < 4; ++count) {
        upstream.exchange(lost(), at(seconds{1}));
    }
    EXPECT_EQ(upstream.phase(at(seconds{1})), Phase::Closed);
    upstream.exchange(lost(), at(seconds{1}));
    EXPECT_EQ(upstream.phase(at(seconds{1})), Phase::Open);
}

TEST(CircuitBreaker, ThreeInARowAreEnoughWhileADowntimeIsExpected) {
    Upstream upstream;
    upstream.breaker.expect_downtime(true);
    upstream.exchange(status(503), at(seconds{0}));
    upstream.exchange(status(503), at(seconds{0}));
    EXPECT_FALSE(upstream.breaker.is_shut(at(seconds{0})));
    upstream.exchange(status(503), at(seconds{0}));
    EXPECT_TRUE(upstream.breaker.is_shut(at(seconds{0})));
}

TEST(CircuitBreaker, LimitsAndOtherErrorsAreAnswersOfAHostThatIsWell) {
    Upstream upstream;
    for (const auto code : {420, 429, 520, 500, 404, 403, 200, 304}) {
        for (int count = 0; count < 40; ++count) {
            upstream.exchange(status(code), at(seconds{0}));
        }
    }
    EXPECT_EQ(upstream.phase(at(seconds{0})), Phase::Closed);
}

TEST(CircuitBreaker, NoConnectionIsAFailureAndAWithdrawalIsNone) {
    Upstream upstream;
    for (int count = 0; count < 40; ++count) {
        upstream.exchange(never_sent(), at(seconds{0}));
        upstream.exchange(given_up(), at(seconds{0}));
    }
    EXPECT_EQ(upstream.phase(at(seconds{0})), Phase::Closed);
    for (int count = 0; count < 20; ++count) {
        upstream.exchange(failed(base::ErrorKind::ConnectFailed, true), at(seconds{0}));
    }
    EXPECT_EQ(upstream.phase(at(seconds{0})), Phase::Open);
}

TEST(CircuitBreaker, AnAnswerThatNeverComesIsAFailure) {
    Upstream upstream;
    std::deque<Ticket> hanging;
    for (int count = 0; count < 20; ++count) {
        hanging.push_back(upstream.send(at(seconds{0})));
    }
    for (const auto& ticket : hanging) {
        upstream.breaker.on_outcome(ticket, given_up(), at(seconds{10}));
    }
    EXPECT_EQ(upstream.phase(at(seconds{10})), Phase::Open);
}

TEST(CircuitBreaker, OpenItLetsNobodyThroughUntilOneMayTry) {
    OpenUpstream upstream;
    const auto admission = upstream.ask(at(seconds{14}));
    EXPECT_EQ(admission.answer, Answer::NotBefore);
    EXPECT_EQ(admission.at, at(seconds{15}));

    upstream.send(at(seconds{15}));
    EXPECT_EQ(upstream.phase(at(seconds{15})), Phase::HalfOpen);
    EXPECT_EQ(upstream.ask(at(seconds{15})).answer, Answer::WhenSlotFrees);
}

TEST(CircuitBreaker, AProbeThatEndsWellBeginsTheRecoveryWhichDoublesEachSecond) {
    OpenUpstream upstream;
    upstream.exchange(status(200), at(seconds{15}));
    EXPECT_EQ(upstream.phase(at(seconds{15})), Phase::Recovering);
    for (const auto& [second, allowed] : {std::pair{0, 2}, {1, 4}, {2, 8}}) {
        OpenUpstream copy;
        copy.exchange(status(200), at(seconds{15}));
        int sent = 0;
        while (copy.ask(at(seconds{15 + second})).is_now() && sent < 1000) {
            copy.send(at(seconds{15 + second}));
            ++sent;
        }
        EXPECT_EQ(sent, allowed) << second;
    }
    EXPECT_EQ(upstream.phase(at(seconds{25})), Phase::Closed);
}

TEST(CircuitBreaker, AProbeThatFailsOpensItAgain) {
    OpenUpstream upstream;
    upstream.exchange(status(504), at(seconds{15}));
    EXPECT_EQ(upstream.phase(at(seconds{29})), Phase::Open);
    EXPECT_EQ(upstream.phase(at(seconds{30})), Phase::HalfOpen);
    EXPECT_EQ(upstream.breaker.state(at(seconds{30})).times_opened, 2U);
}

TEST(CircuitBreaker, AProbeThatIsCancelledOpensItAgain) {
    OpenUpstream upstream;
    upstream.exchange(given_up(), at(seconds{15}));
    EXPECT_EQ(upstream.phase(at(seconds{15})), Phase::Open);
}

TEST(CircuitBreaker, AProbeThatWasNeverSentLeavesItsPlaceToAnother) {
    OpenUpstream upstream;
    upstream.exchange(never_sent(), at(seconds{15}));
    EXPECT_EQ(upstream.phase(at(seconds{15})), Phase::HalfOpen);
    EXPECT_TRUE(upstream.ask(at(seconds{15})).is_now());
}

TEST(CircuitBreaker, AProbeThatHangsDoesNotKeepOthersFromTrying) {
    OpenUpstream upstream;
    const auto hanging = upstream.send(at(seconds{15}));
    EXPECT_FALSE(upstream.ask(at(seconds{29})).is_now());
    upstream.exchange(status(200), at(seconds{30}));
    EXPECT_EQ(upstream.phase(at(seconds{30})), Phase::Recovering);

    upstream.breaker.on_outcome(hanging, lost(), at(seconds{31}));
    EXPECT_EQ(upstream.phase(at(seconds{31})), Phase::Recovering) << "too late";
}

TEST(CircuitBreaker, SeveralProbesMustAllEndWellWhereSeveralAreAskedFor) {
    OpenUpstream upstream{{.half_open_max_calls = 3}};
    const auto first = upstream.send(at(seconds{15}));
    const auto second = upstream.send(at(seconds{15}));
    const auto third = upstream.send(at(seconds{15}));
    EXPECT_FALSE(upstream.ask(at(seconds{15})).is_now());
    upstream.breaker.on_outcome(first, status(200), at(seconds{16}));
    upstream.breaker.on_outcome(second, status(200), at(seconds{16}));
    EXPECT_EQ(upstream.phase(at(seconds{16})), Phase::HalfOpen);
    EXPECT_FALSE(upstream.ask(at(seconds{16})).is_now()) << "three are three";
    upstream.breaker.on_outcome(third, status(200), at(seconds{17}));
    EXPECT_EQ(upstream.phase(at(seconds{17})), Phase::Recovering);
}

TEST(CircuitBreaker, WhatWasSentBeforeItOpenedSaysNothingAfterwards) {
    Upstream upstream;
    const auto late = upstream.send(at(seconds{0}));
    for (int count = 0; count < 20; ++count) {
        upstream.exchange(status(503), at(seconds{1}));
    }
    upstream.breaker.on_outcome(late, status(200), at(seconds{2}));
    EXPECT_EQ(upstream.phase(at(seconds{2})), Phase::Open);
}

TEST(CircuitBreaker, SwitchedOffItLetsEverybodyThrough) {
    Upstream upstream{{.enabled = false}};
    for (int count = 0; count < 100; ++count) {
        upstream.exchange(status(503), at(seconds{0}));
    }
    EXPECT_EQ(upstream.phase(at(seconds{0})), Phase::Closed);
}

Outcome outcome_of(std::uint_fast32_t draw, bool is_down) {
    if (draw == 0) return given_up();
    if (draw == 1) return never_sent();
    return status(is_down ? 503 : 200);
}

// Whatever ends when and how: it is never shut for longer than the recovery and a
// probe's silence take, and half open never lets through more than it may.
TEST(CircuitBreaker, IsNeverStuckAndNeverFloodsAHostThatRecovers) {
    for (unsigned seed = 0; seed < 200; ++seed) {
        std::mt19937 random{seed};
        const CircuitBreaker::Settings settings{.half_open_max_calls = 1 + seed % 3};
        Upstream upstream{settings};
        std::deque<Ticket> open;
        auto now = at(seconds{0});
        auto let_through_at = now;
        for (int step = 0; step < 3000; ++step) {
            now += milliseconds{random() % 400};
            const bool is_down = (now.time_since_epoch() / minutes{1}) % 2 == 0;
            if (upstream.ask(now).is_now()) {
                let_through_at = now;
                open.push_back(upstream.send(now));
            }
            ASSERT_LE(now - let_through_at, seconds{31}) << "seed " << seed;
            if (open.empty() || random() % 4 == 0) continue;
            const auto ticket = open.front();
            open.pop_front();
            upstream.breaker.on_outcome(
                ticket, outcome_of(random() % 20, is_down), now);
        }
    }
}

}  // namespace
}  // namespace pyesi::scheduler
