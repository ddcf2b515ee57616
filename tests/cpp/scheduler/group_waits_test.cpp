#include "scheduler/group_waits.h"

#include "scheduler/making.h"
#include "scheduler/scheduler.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace pyesi::scheduler {
namespace {

using namespace making;  // NOLINT(google-build-using-namespace)

/// A scheduler whose tickets are all answered, as they come, by what a test says.
class GroupWaitsTest : public testing::Test {
protected:
    GroupWaitsTest() { scheduler_.add_upstream({"https://esi.evetech.net", limits_}); }

    void submit(const RouteLimit& limit, std::uint64_t id, base::Duration when) {
        scheduler_.submit(ticket_for(limit, id), at(when));
    }

    std::vector<Verdict> drain(base::Duration when) {
        std::vector<Verdict> verdicts;
        scheduler_.drain(at(when), verdicts);
        return verdicts;
    }

    /// A request that is refused for so long; nobody waits for it.
    void refuse(const RouteLimit& limit,
                std::uint64_t id,
                const std::string& group,
                base::Duration length) {
        submit(limit, id, seconds{0});
        drain(seconds{0});
        auto told = window_headers(group, 15, 0);
        told.retry_after = length;
        scheduler_.on_outcome(id, answered(429, told, 0), at(seconds{0}));
    }

    /// Until all that wait have gone; each is answered well. How long they took in all.
    base::Duration let_all_go() {
        base::Duration now{0};
        base::Duration waited{0};
        while (scheduler_.waiting() > 0) {
            for (const auto& verdict : drain(now)) {
                EXPECT_TRUE(verdict.admitted);
                waited += verdict.held.by_limits;
                scheduler_.on_outcome(verdict.id, answered(200, {}, 0), at(now));
            }
            const auto next = scheduler_.wake_at();
            if (next) now = *next - at(base::Duration{0});
        }
        return waited;
    }

    std::vector<GroupWaitsState> waits() const {
        return scheduler_.statistics(at(seconds{0})).upstreams[0].group_waits;
    }

    std::shared_ptr<OriginLimits> limits_ = std::make_shared<OriginLimits>();
    Scheduler scheduler_;
};

TEST_F(GroupWaitsTest, WhatGoesAtOnceWaitedForNoGroup) {
    submit(market_orders(), 1, seconds{0});
    let_all_go();
    EXPECT_TRUE(waits().empty());
}

TEST_F(GroupWaitsTest, EachThatWaitedForAWindowCountsToItsGroupForAsLongAsItDid) {
    refuse(notifications(), 1, "char-notification", seconds{30});
    submit(notifications(), 2, seconds{0});
    submit(market_orders(), 3, seconds{0});
    drain(seconds{0});
    submit(notifications(), 4, seconds{10});
    drain(seconds{10});
    const auto waited = let_all_go();
    const auto told = waits();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].group, "char-notification");
    EXPECT_EQ(told[0].waits, 2U);
    EXPECT_EQ(told[0].length, waited);
    EXPECT_GT(told[0].length, seconds{30});
}

TEST_F(GroupWaitsTest, AGroupIsTheOneThatAnswersName) {
    refuse(universe_types(), 1, "static-data", seconds{20});
    submit(universe_types(), 2, seconds{0});
    let_all_go();
    ASSERT_EQ(waits().size(), 1U);
    EXPECT_EQ(waits()[0].group, "static-data");
}

TEST_F(GroupWaitsTest, WaitsForAnotherGateAreNoGroups) {
    LimitHeaders told;
    told.error_reset = seconds{30};
    submit(universe_types(), 1, seconds{0});
    drain(seconds{0});
    scheduler_.on_outcome(1, answered(420, told, 0), at(seconds{0}));
    submit(universe_types(), 2, seconds{0});
    EXPECT_GT(let_all_go(), base::Duration{0});
    EXPECT_TRUE(waits().empty());
}

TEST(GroupWaits, AreAddedUpByGroup) {
    GroupWaits waits;
    waits.on_wait("a", seconds{1});
    waits.on_wait("b", seconds{2});
    waits.on_wait("a", seconds{4});
    ASSERT_EQ(waits.states().size(), 2U);
    EXPECT_EQ(waits.states()[0].waits, 2U);
    EXPECT_EQ(waits.states()[0].length, seconds{5});
    EXPECT_EQ(waits.states()[1].group, "b");
}

TEST(GroupWaits, HoweverManyNamesAServerMakesUpTheyAreFewAndNoneIsLost) {
    GroupWaits waits;
    for (int i = 0; i < 5'000; ++i) {
        waits.on_wait("group-" + std::to_string(i % 1'000), seconds{1});
    }
    EXPECT_EQ(waits.states().size(), GroupWaits::kMostGroups + 1);
    std::uint64_t all = 0;
    for (const auto& state : waits.states()) all += state.waits;
    EXPECT_EQ(all, 5'000U);
}

}  // namespace
}  // namespace pyesi::scheduler
