#include "engine/upstream_choice.h"

#include "http/method.h"

#include <algorithm>
#include <utility>

namespace pyesi::engine {

namespace {

constexpr std::uint32_t bit_of(std::uint32_t place) noexcept {
    return 1U << place;
}

bool is_repeatable_anywhere(const Call& call) noexcept {
    return http::is_safe(call.method) && !has_token(call);
}

/// Whether it may go to another upstream than the one that it has.
bool may_move(const Flight& flight) noexcept {
    return flight.attempts == 0 || is_repeatable_anywhere(flight.call);
}

std::uint32_t allowed_to(const Call& call) noexcept {
    const auto& set = *call.profile->upstreams();
    return has_token(call) ? set.trusted() : ~0U;
}

/// A page may find out whether an upstream is well again, but only the first: the
/// others follow it.
bool may_probe(const Call& call) noexcept {
    return http::is_safe(call.method) && !(call.home && call.home->place);
}

scheduler::Choosing choosing_for(const Flight& flight, std::uint32_t allowed) noexcept {
    return {.allowed = allowed,
            .avoided = flight.tried,
            .may_probe = may_probe(flight.call),
            .identity = flight.ticket.identity.key};
}

}  // namespace

std::optional<std::uint32_t> UpstreamChoice::choose(Flight& flight,
                                                    base::TimePoint now) {
    const auto& set = flight.call.profile->upstreams();
    auto& one = known(set);
    if (stays(flight, one, now)) return one.upstreams[flight.place];
    const auto allowed = allowed_to(flight.call);
    auto place = home_of(flight, one, allowed, now);
    if (!place) {
        place = one.balancer.choose(candidates_of(*set, one, now),
                                    choosing_for(flight, allowed));
    }
    if (!place) return std::nullopt;
    settle_at(flight, one, static_cast<std::uint32_t>(*place));
    return one.upstreams[*place];
}

std::optional<std::uint32_t> UpstreamChoice::choose_other(Flight& flight,
                                                          base::TimePoint now) {
    const auto& set = flight.call.profile->upstreams();
    if (!set || !may_move(flight)) return std::nullopt;
    auto& one = known(set);
    flight.tried |= bit_of(flight.place);
    const auto allowed = allowed_to(flight.call) & ~flight.tried;
    const auto candidates = candidates_of(*set, one, now);
    auto place = home_of(flight, one, allowed, now);
    if (!place) {
        auto choosing = choosing_for(flight, allowed);
        choosing.may_probe = false;
        place = one.balancer.choose(candidates, choosing);
    }
    if (!place || !scheduler::takes_requests(candidates[*place].standing)) {
        return std::nullopt;
    }
    settle_at(flight, one, static_cast<std::uint32_t>(*place));
    return one.upstreams[*place];
}

bool UpstreamChoice::may_leave(const Flight& flight) noexcept {
    const bool has_choice = flight.call.profile->upstreams() != nullptr;
    return has_choice && !flight.call.home && may_move(flight);
}

bool UpstreamChoice::try_take_over(Flight& flight,
                                   const Flight& ended,
                                   base::TimePoint now) {
    const auto& set = flight.call.profile->upstreams();
    const bool shares = set != nullptr && set == ended.call.profile->upstreams();
    if (!shares || flight.call.home || !may_move(flight)) return false;
    const auto allowed = allowed_to(flight.call) & ~flight.tried;
    if ((allowed & bit_of(ended.place)) == 0) return false;
    if (has_room(flight.ticket.upstream, now)) return false;  // its turn comes at once
    if (!has_room(ended.ticket.upstream, now)) return false;
    flight.place = ended.place;
    return true;
}

void UpstreamChoice::on_failed(Flight& flight, bool last, base::TimePoint now) const {
    const auto& set = flight.call.profile->upstreams();
    if (!set) return;
    // Pages that come from two upstreams may be of two snapshots.
    const bool tries_home_again =
        flight.call.home && !last && is_well(flight.ticket.upstream, now);
    if (!tries_home_again) flight.tried |= bit_of(flight.place);
}

const std::vector<std::uint32_t>& UpstreamChoice::indices_of(
    const std::shared_ptr<const UpstreamSet>& set) {
    return known(set).upstreams;
}

bool UpstreamChoice::is_well(std::uint32_t upstream, base::TimePoint now) const {
    return scheduler::takes_requests(scheduler_.candidate(upstream, now).standing);
}

bool UpstreamChoice::has_room(std::uint32_t upstream, base::TimePoint now) const {
    return scheduler_.candidate(upstream, now).standing == scheduler::Standing::Open;
}

UpstreamChoice::Known& UpstreamChoice::known(
    const std::shared_ptr<const UpstreamSet>& set) {
    if (knows(set)) return known_.at(set.get());
    // Another may have been at the same address before.
    std::erase_if(known_, [](const auto& item) { return item.second.set.expired(); });
    return known_.emplace(set.get(), make_known(set)).first->second;
}

UpstreamChoice::Known UpstreamChoice::make_known(
    const std::shared_ptr<const UpstreamSet>& set) {
    Known made{.set = set,
               .upstreams = {},
               .keys = {},
               .balancer = scheduler::LoadBalancer{set->balancing}};
    for (const auto& member : set->members) {
        made.upstreams.push_back(index_of_(member.origin));
        made.keys.push_back(scheduler::hash_of(member.base_url));
        scheduler_.watch(made.upstreams.back());
    }
    return made;
}

bool UpstreamChoice::stays(const Flight& flight,
                           const Known& known,
                           base::TimePoint now) const {
    if (flight.attempts == 0) return false;
    if (!may_move(flight)) return true;
    const bool was_tried = (flight.tried & bit_of(flight.place)) != 0;
    return !was_tried && is_well(known.upstreams[flight.place], now);
}

std::optional<std::size_t> UpstreamChoice::home_of(const Flight& flight,
                                                   const Known& known,
                                                   std::uint32_t allowed,
                                                   base::TimePoint now) const {
    const auto& home = flight.call.home;
    if (!home || !home->place) return std::nullopt;
    const auto place = *home->place;
    const bool may_go = (allowed & ~flight.tried & bit_of(place)) != 0;
    if (!may_go || !is_well(known.upstreams[place], now)) return std::nullopt;
    return place;
}

std::vector<scheduler::Candidate> UpstreamChoice::candidates_of(
    const UpstreamSet& set, const Known& known, base::TimePoint now) const {
    std::vector<scheduler::Candidate> candidates;
    candidates.reserve(set.members.size());
    for (std::size_t place = 0; place < set.members.size(); ++place) {
        auto candidate = scheduler_.candidate(known.upstreams[place], now);
        candidate.weight = set.members[place].weight;
        candidate.key = known.keys[place];
        candidates.push_back(candidate);
    }
    return candidates;
}

void UpstreamChoice::settle_at(Flight& flight,
                               const Known& known,
                               std::uint32_t place) {
    const bool leaves = flight.tried != 0 && place != flight.place;
    if (leaves) scheduler_.health_of(known.upstreams[flight.place])->on_failover();
    flight.place = place;
    if (flight.call.home) flight.call.home->place = place;
}

}  // namespace pyesi::engine
