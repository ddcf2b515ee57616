#include "scheduler/load_balancer.h"

#include "scheduler/hashing.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>
#include <random>
#include <vector>

namespace pyesi::scheduler {
namespace {

using Candidates = std::vector<Candidate>;
using Counts = std::vector<int>;

constexpr std::array kAll{Balancing::RoundRobin,
                          Balancing::WeightedRoundRobin,
                          Balancing::LeastConnections,
                          Balancing::LeastResponseTime,
                          Balancing::HealthWeighted,
                          Balancing::SourceHash};

Candidates make(std::size_t count) {
    Candidates candidates(count);
    for (std::size_t place = 0; place < count; ++place) {
        candidates[place].key = hash_of("https://mirror" + std::to_string(place));
    }
    return candidates;
}

Candidates weighing(const std::vector<double>& weights) {
    auto candidates = make(weights.size());
    for (std::size_t place = 0; place < weights.size(); ++place) {
        candidates[place].weight = weights[place];
    }
    return candidates;
}

Counts counts_of(LoadBalancer& balancer,
                 const Candidates& candidates,
                 int choices,
                 const Choosing& choosing = {}) {
    Counts counts(candidates.size());
    for (int choice = 0; choice < choices; ++choice) {
        ++counts[*balancer.choose(candidates, choosing)];
    }
    return counts;
}

TEST(LoadBalancer, RoundRobinTakesEachInTurnWhateverTheWeights) {
    LoadBalancer balancer{Balancing::RoundRobin};
    const auto candidates = weighing({5, 1, 1});
    for (int round = 0; round < 10; ++round) {
        EXPECT_EQ(counts_of(balancer, candidates, 3), (Counts{1, 1, 1}));
    }
}

TEST(LoadBalancer, WeightsAreKeptExactlyInEachRoundOfAllSmallSets) {
    for (int first = 1; first <= 5; ++first) {
        for (int second = 1; second <= 5; ++second) {
            for (int third = 1; third <= 5; ++third) {
                LoadBalancer balancer{Balancing::WeightedRoundRobin};
                const auto candidates =
                    weighing({1.0 * first, 1.0 * second, 1.0 * third});
                const Counts due{first, second, third};
                const int round = first + second + third;
                for (int again = 0; again < 4; ++again) {
                    EXPECT_EQ(counts_of(balancer, candidates, round), due);
                }
            }
        }
    }
}

TEST(LoadBalancer, WeightsAreWellMixed) {
    LoadBalancer balancer{Balancing::WeightedRoundRobin};
    const auto candidates = weighing({5, 1, 1});
    std::string turns;
    for (int turn = 0; turn < 7; ++turn) {
        turns += static_cast<char>('a' + *balancer.choose(candidates, {}));
    }
    EXPECT_EQ(turns, "aabacaa");
}

TEST(LoadBalancer, NobodyIsEverFarBehindItsDue) {
    std::mt19937 dice{7};
    for (int set = 0; set < 200; ++set) {
        std::uniform_int_distribution<int> weight{1, 9};
        std::vector<double> weights(1 + dice() % 6);
        double sum = 0;
        for (auto& one : weights) sum += one = weight(dice);
        LoadBalancer balancer{Balancing::WeightedRoundRobin};
        const auto candidates = weighing(weights);
        Counts counts(weights.size());
        for (int turn = 1; turn <= 200; ++turn) {
            ++counts[*balancer.choose(candidates, {})];
            for (std::size_t place = 0; place < weights.size(); ++place) {
                const auto due = turn * weights[place] / sum;
                EXPECT_LT(std::abs(counts[place] - due),
                          static_cast<double>(weights.size()));
            }
        }
    }
}

TEST(LoadBalancer, WhoComesBackIsGivenItsShareOnly) {
    for (const auto how : {Balancing::RoundRobin, Balancing::WeightedRoundRobin}) {
        LoadBalancer balancer{how};
        auto candidates = make(2);
        candidates[1].share = 0.1;
        const auto counts = counts_of(balancer, candidates, 1100);
        EXPECT_NEAR(counts[1], 100, 1);
    }
}

TEST(LoadBalancer, BadConductCostsTurnsWhereHealthWeighs) {
    LoadBalancer balancer{Balancing::HealthWeighted};
    auto candidates = make(2);
    candidates[1].conduct = 0.5;
    const auto counts = counts_of(balancer, candidates, 1000);
    EXPECT_NEAR(counts[1], 200, 1);
}

TEST(LoadBalancer, TheLeastLoadedIsTakenForAllSmallLoads) {
    for (std::uint32_t loads = 0; loads < 6 * 6 * 6; ++loads) {
        LoadBalancer balancer{Balancing::LeastConnections};
        auto candidates = make(3);
        candidates[0].load = loads % 6;
        candidates[1].load = loads / 6 % 6;
        candidates[2].load = loads / 36;
        const auto chosen = *balancer.choose(candidates, {});
        for (const auto& other : candidates) {
            EXPECT_LE(candidates[chosen].load, other.load);
        }
    }
}

TEST(LoadBalancer, OfTwoEqualOnesBothAreTaken) {
    for (const auto how : {Balancing::LeastConnections, Balancing::LeastResponseTime}) {
        LoadBalancer balancer{how};
        EXPECT_EQ(counts_of(balancer, make(3), 30), (Counts{10, 10, 10}));
    }
}

TEST(LoadBalancer, TheQuickOneHasAllUntilItIsFull) {
    LoadBalancer balancer{Balancing::LeastResponseTime};
    auto candidates = make(2);
    candidates[0].response_time = 0.2;
    candidates[1].response_time = 0.05;
    for (std::uint32_t under_way = 0; under_way < 3; ++under_way) {
        candidates[1].load = under_way;
        EXPECT_EQ(balancer.choose(candidates, {}), 1U);
    }
    candidates[1].load = 5;
    EXPECT_EQ(balancer.choose(candidates, {}), 0U);
}

TEST(LoadBalancer, OneThatHasNotAnsweredYetGetsTheChance) {
    LoadBalancer balancer{Balancing::LeastResponseTime};
    auto candidates = make(2);
    candidates[0].response_time = 0.1;
    EXPECT_EQ(balancer.choose(candidates, {}), 1U);
}

TEST(LoadBalancer, AnIdentityKeepsItsUpstream) {
    LoadBalancer balancer{Balancing::SourceHash};
    const auto candidates = make(4);
    for (std::uint64_t identity = 0; identity < 100; ++identity) {
        const Choosing choosing{.identity = identity};
        const auto first = balancer.choose(candidates, choosing);
        EXPECT_EQ(balancer.choose(candidates, choosing), first);
    }
}

TEST(LoadBalancer, OneThatLeavesIsMissedByItsOwnAloneAndHasThemBackAfterwards) {
    LoadBalancer balancer{Balancing::SourceHash};
    auto candidates = make(5);
    for (std::uint64_t identity = 0; identity < 1000; ++identity) {
        const Choosing choosing{.identity = spread(identity)};
        const auto before = *balancer.choose(candidates, choosing);
        candidates[2].standing = Standing::Shut;
        const auto meanwhile = *balancer.choose(candidates, choosing);
        EXPECT_NE(meanwhile, 2U);
        if (before != 2) {
            EXPECT_EQ(meanwhile, before);
        }
        candidates[2].standing = Standing::Open;
        EXPECT_EQ(*balancer.choose(candidates, choosing), before);
    }
}

TEST(LoadBalancer, IdentitiesAreSpreadByWeight) {
    LoadBalancer balancer{Balancing::SourceHash};
    const auto candidates = weighing({3, 1});
    Counts counts(2);
    for (std::uint64_t identity = 0; identity < 20'000; ++identity) {
        ++counts[*balancer.choose(candidates, {.identity = spread(identity)})];
    }
    EXPECT_NEAR(counts[0], 15'000, 400);
}

TEST(LoadBalancer, WhoIsNotAllowedIsNeverTaken) {
    std::mt19937 dice{3};
    for (const auto how : kAll) {
        LoadBalancer balancer{how};
        for (int choice = 0; choice < 2000; ++choice) {
            auto candidates = make(5);
            for (auto& one : candidates) {
                one.standing = static_cast<Standing>(dice() % 6);
                one.load = static_cast<std::uint32_t>(dice() % 30);
            }
            const Choosing choosing{.allowed = static_cast<std::uint32_t>(dice() % 32),
                                    .avoided = static_cast<std::uint32_t>(dice() % 32),
                                    .may_probe = dice() % 2 == 0,
                                    .identity = dice()};
            const auto chosen = balancer.choose(candidates, choosing);
            ASSERT_EQ(chosen.has_value(), choosing.allowed != 0);
            if (chosen) {
                EXPECT_NE(choosing.allowed >> *chosen & 1U, 0U);
            }
        }
    }
}

TEST(LoadBalancer, TheBestStandingIsTakenAndOneThatWasTriedComesLast) {
    for (const auto how : kAll) {
        for (std::uint32_t standings = 0; standings < 6 * 6 * 6; ++standings) {
            LoadBalancer balancer{how};
            auto candidates = make(3);
            candidates[0].standing = static_cast<Standing>(standings % 6);
            candidates[1].standing = static_cast<Standing>(standings / 6 % 6);
            candidates[2].standing = static_cast<Standing>(standings / 36);
            const auto chosen = *balancer.choose(candidates, {.avoided = 1});
            auto best = Standing::Shut;
            for (const auto& one : candidates) best = std::min(best, one.standing);
            const bool another_takes_it = takes_requests(candidates[1].standing) ||
                                          takes_requests(candidates[2].standing);
            if (another_takes_it) {
                EXPECT_NE(chosen, 0U);
                best = std::min(candidates[1].standing, candidates[2].standing);
            }
            EXPECT_EQ(candidates[chosen].standing, best);
        }
    }
}

TEST(LoadBalancer, OnlyWhatCanBeMadeAgainProbes) {
    for (const auto how : kAll) {
        LoadBalancer balancer{how};
        auto candidates = make(2);
        candidates[1].standing = Standing::Probing;
        EXPECT_EQ(balancer.choose(candidates, {.may_probe = true}), 1U);
        EXPECT_EQ(balancer.choose(candidates, {.may_probe = false}), 0U);
        EXPECT_EQ(balancer.choose(candidates, {.avoided = 2, .may_probe = true}), 0U);
    }
}

TEST(LoadBalancer, EqualCallsGiveEqualChoices) {
    for (const auto how : kAll) {
        LoadBalancer one{how};
        LoadBalancer other{how};
        std::mt19937 dice{11};
        for (int choice = 0; choice < 500; ++choice) {
            auto candidates = make(4);
            for (auto& candidate : candidates) {
                candidate.load = static_cast<std::uint32_t>(dice() % 9);
            }
            const Choosing choosing{.identity = dice()};
            EXPECT_EQ(one.choose(candidates, choosing),
                      other.choose(candidates, choosing));
        }
    }
}

TEST(LoadBalancer, EachStrategyHasItsName) {
    EXPECT_EQ(parse_balancing("round_robin"), Balancing::RoundRobin);
    EXPECT_EQ(parse_balancing("source_hash"), Balancing::SourceHash);
    EXPECT_EQ(parse_balancing("random"), std::nullopt);
    EXPECT_EQ(parse_balancing(""), std::nullopt);
}

}  // namespace
}  // namespace pyesi::scheduler
