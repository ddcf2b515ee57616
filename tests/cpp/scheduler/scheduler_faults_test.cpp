// What comes from outside may be wrong, late or never: the scheduler neither waits
// without end, nor spins, nor lets everything go, and says what was waited for.

#include "scheduler/making.h"
#include "scheduler/scheduler.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace pyesi::scheduler {
namespace {

using namespace making;  // NOLINT(google-build-using-namespace)
using base::ErrorKind;

class SchedulerFaults : public testing::Test {
protected:
    SchedulerFaults() { scheduler_.add_upstream({"https://esi", limits_, 20}); }

    void submit(const RouteLimit& limit,
                std::uint64_t count,
                base::TimePoint deadline = base::TimePoint::max()) {
        for (std::uint64_t i = 0; i < count; ++i) {
            auto ticket = ticket_for(limit, ++last_id_);
            ticket.deadline = deadline;
            scheduler_.submit(ticket);
        }
    }

    std::vector<Verdict> drain(base::TimePoint now) {
        std::vector<Verdict> verdicts;
        scheduler_.drain(now, verdicts);
        ++drains_;
        return verdicts;
    }

    /// Lets go who may; how many.
    std::size_t let_go(base::TimePoint now) {
        std::size_t gone = 0;
        for (const auto& verdict : drain(now)) {
            if (!verdict.admitted) continue;
            ++gone;
            under_way_.push_back(verdict.id);
        }
        return gone;
    }

    /// All that is under way is answered so.
    void answer_all(const Outcome& outcome, base::TimePoint now) {
        for (const auto id : std::exchange(under_way_, {})) {
            scheduler_.on_outcome(id, outcome, now);
        }
    }

    /// Drains whenever the scheduler asks for it; what was refused by `end`.
    std::vector<Verdict> drain_until(base::TimePoint end) {
        std::vector<Verdict> refused;
        for (auto at = scheduler_.wake_at(); at && *at <= end;
             at = scheduler_.wake_at()) {
            for (const auto& verdict : drain(*at)) {
                if (!verdict.admitted) refused.push_back(verdict);
            }
        }
        return refused;
    }

