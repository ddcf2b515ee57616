#include "engine/engine_stage.h"

#include <chrono>

namespace pyesi::engine {
namespace {

using namespace std::chrono_literals;

/// Just after 11:00 UTC, when the servers go down every day.
class Downtime : public EngineStage {
protected:
    void SetUp() override {
        const auto now = clock_.wall_now();
        auto eleven = std::chrono::floor<std::chrono::days>(now) + 11h + 1min;
        if (eleven <= now) eleven += std::chrono::days{1};
        turn_clock(std::chrono::duration_cast<base::Duration>(eleven - now));
    }

    void meet(int failures) {
        for (int count = 0; count < failures; ++count) {
            ask(system_call(30000000 + count), 300ms);
            answer_oldest({.status = 503, .etag = "", .lifetime = -1});
            turn_clock(400ms);
        }
    }
};

TEST_F(Downtime, AChangeIsNotSentWhileTheServersAreDown) {
    meet(3);
    const auto before = transport_->started_count();
    const auto tag = ask(post_call());
    EXPECT_EQ(failure_of(tag), base::ErrorKind::UpstreamDown);
    EXPECT_GT(ledger_->ends.at(tag).failure().retry_after, 18min);
    EXPECT_EQ(transport_->started_count(), before);
}

TEST_F(Downtime, AChangeIsSentAsLongAsTheServersAnswer) {
    meet(2);
    const auto tag = ask(post_call());
    answer_oldest({.status = 200, .etag = "", .lifetime = -1});
    EXPECT_EQ(answer_to(tag).status(), 200);
}

TEST_F(Downtime, AChangeThatIsCancelledBeforeItIsRefusedEndsOnce) {
    meet(3);
    const auto tag = ask(post_call());
    dispatcher_->cancel(tag);
    turn();
    EXPECT_EQ(ledger_->told.at(tag), 1);
    EXPECT_EQ(dispatcher_->flights().size(), 0U);
}

TEST_F(Downtime, ThreeErrorsAreAllThatItCosts) {
    meet(3);
    const auto before = transport_->started_count();
    for (int count = 0; count < 50; ++count) {
        EXPECT_EQ(failure_of(ask(system_call(30001000 + count))),
                  base::ErrorKind::UpstreamDown);
    }
    EXPECT_EQ(transport_->started_count(), before);
}

TEST_F(Downtime, AtAnyOtherTimeThreeFailuresAreNotEnough) {
    turn_clock(1h);
    meet(3);
    ask(system_call());
    EXPECT_EQ(under_way(), 1U);
}

}  // namespace
}  // namespace pyesi::engine
