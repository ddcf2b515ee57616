#include "engine/engine_stage.h"

#include <chrono>

namespace pyesi::engine {
namespace {

using namespace std::chrono_literals;

class Emergency : public EngineStage {
protected:
    Call essential(Call call, scheduler::Priority priority) const {
        auto options = std::make_shared<Options>();
        options->priority = priority;
        call.options = std::move(options);
        return call;
    }
};

TEST_F(Emergency, AKeptAnswerIsServedInPlaceOfAsking) {
    ask(system_call());
    answer_oldest({.body = "kept", .lifetime = 10});
    turn_clock(60s);
    dispatcher_->set_emergency(true);
    const auto tag = ask(system_call());
    EXPECT_EQ(answer_to(tag).source, Source::Stale);
    EXPECT_EQ(under_way(), 0U);

    dispatcher_->set_emergency(false);
    ask(system_call());
    EXPECT_EQ(under_way(), 1U);
}

TEST_F(Emergency, WhatMayNotBeServedStaleIsAskedFor) {
    ask(system_call());
    answer_oldest({.lifetime = -1,
                   .extra_name = "Cache-Control",
                   .extra_value = "max-age=10, must-revalidate"});
    turn_clock(60s);
    dispatcher_->set_emergency(true);
    ask(system_call());
    EXPECT_EQ(under_way(), 1U);
}

TEST_F(Emergency, WhatIsNotUrgentWaitsUntilItIsOver) {
    dispatcher_->set_emergency(true);
    ask(essential(system_call(1), scheduler::Priority::Background), 1h);
    ask(essential(system_call(2), scheduler::Priority::Normal), 1h);
    EXPECT_EQ(under_way(), 1U);
    dispatcher_->set_emergency(false);
    turn();
    EXPECT_EQ(under_way(), 2U);
}

}  // namespace
}  // namespace pyesi::engine