    std::shared_ptr<OriginLimits> limits_ = std::make_shared<OriginLimits>();
    Scheduler scheduler_;
    std::vector<std::uint64_t> under_way_;
    std::uint64_t last_id_ = 0;
    std::uint64_t drains_ = 0;
};

Outcome told_by(
    std::initializer_list<std::pair<std::string_view, std::string_view>> say,
    int status = 200) {
    static std::vector<std::unique_ptr<http::Headers>> kept;  // the group is borrowed
    kept.push_back(std::make_unique<http::Headers>(headers_of(say)));
    return answered(status, read_limit_headers(*kept.back(), {}), 0);
}

TEST_F(SchedulerFaults, BehindAnUpstreamThatNeverAnswersEachWaitEndsAtItsDeadline) {
    submit(market_orders(), 20);
    EXPECT_EQ(let_go(at(seconds{0})), 20U);
    submit(market_orders(), 500, at(seconds{30}));
    submit(universe_types(), 500, at(seconds{40}));
    EXPECT_EQ(let_go(at(seconds{1})), 0U);
    EXPECT_EQ(drain_until(at(hours{1})).size(), 1000U);
    EXPECT_EQ(scheduler_.waiting(), 0U);
    EXPECT_LE(drains_, 6U) << "it spins";
}

TEST_F(SchedulerFaults, WhoIsRefusedWhileAllIsDownIsToldByWhatAndUntilWhen) {
    submit(market_orders(), 20);
    let_go(at(seconds{0}));
    answer_all(lost(), at(seconds{1}));
    submit(market_orders(), 1, at(seconds{5}));
    const auto refused = drain(at(seconds{2}));
    ASSERT_EQ(refused.size(), 1U);
    EXPECT_FALSE(refused[0].admitted);
    EXPECT_EQ(refused[0].why, ErrorKind::UpstreamDown);
    EXPECT_EQ(refused[0].retry_after, seconds{14});
}

TEST_F(SchedulerFaults, HeadersThatMakeNoSenseChangeNothing) {
    const auto nonsense = {
        told_by({{"X-Ratelimit-Group", "char notification\x01"},
                 {"X-Ratelimit-Limit", "many/15m"},
                 {"X-Ratelimit-Remaining", "-4"}}),
        told_by({{"X-Ratelimit-Limit", "-15/15m"}, {"X-Ratelimit-Remaining", "1e9"}}),
        told_by({{"X-Ratelimit-Limit", "15/0m"}, {"X-Ratelimit-Remaining", ""}}),
        told_by({{"X-Ratelimit-Limit", "99999999999999999999/15m"},
                 {"X-Ratelimit-Remaining", "99999999999999999999"}}),
        told_by({{"X-ESI-Error-Limit-Remain", "-1"},
                 {"X-ESI-Error-Limit-Reset", "1000000000"}})};
    for (const auto& outcome : nonsense) {
        auto limits = std::make_shared<OriginLimits>();
        Scheduler fresh;
        fresh.add_upstream({"https://esi", limits, 20});
        std::vector<Verdict> verdicts;
        auto probe = ticket_for(notifications(), 1);
        fresh.submit(probe);
        fresh.drain(at(seconds{0}), verdicts);
        fresh.on_outcome(1, outcome, at(seconds{1}));
        for (std::uint64_t id = 2; id <= 30; ++id) {
            fresh.submit(ticket_for(notifications(), id));
        }
        verdicts.clear();
        fresh.drain(at(seconds{1}), verdicts);
        EXPECT_EQ(verdicts.size(), 6U) << "13 tokens are left, at 2 each";
        ASSERT_TRUE(fresh.wake_at() || fresh.in_flight() > 0);
    }
}

TEST_F(SchedulerFaults, NoRetryAfterShutsAGateForLongerThanAnHour) {
    for (const auto* const text :
         {"1000000000", "Fri, 31 Dec 9999 23:59:59 GMT", "99999999999999999999"}) {
        auto limits = std::make_shared<OriginLimits>();
        Scheduler fresh;
        fresh.add_upstream({"https://esi", limits, 20});
        std::vector<Verdict> verdicts;
        fresh.submit(ticket_for(notifications(), 1));
        fresh.drain(at(seconds{0}), verdicts);
        fresh.on_outcome(1, told_by({{"Retry-After", text}}, 429), at(seconds{1}));
        fresh.submit(ticket_for(notifications(), 2));
        verdicts.clear();
        fresh.drain(at(seconds{2}), verdicts);
        EXPECT_TRUE(verdicts.empty()) << text;
        ASSERT_TRUE(fresh.wake_at()) << text;
        EXPECT_LE(*fresh.wake_at(), at(hours{1} + seconds{3})) << text;
    }
}

TEST_F(SchedulerFaults, ARefusalWithoutASensibleTimeStillShutsTheGate) {
    for (const auto* const text : {"-30", "soon", ""}) {
        auto limits = std::make_shared<OriginLimits>();
        Scheduler fresh;
        fresh.add_upstream({"https://esi", limits, 20});
        std::vector<Verdict> verdicts;
        fresh.submit(ticket_for(notifications(), 1));
        fresh.drain(at(seconds{0}), verdicts);
        fresh.on_outcome(1, told_by({{"Retry-After", text}}, 429), at(seconds{1}));
        fresh.submit(ticket_for(notifications(), 2));
        verdicts.clear();
        fresh.drain(at(seconds{2}), verdicts);
        EXPECT_TRUE(verdicts.empty()) << text;
        EXPECT_GE(fresh.wake_at(), at(seconds{11})) << text;
    }
}

TEST_F(SchedulerFaults, AfterAMachineHasSleptForADayEverythingIsOpenAgain) {
    submit(notifications(), 7);
    EXPECT_EQ(let_go(at(seconds{0})), 7U);
    answer_all(answered(420, error_headers(0, seconds{30}), 0), at(seconds{1}));
    submit(notifications(), 7);
    EXPECT_EQ(let_go(at(seconds{2})), 0U);
    EXPECT_EQ(let_go(at(hours{24})), 7U);
}

TEST_F(SchedulerFaults, AClockThatGoesBackGivesNoTokensAway) {
    submit(notifications(), 30);
    EXPECT_EQ(let_go(at(hours{2})), 7U);
    answer_all(answered(200, {}, 0), at(hours{2}));
    for (const auto back : {hours{1}, hours{0}}) {
        EXPECT_EQ(let_go(at(back)), 0U);
        ASSERT_TRUE(scheduler_.wake_at());
        EXPECT_GT(*scheduler_.wake_at(), at(back)) << "it spins";
    }
    EXPECT_GT(let_go(at(hours{3})), 0U);
}

TEST_F(SchedulerFaults, WhileSeveralShareLimitsNobodySpins) {
    Scheduler other;
    other.add_upstream({"https://esi", limits_, 20});
    submit(notifications(), 20);
    let_go(at(seconds{0}));
    answer_all(answered(429, retry_after(seconds{900}), 0), at(seconds{0}));
    let_go(at(seconds{1}));
    drains_ = 0;
    drain_until(at(minutes{10}));
    EXPECT_LE(drains_, 10 * 60 * 2U) << "a look each second, for what others may free";
}

}  // namespace
}  // namespace pyesi::scheduler
