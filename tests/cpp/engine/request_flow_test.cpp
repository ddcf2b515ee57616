#include "engine_stage.h"

#include <algorithm>
#include <random>
#include <set>

namespace pyesi::engine {
namespace {

using namespace std::chrono_literals;
using RequestFlow = EngineStage;

TEST_F(RequestFlow, AnAnswerIsHandedOverWithItsAttempts) {
    const auto tag = ask(system_call());
    ASSERT_EQ(under_way(), 1U);
    EXPECT_EQ(oldest().url, profile_->base_url() + "/universe/systems/30000142");

    answer_oldest({.body = R"({"name":"Jita"})"});

    EXPECT_EQ(answer_to(tag).status(), 200);
    EXPECT_EQ(answer_to(tag).source, Source::Network);
    EXPECT_EQ(answer_to(tag).attempts, 1);
    EXPECT_EQ(answer_to(tag).entry->response.body.bytes.view(), R"({"name":"Jita"})");
}

TEST_F(RequestFlow, AFreshAnswerIsServedWithoutATransfer) {
    ask(system_call());
    answer_oldest({.lifetime = 300});
    turn_clock(299s);

    const auto tag = ask(system_call());

    EXPECT_EQ(answer_to(tag).source, Source::Fresh);
    EXPECT_EQ(transport_->started_count(), 1U);
}

// RFC 9111 §4.3: what is stale is validated by the tag that came with it.
TEST_F(RequestFlow, AStaleAnswerIsRevalidatedByItsTag) {
    ask(system_call());
    answer_oldest({.body = "first", .etag = "W/\"one\"", .lifetime = 300});
    turn_clock(301s);

    const auto tag = ask(system_call());
    ASSERT_EQ(under_way(), 1U);
    EXPECT_EQ(oldest().headers.find("If-None-Match"), "W/\"one\"");
    answer_oldest({.status = 304, .body = "", .etag = "W/\"one\"", .lifetime = 300});

    EXPECT_EQ(answer_to(tag).source, Source::Revalidated);
    EXPECT_EQ(answer_to(tag).status(), 200);
    EXPECT_EQ(answer_to(tag).entry->response.body.bytes.view(), "first");
    EXPECT_EQ(answer_to(ask(system_call())).source, Source::Fresh);
}

TEST_F(RequestFlow, A304AboutAnotherAnswerIsFollowedByAWholeOne) {
    ask(system_call());
    answer_oldest({.body = "first", .etag = "\"one\"", .lifetime = 300});
    turn_clock(301s);

    const auto tag = ask(system_call());
    answer_oldest({.status = 304, .body = "", .etag = "\"two\""});
    ASSERT_EQ(under_way(), 1U);
    EXPECT_FALSE(oldest().headers.find("If-None-Match"));
    answer_oldest({.body = "second", .etag = "\"two\""});

    EXPECT_EQ(answer_to(tag).entry->response.body.bytes.view(), "second");
    EXPECT_EQ(answer_to(tag).attempts, 2);
}

TEST_F(RequestFlow, A304ThatNobodyAskedForIsNoAnswer) {
    const auto tag = ask(system_call());
    answer_oldest({.status = 304, .body = "", .etag = ""});
    EXPECT_EQ(failure_of(tag), base::ErrorKind::UnexpectedAnswer);
}

// RFC 9111 §3 with §4.3.4: the 304 may forbid what was allowed before.
TEST_F(RequestFlow, A304ThatForbidsStoringIsObeyed) {
    ask(system_call());
    answer_oldest({.body = "first", .etag = "\"one\"", .lifetime = 300});
    turn_clock(301s);
    const auto tag = ask(system_call());
    answer_oldest({.status = 304,
                   .body = "",
                   .etag = "\"one\"",
                   .extra_name = "Cache-Control",
                   .extra_value = "no-store"});
    EXPECT_EQ(answer_to(tag).source, Source::Revalidated);
    EXPECT_EQ(store_->statistics().entries, 0U);
}

TEST_F(RequestFlow, EqualRequestsShareOneTransfer) {
    std::vector<Tag> tags(1000);
    std::ranges::generate(tags, [&] { return ask(system_call()); });
    EXPECT_EQ(transport_->started_count(), 1U);

    answer_oldest({});

    for (const auto tag : tags) EXPECT_EQ(answer_to(tag).status(), 200);
    EXPECT_EQ(metrics_.snapshot(clock_.now()).totals.cache.coalesced, 999U);
}

TEST_F(RequestFlow, RequestsOfDifferentIdentitiesAreNeverShared) {
    const auto first = ask(as(system_call(), "app:1"));
    const auto second = ask(as(system_call(), "app:2"));
    ASSERT_EQ(under_way(), 2U);
    answer_oldest({.body = "one"});
    answer_oldest({.body = "two"});

    EXPECT_EQ(answer_to(first).entry->response.body.bytes.view(), "one");
    EXPECT_EQ(answer_to(second).entry->response.body.bytes.view(), "two");
    EXPECT_EQ(
        answer_to(ask(as(system_call(), "app:2"))).entry->response.body.bytes.view(),
        "two");
}

TEST_F(RequestFlow, ACancelledLeaderDoesNotEndTheOthers) {
    const auto leader = ask(system_call());
    const auto other = ask(system_call());

    dispatcher_->cancel(leader);
    turn();
    EXPECT_EQ(failure_of(leader), base::ErrorKind::Cancelled);
    answer_oldest({});

    EXPECT_EQ(answer_to(other).status(), 200);
}

TEST_F(RequestFlow, WhoAsksWhileAnEqualFlightIsBeingStoppedIsAnswered) {
    dispatcher_->cancel(ask(system_call()));
    turn();
    clock_.advance(31s);  // longer than a transfer that nobody waits for may go on
    dispatcher_->on_clock_turned();
    const auto tag = ask(system_call());
    answer_oldest({});
    ASSERT_TRUE(ledger_->ends.at(tag));
    EXPECT_EQ(ledger_->ends.at(tag)->status(), 200);
}

TEST_F(RequestFlow, AQueuedFlightIsDroppedWhenItsLastWaiterLeaves) {
    for (int id = 1; id <= 20; ++id) ask(system_call(id));
    const auto queued = ask(system_call(21));
    EXPECT_EQ(under_way(), 20U);

    dispatcher_->cancel(queued);
    turn();
    answer_oldest({});

    EXPECT_EQ(transport_->started_count(), 20U);
}

TEST_F(RequestFlow, ATransferThatNobodyWaitsForIsFinishedForTheCache) {
    const auto tag = ask(system_call());
    dispatcher_->cancel(tag);
    turn();
    ASSERT_EQ(under_way(), 1U);
    answer_oldest({});

    EXPECT_EQ(answer_to(ask(system_call())).source, Source::Fresh);
}

TEST_F(RequestFlow, AChangeThatNobodyWaitsForIsStopped) {
    const auto tag = ask(post_call());
    dispatcher_->cancel(tag);
    turn();
    EXPECT_EQ(under_way(), 0U);
    EXPECT_EQ(ledger_->told.at(tag), 1);
}

TEST_F(RequestFlow, AFlightAtThePermitsEndMakesRoomForTheNext) {
    std::vector<Tag> tags;
    for (int id = 1; id <= 25; ++id) tags.push_back(ask(system_call(id)));
    EXPECT_EQ(under_way(), 20U);
    for (int id = 1; id <= 25; ++id) answer_oldest({});
    for (const auto tag : tags) EXPECT_TRUE(has_ended(tag));
}

TEST_F(RequestFlow, AGetIsRetriedUntilItsAttemptsAreSpent) {
    const auto tag = ask(system_call());
    for (int attempt = 1; attempt <= 3; ++attempt) {
        ASSERT_EQ(under_way(), 1U) << attempt;
        fail_oldest(base::ErrorKind::ConnectionLost);
        turn_clock(6s);
    }
    EXPECT_EQ(failure_of(tag), base::ErrorKind::ConnectionLost);
    EXPECT_EQ(ledger_->ends.at(tag).failure().attempts, 3);
    EXPECT_EQ(ledger_->ends.at(tag).failure().route, "/universe/systems/{system_id}");
}

TEST_F(RequestFlow, ARefusedConnectionCountsAsAnAttempt) {
    const auto tag = ask(system_call());
    for (int attempt = 1; attempt <= 3; ++attempt) {
        fail_oldest(base::ErrorKind::ConnectFailed, 0);
        turn_clock(6s);
    }
    EXPECT_EQ(failure_of(tag), base::ErrorKind::ConnectFailed);
    EXPECT_EQ(transport_->started_count(), 3U);
}

TEST_F(RequestFlow, APostThatMayHaveArrivedIsNotSentAgain) {
    const auto tag = ask(post_call());
    fail_oldest(base::ErrorKind::ConnectionLost);
    turn_clock(60s);
    EXPECT_EQ(failure_of(tag), base::ErrorKind::ConnectionLost);
    EXPECT_EQ(transport_->started_count(), 1U);
}

TEST_F(RequestFlow, AClientErrorIsAnAnswerAndIsNotRetried) {
    const auto tag = ask(system_call());
    answer_oldest({.status = 404, .etag = "", .lifetime = -1});
    EXPECT_EQ(answer_to(tag).status(), 404);
    EXPECT_EQ(transport_->started_count(), 1U);
}

TEST_F(RequestFlow, AStaleAnswerStandsInForADeadUpstream) {
    ask(system_call());
    answer_oldest({.body = "kept", .lifetime = 10});
    turn_clock(60s);

    const auto tag = ask(system_call(), 300s);
    for (int attempt = 1; attempt <= 3; ++attempt) {
        answer_oldest({.status = 503, .etag = "", .lifetime = -1});
        turn_clock(6s);
    }

    EXPECT_EQ(answer_to(tag).source, Source::Stale);
    EXPECT_EQ(answer_to(tag).entry->response.body.bytes.view(), "kept");
}

TEST_F(RequestFlow, ARedirectIsNotFollowed) {
    const auto tag = ask(system_call());
    answer_oldest({.status = 302,
                   .extra_name = "Location",
                   .extra_value = "https://elsewhere.invalid/"});
    EXPECT_EQ(failure_of(tag), base::ErrorKind::RedirectRefused);
    EXPECT_EQ(transport_->started_count(), 1U);
}

TEST_F(RequestFlow, ADeadlineEndsItsWaiterAndNoOther) {
    const auto hasty = ask(system_call(), 5s);
    const auto patient = ask(system_call(), 60s);
    turn_clock(6s);
    EXPECT_EQ(failure_of(hasty), base::ErrorKind::DeadlineExceeded);
    EXPECT_FALSE(has_ended(patient));
    answer_oldest({});
    EXPECT_EQ(answer_to(patient).status(), 200);
}

TEST_F(RequestFlow, WhatCannotBeAdmittedInTimeIsRefusedAtOnce) {
    const auto first = ask(system_call(1));
    answer_oldest({.status = 420,
                   .etag = "",
                   .lifetime = -1,
                   .extra_name = "X-ESI-Error-Limit-Reset",
                   .extra_value = "40"});
    const auto tag = ask(system_call(2), 10s);
    ASSERT_TRUE(has_ended(tag));
    EXPECT_EQ(failure_of(tag), base::ErrorKind::ErrorLimited);
    EXPECT_GE(*ledger_->ends.at(tag).failure().retry_after, 30s);
    static_cast<void>(first);
}

TEST_F(RequestFlow, AChangeErasesTheAnswerThatItOutdates) {
    auto get = system_call();
    ask(get);
    answer_oldest({.lifetime = 300});
    auto change = post_call();
    change.target = get.target;
    ask(change);
    answer_oldest({.status = 204, .body = "", .etag = "", .lifetime = -1});

    ask(get);
    EXPECT_EQ(transport_->started_count(), 3U);
}

TEST_F(RequestFlow, ALargeBodyIsHeldCompressed) {
    const auto tag = ask(system_call());
    answer_oldest({.body = std::string(100'000, 'x')});
    const auto& body = answer_to(tag).entry->response.body;
    EXPECT_NE(body.coding, http::ContentCoding::Identity);
    EXPECT_LT(body.bytes.size(), 10'000U);
    EXPECT_EQ(body.decoded_size, 100'000U);
    EXPECT_EQ(answer_to(tag).decoded.view(), std::string(100'000, 'x'));
}

TEST_F(RequestFlow, WhoIsToldMayAskAgainAtOnce) {
    int asked_again = 0;
    ledger_->then = [&](Tag) {
        if (asked_again++ > 0) return;
        auto next = system_call();
        dispatcher_->submit(std::move(next),
                            {.tag = 1000,
                             .receiver = ledger_,
                             .asked_at = clock_.now(),
                             .deadline = clock_.now() + 30s});
    };
    ask(system_call());
    answer_oldest({.etag = "",
                   .lifetime = -1,
                   .extra_name = "Cache-Control",
                   .extra_value = "no-store"});
    answer_oldest({});
    EXPECT_EQ(answer_to(1000).status(), 200);
}

TEST_F(RequestFlow, ClosingEndsEveryRequestOnce) {
    std::vector<Tag> tags;
    for (int id = 1; id <= 40; ++id) tags.push_back(ask(system_call(id)));
    tags.push_back(ask(post_call()));
    dispatcher_->close();
    turn();
    for (const auto tag : tags) {
        EXPECT_EQ(ledger_->told.at(tag), 1);
        EXPECT_EQ(failure_of(tag), base::ErrorKind::ClientClosed);
    }
    EXPECT_TRUE(dispatcher_->is_idle());
    EXPECT_EQ(failure_of(ask(system_call())), base::ErrorKind::ClientClosed);
}

// Whatever is asked, answered, lost, cancelled, waited for and closed, in any
// order: each request ends once, and nothing is left behind.
TEST_F(RequestFlow, EveryRequestEndsExactlyOnceUnderAnySchedule) {
    std::mt19937 chance{11};
    std::set<Tag> asked;
    const auto below = [&](unsigned count) { return chance() % count; };
    for (int step = 0; step < 5000; ++step) {
        switch (below(8)) {
            case 0:
            case 1:
                asked.insert(ask(system_call(static_cast<int>(below(30))), 20s));
                break;
            case 2: asked.insert(ask(post_call(), 20s)); break;
            case 3:
                if (!asked.empty())
                    dispatcher_->cancel(1 + below(static_cast<unsigned>(last_tag_)));
                break;
            case 4:
                if (under_way() > 0)
                    answer_oldest({.lifetime = static_cast<int>(below(20))});
                break;
            case 5:
                if (under_way() > 0)
                    answer_oldest({.status = 503, .etag = "", .lifetime = -1});
                break;
            case 6:
                if (under_way() > 0) fail_oldest(base::ErrorKind::ConnectionLost);
                break;
            default: turn_clock(std::chrono::milliseconds{below(3000)}); break;
        }
        turn();
    }
    dispatcher_->close();
    turn();
    for (const auto tag : asked) ASSERT_EQ(ledger_->told.at(tag), 1) << tag;
    EXPECT_TRUE(dispatcher_->is_idle());
    EXPECT_EQ(dispatcher_->upstreams().statistics().in_flight, 0U);
}

}  // namespace
}  // namespace pyesi::engine
