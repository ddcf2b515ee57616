#include "scheduler/route_ceilings.h"

#include "scheduler/making.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <deque>
#include <random>
#include <vector>

namespace pyesi::scheduler {
namespace {

using namespace making;
using Answer = Admission::Answer;

RouteLimit history_of(Ceiling ceiling) {
    auto limit = make_error_limit("/markets/{region_id}/history");
    limit.ceiling = ceiling;
    return limit;
}

void send(RouteCeilings& gate, const Ticket& ticket, base::TimePoint now) {
    ASSERT_TRUE(gate.admit(ticket, now).is_now());
    gate.on_sent(ticket, now);
}

void answer(RouteCeilings& gate,
            const Ticket& ticket,
            base::TimePoint now,
            int status = 200) {
    gate.on_outcome(ticket, answered(status, {}, 0), now);
}

TEST(RouteCeilings, WhatIsInFlightAndWhatEndedLatelyCountTogether) {
    const auto limit = history_of({3, seconds{60}});
    RouteCeilings gate;
    const auto ticket = ticket_for(limit);
    for (int count = 0; count < 3; ++count) send(gate, ticket, at(seconds{0}));
    EXPECT_EQ(gate.admit(ticket, at(seconds{0})).answer, Answer::WhenSlotFrees);

    answer(gate, ticket, at(seconds{1}));
    const auto admission = gate.admit(ticket, at(seconds{2}));
    EXPECT_EQ(admission.answer, Answer::NotBefore);
    EXPECT_EQ(admission.at, at(seconds{61}));
    EXPECT_TRUE(gate.admit(ticket, at(seconds{61})).is_now());
}

TEST(RouteCeilings, WhatWasNeverSentGivesItsPlaceBack) {
    const auto limit = history_of({1, seconds{60}});
    RouteCeilings gate;
    const auto ticket = ticket_for(limit);
    send(gate, ticket, at(seconds{0}));
    gate.on_outcome(ticket, never_sent(), at(seconds{0}));
    EXPECT_TRUE(gate.admit(ticket, at(seconds{0})).is_now());
}

TEST(RouteCeilings, WhatBrokeOffMayHaveBeenCounted) {
    const auto limit = history_of({1, seconds{60}});
    RouteCeilings gate;
    const auto ticket = ticket_for(limit);
    send(gate, ticket, at(seconds{0}));
    gate.on_outcome(ticket, lost(), at(seconds{5}));
    EXPECT_FALSE(gate.admit(ticket, at(seconds{64})).is_now());
    EXPECT_TRUE(gate.admit(ticket, at(seconds{65})).is_now());
}

TEST(RouteCeilings, ARouteWithoutOnePasses) {
    RouteCeilings gate;
    const auto ticket = ticket_for(universe_types());
    for (int count = 0; count < 10'000; ++count) send(gate, ticket, at(seconds{0}));
    EXPECT_TRUE(gate.states(at(seconds{0})).empty());
}

TEST(RouteCeilings, IdentitiesShareOneSinceEsiCountsByAddress) {
    const auto limit = history_of({1, seconds{60}});
    RouteCeilings gate;
    auto anna = ticket_for(limit);
    anna.identity = make_identity("app:anna");
    auto boris = ticket_for(limit);
    boris.identity = make_identity("app:boris");
    send(gate, anna, at(seconds{0}));
    EXPECT_FALSE(gate.admit(boris, at(seconds{0})).is_now());
}

TEST(RouteCeilings, A520PausesTheRoute) {
    const auto limit = history_of({300, seconds{60}});
    RouteCeilings gate;
    const auto ticket = ticket_for(limit);
    send(gate, ticket, at(seconds{0}));
    answer(gate, ticket, at(seconds{1}), 520);
    const auto admission = gate.admit(ticket, at(seconds{2}));
    EXPECT_EQ(admission.answer, Answer::NotBefore);
    EXPECT_EQ(admission.at, at(seconds{11}));
    EXPECT_TRUE(gate.admit(ticket, at(seconds{11})).is_now());
}

TEST(RouteCeilings, WhatHoldsIsTold) {
    const auto limit = history_of({3, seconds{60}});
    RouteCeilings gate;
    const auto ticket = ticket_for(limit);
    send(gate, ticket, at(seconds{0}));
    const auto states = gate.states(at(seconds{0}));
    ASSERT_EQ(states.size(), 1U);
    EXPECT_EQ(states[0].route, "/markets/{region_id}/history");
    EXPECT_EQ(states[0].requests, 3U);
    EXPECT_EQ(states[0].left, 2);
    answer(gate, ticket, at(seconds{1}));
    EXPECT_EQ(gate.states(at(seconds{60})).size(), 1U);
    EXPECT_TRUE(gate.states(at(seconds{61})).empty()) << "as if new";
}

TEST(RouteCeilings, TheKnownOnesAreMarketAndCorporationHistory) {
    EXPECT_EQ(known_ceiling("/markets/{region_id}/history").requests, 300U);
    EXPECT_EQ(known_ceiling("/characters/{character_id}/corporationhistory").window,
              minutes{1});
    EXPECT_FALSE(known_ceiling("/markets/{region_id}/orders").is_set());
}

// Whatever comes and ends when: of the requests that a server could have seen in any
// window there are never more than the ceiling.
TEST(RouteCeilings, NoWindowSeesMoreThanTheCeiling) {
    const auto limit = history_of({20, seconds{10}});
    RouteCeilings gate;
    std::mt19937 random{11};
    std::deque<Ticket> open;
    std::vector<base::TimePoint> reached;
    auto now = at(seconds{0});
    for (int step = 0; step < 20'000; ++step) {
        now += milliseconds{random() % 50};
        const auto ticket = ticket_for(limit);
        if (random() % 3 != 0 && gate.admit(ticket, now).is_now()) {
            gate.on_sent(ticket, now);
            open.push_back(ticket);
        } else if (!open.empty()) {
            reached.push_back(now);  // at the latest
            answer(gate, open.front(), now);
            open.pop_front();
        }
    }
    ASSERT_GT(reached.size(), 500U);
    for (std::size_t last = 20; last < reached.size(); ++last) {
        ASSERT_GE(reached[last] - reached[last - 20], seconds{10}) << last;
    }
}

}  // namespace
}  // namespace pyesi::scheduler
