#include "scheduler/load_balancer.h"

#include "scheduler/hashing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace pyesi::scheduler {

namespace {

constexpr std::array<std::pair<std::string_view, Balancing>, 6> kNames{{
    {"round_robin", Balancing::RoundRobin},
    {"weighted_round_robin", Balancing::WeightedRoundRobin},
    {"least_connections", Balancing::LeastConnections},
    {"least_response_time", Balancing::LeastResponseTime},
    {"health_weighted", Balancing::HealthWeighted},
    {"source_hash", Balancing::SourceHash},
}};

// Who has not answered yet is taken for quick, so that it gets to answer.
constexpr double kQuickest = 0.001;

constexpr std::uint32_t bit_of(std::size_t place) noexcept {
    return 1U << place;
}

template <class Test>
std::uint32_t places_where(std::span<const Candidate> candidates, Test test) {
    std::uint32_t places = 0;
    for (std::size_t place = 0; place < candidates.size(); ++place) {
        if (test(candidates[place])) places |= bit_of(place);
    }
    return places;
}

/// What its turns are counted by.
double due_of(const Candidate& candidate, Balancing how) noexcept {
    switch (how) {
        case Balancing::RoundRobin: return candidate.share;
        case Balancing::HealthWeighted:
            // Squared: who fails every other time is not worth half a good one.
            return candidate.weight * candidate.share * candidate.conduct *
                   candidate.conduct;
        default: return candidate.weight * candidate.share;
    }
}

double fill_of(const Candidate& candidate) noexcept {
    return (candidate.load + 1.0) / (candidate.weight * candidate.share);
}

double wait_at(const Candidate& candidate) noexcept {
    return std::max(candidate.response_time, kQuickest) * fill_of(candidate) /
           candidate.conduct;
}

/// Rendezvous hashing: each identity ranks the upstreams by its own dice, so one that
/// leaves is missed by its own identities alone, and has the same ones again when it
/// returns. By weight, as in a race of exponential clocks.
double rank_of(const Candidate& candidate, std::uint64_t identity) noexcept {
    constexpr double kCeiling = 0x1p53;
    const auto dice = mix(candidate.key, identity) >> 11U;
    const auto drawn = (static_cast<double>(dice) + 0.5) / kCeiling;
    return -std::log(drawn) / (candidate.weight * candidate.share);
}

}  // namespace

std::optional<Balancing> parse_balancing(std::string_view name) noexcept {
    const auto* const found =
        std::ranges::find(kNames, name, &std::pair<std::string_view, Balancing>::first);
    if (found == kNames.end()) return std::nullopt;
    return found->second;
}

std::optional<std::size_t> LoadBalancer::choose(std::span<const Candidate> candidates,
                                                const Choosing& choosing) {
    const auto standing_at = [&](Standing standing) {
        return choosing.allowed & places_where(candidates, [&](const auto& one) {
                   return one.standing == standing;
               });
    };
    const auto probing = standing_at(Standing::Probing) & ~choosing.avoided;
    if (choosing.may_probe && probing != 0) {
        return cheapest(candidates.size(), probing, [](auto) { return 0; });
    }
    const auto open = standing_at(Standing::Open);
    const auto full = standing_at(Standing::Full);
    const auto others = ~choosing.avoided;
    for (const auto among : {open & others, full & others, open, full}) {
        if (among != 0) return choose_among(candidates, among, choosing.identity);
    }
    const auto rest =
        choosing.allowed & places_where(candidates, [](const auto&) { return true; });
    if (rest == 0) return std::nullopt;
    return cheapest(candidates.size(), rest, [&](std::size_t place) {
        return static_cast<int>(candidates[place].standing);
    });
}

std::size_t LoadBalancer::choose_among(std::span<const Candidate> candidates,
                                       Places among,
                                       std::uint64_t identity) {
    switch (how_) {
        case Balancing::LeastConnections:
            return cheapest(candidates.size(), among, [&](std::size_t place) {
                return fill_of(candidates[place]);
            });
        case Balancing::LeastResponseTime:
            return cheapest(candidates.size(), among, [&](std::size_t place) {
                return wait_at(candidates[place]);
            });
        case Balancing::SourceHash:
            return cheapest(candidates.size(), among, [&](std::size_t place) {
                return rank_of(candidates[place], identity);
            });
        default: return take_turn(candidates, among);
    }
}

/// Smooth weighted round robin: each earns its due, the richest is taken and pays what
/// all have earned.
std::size_t LoadBalancer::take_turn(std::span<const Candidate> candidates,
                                    Places among) {
    credits_.resize(candidates.size());
    double earned = 0;
    std::size_t richest = LoadBalancer::kMostUpstreams;
    for (std::size_t place = 0; place < candidates.size(); ++place) {
        if ((among & bit_of(place)) == 0) continue;
        const auto due = due_of(candidates[place], how_);
        credits_[place] += due;
        earned += due;
        const bool is_richest = richest == LoadBalancer::kMostUpstreams ||
                                credits_[place] > credits_[richest];
        if (is_richest) richest = place;
    }
    credits_[richest] -= earned;
    return richest;
}

/// By turns where several cost the same.
template <class Cost>
std::size_t LoadBalancer::cheapest(std::size_t count, Places among, Cost cost) {
    std::size_t best = count;
    auto least = std::numeric_limits<double>::infinity();
    const auto first = next_++;
    for (std::size_t step = 0; step < count; ++step) {
        const auto place = (first + step) % count;
        if ((among & bit_of(place)) == 0) continue;
        const double costs = cost(place);
        if (best == count || costs < least) {
            best = place;
            least = costs;
        }
    }
    return best;
}

}  // namespace pyesi::scheduler
