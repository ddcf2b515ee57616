#include "scheduler/scheduler.h"

#include "scheduler/making.h"

#include <gtest/gtest.h>

#include <vector>

namespace pyesi::scheduler {
namespace {

using namespace making;  // NOLINT(google-build-using-namespace)

/// A ticket that has elsewhere to go.
class MovingTicket : public testing::Test {
protected:
    MovingTicket() { scheduler_.add_upstream({"https://a.invalid", limits_, 20}); }

    void submit(std::uint64_t id, bool moves) {
        auto ticket = ticket_for(universe_types(), id);
        ticket.moves = moves;
        scheduler_.submit(ticket);
    }

    std::vector<Verdict> drain(base::TimePoint now) {
        std::vector<Verdict> verdicts;
        scheduler_.drain(now, verdicts);
        return verdicts;
    }

    /// A 420: all is shut for so long, and a second.
    void shut_for(base::Duration length) {
        submit(999, false);
        ASSERT_EQ(drain(at(seconds{0})).size(), 1U);
        scheduler_.on_outcome(
            999, answered(420, error_headers(0, length), 0), at(seconds{0}));
    }

    std::shared_ptr<OriginLimits> limits_ = std::make_shared<OriginLimits>();
    Scheduler scheduler_;
};

TEST_F(MovingTicket, IsRefusedWhereOthersWait) {
    shut_for(seconds{30});
    submit(1, false);
    submit(2, true);
    const auto verdicts = drain(at(seconds{1}));
    ASSERT_EQ(verdicts.size(), 1U);
    EXPECT_EQ(verdicts[0].id, 2U);
    EXPECT_FALSE(verdicts[0].admitted);
    EXPECT_EQ(verdicts[0].why, base::ErrorKind::ErrorLimited);
    EXPECT_EQ(verdicts[0].retry_after, seconds{30});
}

TEST_F(MovingTicket, IsRefusedByALaneThatWasSetAsideBefore) {
    shut_for(seconds{30});
    submit(1, false);
    EXPECT_TRUE(drain(at(seconds{1})).empty());
    submit(2, true);
    EXPECT_TRUE(scheduler_.wake_at().has_value());
    ASSERT_EQ(drain(at(seconds{2})).size(), 1U);
    EXPECT_EQ(scheduler_.waiting(), 1U);
}

TEST_F(MovingTicket, WaitsForASlotAsOthersDo) {
    for (std::uint64_t id = 1; id <= 20; ++id) submit(id, false);
    submit(21, true);
    EXPECT_EQ(drain(at(seconds{1})).size(), 20U);
    scheduler_.on_outcome(1, answered(200, {}, 0), at(seconds{2}));
    const auto verdicts = drain(at(seconds{2}));
    ASSERT_EQ(verdicts.size(), 1U);
    EXPECT_TRUE(verdicts[0].admitted);
}

}  // namespace
}  // namespace pyesi::scheduler
