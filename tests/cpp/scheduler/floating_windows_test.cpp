#include "scheduler/floating_windows.h"

#include "scheduler/making.h"

#include <gtest/gtest.h>

#include <string>

namespace pyesi::scheduler {
namespace {

using namespace making;  // NOLINT(google-build-using-namespace)
using Answer = Admission::Answer;

/// Lets one ticket go, if the gate does, as OriginLimits would.
Admission try_send(FloatingWindows& windows, Ticket& ticket, base::TimePoint now) {
    windows.place(ticket, now);
    const auto admission = windows.admit(ticket, now);
    if (!admission.is_now()) return admission;
    ticket.placement.sent_at = now;
    windows.on_sent(ticket, now);
    return admission;
}

Ticket send(FloatingWindows& windows, Ticket ticket, base::TimePoint now) {
    EXPECT_TRUE(try_send(windows, ticket, now).is_now());
    return ticket;
}

Admission ask(const FloatingWindows& windows, Ticket ticket, base::TimePoint now) {
    windows.place(ticket, now);
    return windows.admit(ticket, now);
}

void exhaust(FloatingWindows& windows, const Ticket& ticket, base::TimePoint now) {
    auto next = ticket;
    while (try_send(windows, next, now).is_now()) {
        windows.on_outcome(next, answered(200, {}, 0), now);
    }
}

TEST(FloatingWindows, ABucketIsAGroupAndAnIdentity) {
    FloatingWindows windows;
    auto anna = ticket_for(notifications());
    anna.identity = make_identity("app:anna");
    auto boris = anna;
    boris.identity = make_identity("app:boris");
    exhaust(windows, anna, at(seconds{0}));

    EXPECT_EQ(ask(windows, anna, at(seconds{1})).answer, Answer::NotBefore);
    EXPECT_TRUE(ask(windows, boris, at(seconds{1})).is_now());
    EXPECT_TRUE(ask(windows, ticket_for(market_orders()), at(seconds{1})).is_now());
}

TEST(FloatingWindows, WithoutATokenTheBucketIsTheAddresss) {
    FloatingWindows windows;
    send(windows, ticket_for(market_orders()), at(seconds{0}));
    const auto states = windows.states(at(seconds{0}));
    ASSERT_EQ(states.size(), 1U);
    EXPECT_EQ(states[0].group, "market-order");
    EXPECT_EQ(states[0].identity, "ip");
    EXPECT_EQ(states[0].left, 11'998);
    EXPECT_EQ(states[0].in_flight, 2);
}

TEST(FloatingWindows, RoutesOfOneGroupShareABucket) {
    const auto other =
        make_grouped_limit("Another", "char-notification", 15, minutes{15});
    FloatingWindows windows;
    exhaust(windows, ticket_for(notifications()), at(seconds{0}));
    EXPECT_EQ(ask(windows, ticket_for(other), at(seconds{1})).answer,
              Answer::NotBefore);
}

TEST(FloatingWindows, AnUngroupedRouteHasNoWindow) {
    FloatingWindows windows;
    for (int i = 0; i < 1000; ++i) {
        const auto sent = send(windows, ticket_for(universe_types()), at(seconds{0}));
        windows.on_outcome(sent, answered(200, {}, 0), at(seconds{1}));
    }
    EXPECT_EQ(windows.size(), 0U);
}

TEST(FloatingWindows, AnUngroupedRouteThatAnswers429ClosesForThatIdentityAlone) {
    FloatingWindows windows;
    const auto sent = send(windows, ticket_for(universe_types()), at(seconds{0}));
    windows.on_outcome(sent, answered(429, {}, 0), at(seconds{1}));

    auto other = ticket_for(universe_types());
    other.identity = make_identity("app:anna");
    EXPECT_EQ(ask(windows, ticket_for(universe_types()), at(seconds{2})).at,
              at(seconds{11}));
    EXPECT_TRUE(ask(windows, other, at(seconds{2})).is_now());
    EXPECT_TRUE(ask(windows, ticket_for(universe_types()), at(seconds{11})).is_now());
}

TEST(FloatingWindows, AGroupIsLearnedFromAnAnswer) {
    FloatingWindows windows;
    const auto sent = send(windows, ticket_for(universe_types()), at(seconds{0}));
    windows.on_outcome(
        sent, answered(200, window_headers("universe", 100, 1), 0), at(seconds{1}));

    auto next = ticket_for(universe_types());
    windows.place(next, at(seconds{2}));
    EXPECT_TRUE(next.placement.grouped);
    EXPECT_EQ(windows.admit(next, at(seconds{2})).answer, Answer::NotBefore);
}

TEST(FloatingWindows, ALearnedGroupIsForgottenAfterADay) {
    FloatingWindows windows;
    const auto sent = send(windows, ticket_for(universe_types()), at(seconds{0}));
    windows.on_outcome(
        sent, answered(200, window_headers("universe", 100, 50), 0), at(seconds{1}));
    auto next = ticket_for(universe_types());
    windows.place(next, at(hours{25}));
    EXPECT_FALSE(next.placement.grouped);
}

TEST(FloatingWindows, TheAnswersGroupWinsOverTheCatalogs) {
    FloatingWindows windows;
    const auto sent = send(windows, ticket_for(notifications()), at(seconds{0}));
    windows.on_outcome(sent,
                       answered(200, window_headers("char-social", 600, 598), 0),
                       at(seconds{1}));
    auto next = ticket_for(notifications());
    exhaust(windows, next, at(seconds{2}));
    for (const auto& state : windows.states(at(seconds{3}))) {
        EXPECT_EQ(state.group, "char-social");
    }

    // And back, once ESI takes it back.
    windows.place(next, at(minutes{20}));
    next.placement.sent_at = at(minutes{20});
    windows.on_sent(next, at(minutes{20}));
    windows.on_outcome(next,
                       answered(200, window_headers("char-notification", 15, 13), 0),
                       at(minutes{21}));
    auto again = ticket_for(notifications());
    windows.place(again, at(minutes{22}));
    windows.on_sent(again, at(minutes{22}));
    EXPECT_EQ(windows.states(at(minutes{22})).size(), 1U);
}

TEST(FloatingWindows, WhatWasReservedIsReleasedWhereItWasReserved) {
    FloatingWindows windows;
    const auto first = send(windows, ticket_for(notifications()), at(seconds{0}));
    const auto second = send(windows, ticket_for(notifications()), at(seconds{0}));
    const auto moved = answered(200, window_headers("char-social", 600, 598), 0);
    windows.on_outcome(first, moved, at(seconds{1}));
    windows.on_outcome(second, never_sent(), at(seconds{2}));
    for (const auto& state : windows.states(at(seconds{3}))) {
        EXPECT_EQ(state.in_flight, 0) << state.group;
    }
}

TEST(FloatingWindows, BucketsThatAreAsIfNewAreDropped) {
    FloatingWindows windows;
    for (int i = 0; i < 100'000; ++i) {
        const auto name = "app:" + std::to_string(i);
        auto ticket = ticket_for(notifications());
        ticket.identity = make_identity(name);
        const auto now = at(seconds{i});
        const auto sent = send(windows, ticket, now);
        windows.on_outcome(sent, answered(200, {}, 0), now);
    }
    EXPECT_LT(windows.size(), 4000U);  // 900 are younger than a window
}

TEST(FloatingWindows, AShareIsLeftToThoseWhoReserveNothing) {
    FloatingWindows windows;
    auto bulk = ticket_for(market_orders());
    bulk.reserve = 0.1F;
    int sent = 0;
    while (try_send(windows, bulk, at(seconds{0})).is_now()) ++sent;
    EXPECT_EQ(sent, 5400) << "nine tenths of 12,000 tokens, two each";

    auto interactive = ticket_for(market_orders());
    sent = 0;
    while (try_send(windows, interactive, at(seconds{0})).is_now()) ++sent;
    EXPECT_EQ(sent, 600);
}

TEST(FloatingWindows, NoReserveShutsAnIdleBucket) {
    FloatingWindows windows;
    auto bulk = ticket_for(notifications());
    bulk.reserve = 0.99F;
    EXPECT_TRUE(try_send(windows, bulk, at(seconds{0})).is_now());
    EXPECT_FALSE(try_send(windows, bulk, at(seconds{0})).is_now());
}

}  // namespace
}  // namespace pyesi::scheduler
