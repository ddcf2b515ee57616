#include "scheduler/error_limit.h"

#include "scheduler/making.h"

#include <gtest/gtest.h>

#include <vector>

namespace pyesi::scheduler {
namespace {

using namespace making;  // NOLINT(google-build-using-namespace)
using Answer = Admission::Answer;

Ticket ungrouped(base::TimePoint sent_at, Priority priority = Priority::Normal) {
    auto ticket = sent_ticket(universe_types(), sent_at);
    ticket.priority = priority;
    return ticket;
}

void end(ErrorLimit& limit,
         base::TimePoint sent_at,
         const Outcome& outcome,
         base::TimePoint now) {
    const auto ticket = ungrouped(sent_at);
    limit.on_sent(ticket, sent_at);
    limit.on_outcome(ticket, outcome, now);
}

int how_many_pass(ErrorLimit& limit, Priority priority, base::TimePoint now) {
    int passed = 0;
    while (passed < 1000 && limit.admit(ungrouped(now, priority), now).is_now()) {
        limit.on_sent(ungrouped(now, priority), now);
        ++passed;
    }
    return passed;
}

TEST(ErrorLimit, DownToTheReserveEverybodyPasses) {
    ErrorLimit limit;
    end(limit,
        at(seconds{0}),
        answered(200, error_headers(30, seconds{40}), 0),
        at(seconds{1}));
    EXPECT_EQ(how_many_pass(limit, Priority::Background, at(seconds{2})), 10);
    EXPECT_EQ(limit.admit(ungrouped(at(seconds{2})), at(seconds{2})).answer,
              Answer::WhenSlotFrees);
}

TEST(ErrorLimit, BelowTheReserveOnlyInteractivePasses) {
    ErrorLimit limit;
    end(limit,
        at(seconds{0}),
        answered(404, error_headers(15, seconds{40}), 0),
        at(seconds{1}));

    const auto now = at(seconds{2});
    for (const auto priority :
         {Priority::Normal, Priority::Background, Priority::Warming}) {
        const auto admission = limit.admit(ungrouped(now, priority), now);
        EXPECT_EQ(admission.answer, Answer::NotBefore);
        EXPECT_EQ(admission.why, base::ErrorKind::ErrorLimited);
        EXPECT_EQ(admission.at, at(seconds{42}));
    }
    EXPECT_EQ(how_many_pass(limit, Priority::Interactive, now), 14)
        << "the last error is nobody's";
}

TEST(ErrorLimit, OnceSpentNobodyPassesUntilTheReset) {
    ErrorLimit limit;
    end(limit,
        at(seconds{0}),
        answered(404, error_headers(0, seconds{40}), 0),
        at(seconds{1}));
    EXPECT_EQ(how_many_pass(limit, Priority::Interactive, at(seconds{2})), 0);
    EXPECT_GT(how_many_pass(limit, Priority::Normal, at(seconds{42})), 0);
}

TEST(ErrorLimit, GroupedRoutesPassItWhileItIsOpen) {
    ErrorLimit limit;
    end(limit,
        at(seconds{0}),
        answered(404, error_headers(1, seconds{40}), 0),
        at(seconds{1}));
    const auto now = at(seconds{2});
    EXPECT_TRUE(limit.admit(sent_ticket(market_orders(), now), now).is_now());
}

TEST(ErrorLimit, WhereTheServerSaysThatNoneIsLeftNoRoutePasses) {
    ErrorLimit limit;
    end(limit,
        at(seconds{0}),
        answered(404, error_headers(0, seconds{40}), 0),
        at(seconds{1}));
    auto ticket = sent_ticket(market_orders(), at(seconds{2}));
    ticket.priority = Priority::Interactive;
    const auto admission = limit.admit(ticket, at(seconds{2}));
    EXPECT_EQ(admission.answer, Answer::NotBefore);
    EXPECT_EQ(admission.at, at(seconds{42}));
    EXPECT_TRUE(limit.admit(ticket, at(seconds{42})).is_now());
}

TEST(ErrorLimit, ItsOwnErrorsCountWhereTheServerSaysNothing) {
    ErrorLimit limit;
    for (int i = 0; i < 80; ++i) {
        end(limit, at(seconds{0}), answered(502, {}, 0), at(seconds{1}));
    }
    EXPECT_EQ(limit.state(at(seconds{2})).left, 20);
    EXPECT_EQ(how_many_pass(limit, Priority::Normal, at(seconds{2})), 0);
    EXPECT_EQ(how_many_pass(limit, Priority::Interactive, at(seconds{2})), 19);
}

TEST(ErrorLimit, OnlyAWordOnWhatWasSentLaterIncludesItsOwnErrors) {
    ErrorLimit limit;
    const auto told = [](std::uint32_t left, base::Duration reset) {
        return answered(200, error_headers(left, reset), 0);
    };
    end(limit, at(seconds{0}), told(90, seconds{60}), at(seconds{1}));
    for (int i = 0; i < 5; ++i) {
        end(limit, at(seconds{0}), answered(502, {}, 0), at(seconds{2}));
    }
    EXPECT_EQ(limit.state(at(seconds{3})).left, 85);
    end(limit, at(seconds{1}), told(90, seconds{58}), at(seconds{3}));
    EXPECT_EQ(limit.state(at(seconds{3})).left, 85);
    end(limit, at(seconds{4}), told(85, seconds{56}), at(seconds{5}));
    EXPECT_EQ(limit.state(at(seconds{5})).left, 85);
}

TEST(ErrorLimit, WhatBrokeOffMayBeAnErrorAndWhatWasGivenUpIsNone) {
    ErrorLimit limit;
    end(limit, at(seconds{0}), given_up(), at(seconds{1}));
    EXPECT_EQ(limit.state(at(seconds{2})).left, 100);
    end(limit, at(seconds{0}), lost(), at(seconds{1}));
    EXPECT_EQ(limit.state(at(seconds{2})).left, 99);
}

TEST(ErrorLimit, SuccessesCostNothing) {
    ErrorLimit limit;
    for (const int status : {200, 204, 304}) {
        end(limit, at(seconds{0}), answered(status, {}, 0), at(seconds{1}));
    }
    EXPECT_EQ(limit.state(at(seconds{2})).left, 100);
}

TEST(ErrorLimit, TheLowestWordOfAWindowHolds) {
    ErrorLimit limit;
    const auto sent = at(seconds{0});
    end(limit, sent, answered(200, error_headers(40, seconds{50}), 0), at(seconds{1}));
    end(limit, sent, answered(200, error_headers(60, seconds{49}), 0), at(seconds{2}));
    EXPECT_EQ(limit.state(at(seconds{3})).left, 40);
}

TEST(ErrorLimit, ALateAnswerOutOfTheWindowBeforeIsNotHeard) {
    ErrorLimit limit;
    const auto sent = at(seconds{0});
    end(limit, sent, answered(200, error_headers(90, seconds{60}), 0), at(seconds{2}));
    end(limit, sent, answered(404, error_headers(3, seconds{1}), 0), at(seconds{3}));
    EXPECT_EQ(limit.state(at(seconds{4})).left, 90);
}

TEST(ErrorLimit, AFourTwentyClosesGroupedRoutesToo) {
    ErrorLimit limit;
    end(limit,
        at(seconds{0}),
        answered(420, error_headers(0, seconds{30}), 0.5),
        at(seconds{1}));

    for (const auto* const route : {&market_orders(), &universe_types()}) {
        auto ticket = sent_ticket(*route, at(seconds{2}));
        ticket.priority = Priority::Interactive;
        const auto admission = limit.admit(ticket, at(seconds{2}));
        EXPECT_EQ(admission.answer, Answer::NotBefore);
        EXPECT_EQ(admission.why, base::ErrorKind::ErrorLimited);
        EXPECT_EQ(admission.at, at(milliseconds{32'500}));  // reset, a second, jitter
    }
}

TEST(ErrorLimit, AFourTwentyWithoutAWordClosesForAWholeWindow) {
    ErrorLimit limit;
    end(limit, at(seconds{0}), answered(420, {}, 0), at(seconds{1}));
    EXPECT_EQ(limit.state(at(seconds{1})).closed_for, seconds{61});
}

TEST(ErrorLimit, AfterTheClosureASingleProbeGoesBeforeAll) {
    ErrorLimit limit;
    end(limit,
        at(seconds{0}),
        answered(420, error_headers(0, seconds{30}), 0),
        at(seconds{1}));
    const auto reopened = at(seconds{32});

    EXPECT_EQ(how_many_pass(limit, Priority::Normal, reopened), 1);
    const auto grouped = sent_ticket(market_orders(), reopened);
    EXPECT_EQ(limit.admit(grouped, reopened).answer, Answer::WhenSlotFrees);

    limit.on_outcome(ungrouped(reopened), answered(200, {}, 0), reopened + seconds{1});
    EXPECT_TRUE(limit.admit(grouped, reopened + seconds{1}).is_now());
    EXPECT_GT(how_many_pass(limit, Priority::Normal, reopened + seconds{1}), 1);
}

TEST(ErrorLimit, AProbeThatIsRefusedClosesAnew) {
    ErrorLimit limit;
    const auto refused_again = answered(420, error_headers(0, seconds{30}), 0);
    end(limit, at(seconds{0}), refused_again, at(seconds{1}));
    end(limit, at(seconds{32}), refused_again, at(seconds{33}));
    EXPECT_EQ(limit.admit(ungrouped(at(seconds{34})), at(seconds{34})).at,
              at(seconds{64}));
}

TEST(ErrorLimit, AProbeThatSaysNothingIsFollowedByAnother) {
    ErrorLimit limit;
    end(limit,
        at(seconds{0}),
        answered(420, error_headers(0, seconds{30}), 0),
        at(seconds{1}));
    for (const auto& outcome : {lost(), never_sent()}) {
        const auto now = at(seconds{40});
        ASSERT_TRUE(limit.admit(ungrouped(now), now).is_now());
        limit.on_sent(ungrouped(now), now);
        ASSERT_FALSE(limit.admit(ungrouped(now), now).is_now());
        limit.on_outcome(ungrouped(now), outcome, now);
    }
}

TEST(ErrorLimit, WhatWasSentBeforeTheClosureDoesNotOpenIt) {
    ErrorLimit limit;
    limit.on_sent(ungrouped(at(seconds{0})), at(seconds{0}));
    end(limit,
        at(seconds{0}),
        answered(420, error_headers(0, seconds{30}), 0),
        at(seconds{1}));
    limit.on_outcome(ungrouped(at(seconds{0})), answered(200, {}, 0), at(seconds{2}));
    EXPECT_FALSE(limit.admit(ungrouped(at(seconds{3})), at(seconds{3})).is_now());
}

TEST(ErrorLimit, EveryStateEndsByItself) {
    ErrorLimit limit;
    end(limit,
        at(seconds{0}),
        answered(420, error_headers(0, seconds{60}), 0.9),
        at(seconds{1}));
    limit.on_sent(ungrouped(at(seconds{70})),
                  at(seconds{70}));  // a probe never heard of
    const auto later = at(seconds{63 + 120});
    EXPECT_TRUE(limit.admit(ungrouped(later), later).is_now());
    EXPECT_EQ(limit.state(later).left, 100);
    EXPECT_EQ(limit.state(later).closed_for, seconds{0});
}

TEST(ErrorLimit, EveryRequestThatEndsIsNoLongerInFlight) {
    ErrorLimit limit;
    const std::vector<Outcome> outcomes{answered(200, {}, 0),
                                        answered(404, {}, 0),
                                        answered(420, {}, 0),
                                        answered(429, {}, 0),
                                        lost(),
                                        given_up(),
                                        never_sent()};
    for (const auto& outcome : outcomes) {
        end(limit, at(seconds{0}), outcome, at(seconds{1}));
    }
    EXPECT_EQ(limit.state(at(seconds{2})).in_flight, 0);
}

}  // namespace
}  // namespace pyesi::scheduler
