#include "engine/engine_stage.h"

#include <chrono>

namespace pyesi::engine {
namespace {

using namespace std::chrono_literals;

/// An answer that is fresh for ten seconds, and may be served for a minute more while
/// it is revalidated (RFC 5861 §3).
class StaleWindow : public EngineStage {
protected:
    static Reply windowed(const std::string& body) {
        return {.body = body,
                .lifetime = -1,
                .extra_name = "Cache-Control",
                .extra_value = "max-age=10, stale-while-revalidate=60"};
    }

    static Reply not_modified() {
        auto told = windowed("");
        told.status = 304;
        return told;
    }

    void SetUp() override {
        ask(system_call());
        answer_oldest(windowed("kept"));
        turn_clock(20s);
    }

    static Call without_stale(Call call) {
        auto options = std::make_shared<Options>();
        options->accept_stale = false;
        call.options = std::move(options);
        return call;
    }

    std::uint64_t requests_that_ended() {
        std::uint64_t sum = 0;
        for (const auto& route : metrics_.snapshot(clock_.now()).routes) {
            for (std::size_t index = 0; index < metrics::kOutcomeCount; ++index) {
                sum += route.requests[static_cast<metrics::Outcome>(index)];
            }
        }
        return sum;
    }
};

TEST_F(StaleWindow, AnAnswerIsServedAndConfirmedBehind) {
    const auto tag = ask(system_call());
    EXPECT_EQ(answer_to(tag).source, Source::Stale);
    EXPECT_EQ(answer_to(tag).entry->response.body.bytes.view(), "kept");
    ASSERT_EQ(under_way(), 1U);
    EXPECT_EQ(oldest().headers.find("If-None-Match"), "\"tag\"");

    answer_oldest(not_modified());
    const auto later = ask(system_call());
    EXPECT_EQ(answer_to(later).source, Source::Fresh);
    EXPECT_EQ(under_way(), 0U);
}

TEST_F(StaleWindow, WhatHasChangedIsThereForTheNextOne) {
    ask(system_call());
    answer_oldest(windowed("newer"));
    const auto later = ask(system_call());
    EXPECT_EQ(answer_to(later).entry->response.body.bytes.view(), "newer");
}

TEST_F(StaleWindow, ManyAreServedAndOneRequestIsSent) {
    for (int count = 0; count < 10; ++count) {
        EXPECT_EQ(answer_to(ask(system_call())).source, Source::Stale);
    }
    EXPECT_EQ(under_way(), 1U);
    EXPECT_EQ(metrics_.snapshot(clock_.now()).totals.cache.coalesced, 0U);
}

TEST_F(StaleWindow, WhoTakesNothingStaleWaitsForTheRequestUnderWay) {
    ask(system_call());
    const auto strict = ask(without_stale(system_call()));
    EXPECT_FALSE(has_ended(strict));
    EXPECT_EQ(under_way(), 1U);
    answer_oldest(not_modified());
    EXPECT_EQ(answer_to(strict).source, Source::Revalidated);
}

TEST_F(StaleWindow, PastItsEndEverybodyWaits) {
    turn_clock(60s);
    const auto tag = ask(system_call());
    EXPECT_FALSE(has_ended(tag));
    answer_oldest(not_modified());
    EXPECT_EQ(answer_to(tag).source, Source::Revalidated);
}

TEST_F(StaleWindow, ARevalidationThatFailsDisturbsNobody) {
    ask(system_call());
    fail_oldest(base::ErrorKind::ConnectionLost);
    turn_clock(1s);
    fail_oldest(base::ErrorKind::ConnectionLost);
    turn_clock(1s);
    fail_oldest(base::ErrorKind::ConnectionLost);
    turn_clock(20s);
    EXPECT_EQ(under_way(), 0U);
    EXPECT_EQ(dispatcher_->flights().size(), 0U);
    EXPECT_EQ(answer_to(ask(system_call())).source, Source::Stale);
}

TEST_F(StaleWindow, ARevalidationThatHangsEndsWithTheCallersPatience) {
    ask(system_call());
    turn_clock(31s);
    EXPECT_EQ(dispatcher_->flights().size(), 1U) << "its answer is worth keeping";
    turn_clock(60s);
    EXPECT_EQ(dispatcher_->flights().size(), 0U);
    EXPECT_EQ(under_way(), 0U);
}

TEST_F(StaleWindow, ARequestIsCountedOnce) {
    ask(system_call());
    answer_oldest(not_modified());
    EXPECT_EQ(requests_that_ended(), 2U) << "the first, and the one served stale";
}

TEST_F(StaleWindow, NobodyAsksAnewForAVariantThatNobodyWaitsFor) {
    auto other = system_call();
    other.profile = std::make_shared<const Profile>(
        ProfileSettings{.base_url = profile_->base_url(),
                        .user_agent = "other/1.0",
                        .compatibility_date = "2026-08-18",
                        .language = "en",
                        .tenant = "tranquility"},
        shipped_routes());
    ask(system_call());
    EXPECT_EQ(answer_to(ask(other)).source, Source::Stale);
    answer_oldest({.extra_name = "Vary", .extra_value = "User-Agent"});
    EXPECT_EQ(under_way(), 0U);
    EXPECT_EQ(dispatcher_->flights().size(), 0U);
}

TEST_F(StaleWindow, ClosingEndsTheRevalidationToo) {
    ask(system_call());
    dispatcher_->close();
    turn();
    EXPECT_EQ(dispatcher_->flights().size(), 0U);
}

}  // namespace
}  // namespace pyesi::engine
