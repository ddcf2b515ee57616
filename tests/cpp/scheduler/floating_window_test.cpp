#include "scheduler/floating_window.h"

#include "scheduler/making.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace pyesi::scheduler {
namespace {

using namespace making;  // NOLINT(google-build-using-namespace)
using Answer = Admission::Answer;

constexpr auto kGroup = "char-notification";

/// Sends and settles one request with a status and perhaps what the server says.
void spend(FloatingWindow& window,
           const Outcome& outcome,
           base::TimePoint sent_at,
           base::TimePoint now) {
    const auto tokens = window.tokens_to_reserve();
    window.reserve(tokens);
    window.release(tokens);
    window.settle(outcome, sent_at, now);
}

TEST(FloatingWindow, SettlesByTheClassOfTheStatus) {
    const std::vector<std::pair<int, int>> cases = {{200, 2},
                                                    {204, 2},
                                                    {304, 1},
                                                    {404, 5},
                                                    {403, 5},
                                                    {429, 0},
                                                    {420, 0},
                                                    {500, 0},
                                                    {503, 0}};
    for (const auto& [status, cost] : cases) {
        FloatingWindow window{100, minutes{15}};
        spend(window, answered(status, {}, 0), at(seconds{0}), at(seconds{1}));
        EXPECT_EQ(window.tokens_left(at(hours{1}) - hours{1} + seconds{1}), 100 - cost)
            << status;
    }
}

TEST(FloatingWindow, AnAnswerThatWasLostIsHeldToHaveCost) {
    FloatingWindow window{100, minutes{15}};
    spend(window, lost(), at(seconds{0}), at(seconds{1}));
    EXPECT_EQ(window.tokens_left(at(seconds{1})), 98);
    spend(window, never_sent(), at(seconds{0}), at(seconds{1}));
    EXPECT_EQ(window.tokens_left(at(seconds{1})), 98);
    spend(window, given_up(), at(seconds{0}), at(seconds{1}));
    EXPECT_EQ(window.tokens_left(at(seconds{1})), 96);
}

TEST(FloatingWindow, WhatIsInFlightCannotBeSpentTwice) {
    FloatingWindow window{15, minutes{15}};
    int sent = 0;
    while (window.admit(2, 0, at(seconds{0})).is_now()) {
        window.reserve(2);
        ++sent;
    }
    EXPECT_EQ(sent, 7);
    EXPECT_EQ(window.admit(2, 0, at(seconds{0})).answer, Answer::WhenSlotFrees);
}

TEST(FloatingWindow, AnEmptyBucketOpensWhenEnoughHasReturned) {
    FloatingWindow window{5, minutes{15}};
    spend(window, answered(200, {}, 0), at(seconds{0}), at(seconds{0}));
    spend(window, answered(200, {}, 0), at(minutes{2}), at(minutes{2}));

    const auto admission = window.admit(2, 0, at(minutes{3}));
    EXPECT_EQ(admission.answer, Answer::NotBefore);
    EXPECT_EQ(admission.at, at(minutes{15}));
    EXPECT_TRUE(window.admit(2, 0, admission.at).is_now());
}

TEST(FloatingWindow, AfterAnErrorTheNextSixteenReserveForOne) {
    FloatingWindow window{100, minutes{15}};
    EXPECT_EQ(window.tokens_to_reserve(), 2U);
    spend(window, answered(403, {}, 0), at(seconds{0}), at(seconds{1}));
    for (int i = 0; i < 16; ++i) {
        EXPECT_EQ(window.tokens_to_reserve(), 5U);
        spend(window, answered(304, {}, 0), at(seconds{2}), at(seconds{3}));
    }
    EXPECT_EQ(window.tokens_to_reserve(), 2U);
}

TEST(FloatingWindow, ABucketSmallerThanAReservationStillOpens) {
    const FloatingWindow window{1, minutes{15}};
    EXPECT_EQ(window.tokens_to_reserve(), 1U);
    EXPECT_TRUE(window.admit(1, 0, at(seconds{0})).is_now());
}

TEST(FloatingWindow, OthersSpendingIsSeenThroughWhatRemains) {
    FloatingWindow window{15, minutes{15}};
    const auto told = window_headers(kGroup, 15, 4);  // 9 of these 11 are not ours
    spend(window, answered(200, told, 0), at(seconds{0}), at(seconds{1}));

    EXPECT_EQ(window.tokens_left(at(seconds{1})), 4);
    window.reserve(2);
    EXPECT_EQ(window.tokens_left(at(seconds{1})), 2);
}

TEST(FloatingWindow, OthersSpendingIsForgottenOneWindowAfterItWasSeen) {
    FloatingWindow window{15, minutes{15}};
    spend(window,
          answered(200, window_headers(kGroup, 15, 1), 0),
          at(seconds{0}),
          at(seconds{1}));

    const auto admission = window.admit(2, 0, at(seconds{2}));
    EXPECT_EQ(admission.answer, Answer::NotBefore);
    EXPECT_LE(admission.at, at(seconds{1} + minutes{15}));
    EXPECT_EQ(window.tokens_left(at(seconds{1} + minutes{15})), 15);
    EXPECT_TRUE(window.is_idle(at(seconds{1} + minutes{15})));
}

TEST(FloatingWindow, AnswersThatOvertakeEachOtherLoseNothingForGood) {
    FloatingWindow window{15, minutes{15}};
    for (int i = 0; i < 4; ++i) window.reserve(2);
    // All were sent at 0; the one that the server saw last comes back first.
    for (const std::uint32_t remaining : {7U, 13U, 9U, 11U}) {
        window.release(2);
        window.settle(answered(200, window_headers(kGroup, 15, remaining), 0),
                      at(seconds{0}),
                      at(seconds{1}));
        EXPECT_LE(window.tokens_left(at(seconds{1})), 7);
    }
    EXPECT_EQ(window.tokens_left(at(seconds{1})), 7);
}

TEST(FloatingWindow, AnOldWordDoesNotUndoANewerOne) {
    FloatingWindow window{100, minutes{15}};
    window.reserve(2);
    window.reserve(2);
    const auto newer = answered(200, window_headers(kGroup, 100, 10), 0);
    const auto older = answered(200, window_headers(kGroup, 100, 98), 0);
    window.release(2);
    window.settle(newer, at(seconds{1}), at(seconds{2}));
    window.release(2);
    window.settle(older, at(seconds{1}), at(seconds{3}));
    EXPECT_LE(window.tokens_left(at(seconds{3})), 10);
}

TEST(FloatingWindow, ALaterWordReplacesAnEarlierOne) {
    FloatingWindow window{100, minutes{15}};
    spend(window,
          answered(200, window_headers(kGroup, 100, 10), 0),
          at(seconds{0}),
          at(seconds{1}));
    spend(window,
          answered(200, window_headers(kGroup, 100, 50), 0),
          at(seconds{2}),
          at(seconds{3}));
    EXPECT_EQ(window.tokens_left(at(seconds{3})), 50);
}

TEST(FloatingWindow, TheHeadersSizeWinsOverTheTables) {
    FloatingWindow window{15, minutes{15}};
    spend(window,
          answered(200, window_headers(kGroup, 600, 598), 0),
          at(seconds{0}),
          at(seconds{1}));
    EXPECT_EQ(window.max_tokens(), 600U);
    EXPECT_EQ(window.tokens_left(at(seconds{1})), 598);
}

TEST(FloatingWindow, MoreRemainingThanThereIsIsNotBelieved) {
    FloatingWindow window{15, minutes{15}};
    LimitHeaders told;
    told.remaining = 16;
    spend(window, answered(200, told, 0), at(seconds{0}), at(seconds{1}));
    EXPECT_EQ(window.tokens_left(at(seconds{1})), 13);
}

TEST(FloatingWindow, RetryAfterClosesItForAllThatTime) {
    FloatingWindow window{15, minutes{15}};
    spend(window,
          answered(429, retry_after(seconds{100}), 0.5),
          at(seconds{0}),
          at(seconds{1}));

    const auto admission = window.admit(2, 0, at(seconds{2}));
    EXPECT_EQ(admission.answer, Answer::NotBefore);
    EXPECT_EQ(admission.why, base::ErrorKind::WindowClosed);
    EXPECT_GE(admission.at, at(seconds{101}));
    EXPECT_LE(admission.at, at(seconds{102}));
}

TEST(FloatingWindow, AClosureIsNeverShortened) {
    FloatingWindow window{15, minutes{15}};
    spend(window,
          answered(429, retry_after(seconds{100}), 0),
          at(seconds{0}),
          at(seconds{1}));
    spend(window,
          answered(429, retry_after(seconds{5}), 0),
          at(seconds{0}),
          at(seconds{2}));
    spend(window, answered(429, {}, 0), at(seconds{0}), at(seconds{3}));
    EXPECT_EQ(window.admit(2, 0, at(seconds{4})).at, at(seconds{101}));
}

TEST(FloatingWindow, A429WithoutAWordClosesItForTenSeconds) {
    FloatingWindow window{100, minutes{15}};
    spend(window, answered(429, {}, 0), at(seconds{0}), at(seconds{1}));
    EXPECT_EQ(window.admit(2, 0, at(seconds{2})).at, at(seconds{11}));
    EXPECT_TRUE(window.admit(2, 0, at(seconds{11})).is_now());
    EXPECT_EQ(window.tokens_left(at(seconds{11})), 100);
}

TEST(FloatingWindow, EachRefusalWidensWhatIsLeftToOthers) {
    FloatingWindow window{100, minutes{15}};
    const auto refused_now = answered(429, retry_after(seconds{1}), 0);
    std::int64_t before = 0;
    for (int i = 0; i < 6; ++i) {
        const auto now = at(minutes{i});
        spend(window, refused_now, now, now);
        spend(window, answered(200, window_headers(kGroup, 100, 99), 0), now, now);
        std::uint32_t passed = 0;
        while (window.admit(1, 0, now + seconds{2}).is_now()) {
            window.reserve(1);
            ++passed;
        }
        const auto unused = window.tokens_left(now + seconds{2});
        window.release(passed);
        EXPECT_GE(unused, before);
        EXPECT_LE(unused, 10);
        before = unused;
    }
    EXPECT_EQ(before, 10);
    EXPECT_TRUE(window.admit(100, 0, at(minutes{21})).is_now());
}

TEST(FloatingWindow, AfterARefusalASingleRequestGoesFirst) {
    FloatingWindow window{100, minutes{15}};
    spend(window,
          answered(429, retry_after(seconds{60}), 0),
          at(seconds{0}),
          at(seconds{1}));

    const auto reopened = at(seconds{61});
    ASSERT_TRUE(window.admit(2, 0, reopened).is_now());
    window.reserve(2);
    EXPECT_EQ(window.admit(2, 0, reopened).answer, Answer::WhenSlotFrees);

    window.release(2);
    window.settle(answered(200, window_headers(kGroup, 100, 40), 0),
                  reopened,
                  reopened + seconds{1});
    EXPECT_EQ(window.tokens_left(reopened + seconds{1}), 40);
}

}  // namespace
}  // namespace pyesi::scheduler
