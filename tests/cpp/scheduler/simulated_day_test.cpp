// Short pieces of the days that `make simulate-days` runs whole: ten processes with the
// habits of pyesi's users, against ESI's limiters, through a downtime and other
// trouble.

#include "scheduler/day/laws.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>

namespace pyesi::scheduler::day {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr std::uint64_t kSeedsInOne = 10;

/// From shortly before the downtime till its end: ten processes for 32 minutes.
DayPlan downtime() {
    return {.begins = hours{10} + minutes{50}, .length = minutes{32}, .load = 0.1};
}

/// Ten seeds in one test, so that tests run beside each other.
void expect_laws_to_hold(DayPlan plan, int part) {
    const auto first = kSeedsInOne * static_cast<std::uint64_t>(part);
    for (plan.seed = first; plan.seed < first + kSeedsInOne; ++plan.seed) {
        const auto record = Day{plan}.run();
        EXPECT_GT(record.attempts, 100U);
        for (const auto& law : broken_laws(plan, record)) {
            ADD_FAILURE() << "seed " << plan.seed << ": " << law;
        }
    }
}

class TenProcesses : public testing::TestWithParam<int> {};

TEST_P(TenProcesses, KeepTheLawsForThirtyTwoMinutesAroundTheDowntime) {
    expect_laws_to_hold(downtime(), GetParam());
}

INSTANTIATE_TEST_SUITE_P(TwoHundredSeeds, TenProcesses, testing::Range(0, 20));

class OneProcess : public testing::TestWithParam<int> {};

TEST_P(OneProcess, KeepsTheLawsForThirtyTwoMinutesAroundTheDowntime) {
    auto plan = downtime();
    plan.processes = 1;
    plan.load = 0.3;
    expect_laws_to_hold(plan, GetParam());
}

INSTANTIATE_TEST_SUITE_P(FortySeeds, OneProcess, testing::Range(0, 4));

TEST(SimulatedDay, AWholeDayKeepsTheLaws) {
    const DayPlan plan{.seed = 1, .processes = 2, .load = 0.05};
    for (const auto& law : broken_laws(plan, Day{plan}.run())) ADD_FAILURE() << law;
}

TEST(SimulatedDay, TenProcessesThatShareALedgerKeepTheLaws) {
    auto plan = downtime();
    plan.seed = 3;
    plan.sharing = Sharing::Ledger;
    const auto record = Day{plan}.run();
    EXPECT_GT(record.exchanges, 0U);
    for (const auto& law : broken_laws(plan, record)) ADD_FAILURE() << law;
}

TEST(SimulatedDay, ProcessesThatShareNothingStayWithinTheErrorsThatAreLeft) {
    const DayPlan plan{
        .seed = 1, .length = hours{2}, .sharing = Sharing::None, .load = 0.1};
    const auto record = Day{plan}.run();
    for (const auto& law : broken_laws(plan, record)) ADD_FAILURE() << law;
}

TEST(SimulatedDay, TheSameSeedGivesTheSameDay) {
    const DayPlan plan{.seed = 7, .length = minutes{30}, .processes = 3, .load = 0.1};
    const auto one = Day{plan}.run();
    const auto other = Day{plan}.run();
    EXPECT_EQ(one.events, other.events);
    EXPECT_EQ(one.attempts, other.attempts);
}

}  // namespace
}  // namespace pyesi::scheduler::day
