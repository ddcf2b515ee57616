#include "scheduler/held.h"

#include "scheduler/making.h"
#include "scheduler/scheduler.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace pyesi::scheduler {
namespace {

using namespace making;  // NOLINT(google-build-using-namespace)

/// A scheduler of one slot, whose tickets come and go at given instants.
class HeldTest : public testing::Test {
protected:
    HeldTest() {
        CircuitBreaker::Settings breaker;
        breaker.failures_in_a_row = 1;
        breaker.recovery_timeout = seconds{10};
        scheduler_.add_upstream({"https://esi.evetech.net", limits_, 1, breaker});
    }

    void submit(const RouteLimit& limit, std::uint64_t id, base::Duration when) {
        scheduler_.submit(ticket_for(limit, id), at(when));
    }

    std::vector<Verdict> drain(base::Duration when) {
        std::vector<Verdict> verdicts;
        scheduler_.drain(at(when), verdicts);
        return verdicts;
    }

    void end(std::uint64_t id, const Outcome& outcome, base::Duration when) {
        scheduler_.on_outcome(id, outcome, at(when));
    }

    static Outcome error_limited(int for_seconds) {
        LimitHeaders told;
        told.error_reset = seconds{for_seconds};
        return answered(420, told, 0);
    }

    std::shared_ptr<OriginLimits> limits_ = std::make_shared<OriginLimits>();
    Scheduler scheduler_;
};

TEST_F(HeldTest, WhatGoesAtOnceWasHeldByNothing) {
    submit(universe_types(), 1, seconds{0});
    const auto verdicts = drain(seconds{0});
    ASSERT_EQ(verdicts.size(), 1U);
    EXPECT_EQ(verdicts[0].held.by_limits, base::Duration{0});
    EXPECT_EQ(verdicts[0].held.shut_since, verdicts[0].held.shut_until);
    EXPECT_LT(verdicts[0].held.full_at, at(seconds{0}));
}

TEST_F(HeldTest, WhatWaitsForASlotIsToldWhenThereWasNone) {
    submit(universe_types(), 1, seconds{0});
    submit(universe_types(), 2, seconds{0});
    drain(seconds{0});
    end(1, answered(200, {}, 0), seconds{5});
    const auto verdicts = drain(seconds{5});
    ASSERT_EQ(verdicts.size(), 1U);
    EXPECT_EQ(verdicts[0].held.full_at, at(seconds{0}));
    EXPECT_EQ(verdicts[0].held.by_limits, base::Duration{0});
}

TEST_F(HeldTest, EachIsToldForHowLongALimitHeldItSinceItCame) {
    submit(universe_types(), 1, seconds{0});
    drain(seconds{0});
    end(1, error_limited(30), seconds{0});
    submit(universe_types(), 2, seconds{0});
    drain(seconds{0});
    submit(universe_types(), 3, seconds{20});
    drain(seconds{20});

    // It opens a little later, by chance.
    const auto opened = scheduler_.wake_at().value() - at(seconds{0});
    const auto second = drain(opened);
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second[0].held.limit, GateName::ErrorLimit);
    EXPECT_EQ(second[0].held.by_limits, opened);

    end(2, answered(200, {}, 0), opened + seconds{4});
    const auto third = drain(opened + seconds{4});
    ASSERT_EQ(third.size(), 1U);
    EXPECT_EQ(third[0].held.limit, GateName::ErrorLimit);
    EXPECT_EQ(third[0].held.by_limits, opened - seconds{20});
    EXPECT_EQ(third[0].held.full_at, at(opened));
}

TEST_F(HeldTest, WhatAHostThatIsDownKeepsBackIsToldFromWhenUntilWhen) {
    submit(universe_types(), 1, seconds{0});
    drain(seconds{0});
    end(1, failed(base::ErrorKind::ConnectFailed, true), seconds{1});
    submit(universe_types(), 2, seconds{2});
    drain(seconds{2});
    submit(universe_types(), 3, seconds{6});
    drain(seconds{6});

    const auto verdicts = drain(seconds{11});
    ASSERT_EQ(verdicts.size(), 1U);
    EXPECT_EQ(verdicts[0].held.shut_since, at(seconds{2}));
    EXPECT_EQ(verdicts[0].held.shut_until, at(seconds{11}));
}

TEST(GateName, EachIsSpelledInItsOwnWay) {
    std::vector<std::string> names;
    for (int gate = 0; gate <= static_cast<int>(GateName::Concurrency); ++gate) {
        names.emplace_back(name_of(static_cast<GateName>(gate)));
    }
    EXPECT_EQ(names,
              (std::vector<std::string>{"",
                                        "rate_limit_window",
                                        "error_limit",
                                        "ceiling",
                                        "shared_limits",
                                        "breaker",
                                        "concurrency"}));
}

}  // namespace
}  // namespace pyesi::scheduler
