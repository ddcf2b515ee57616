#include "scheduler/route_ceilings.h"

#include "http/status.h"

#include <algorithm>
#include <chrono>

namespace pyesi::scheduler {

namespace {

constexpr auto kWhy = base::ErrorKind::WindowClosed;
constexpr base::Duration kPausedFor = std::chrono::seconds{10};
constexpr base::Duration kJitterSpan = std::chrono::seconds{5};

}  // namespace

// CCP's word on the forum (2023) and esi-issues #1376; more is answered 500 or 520.
Ceiling known_ceiling(std::string_view path) noexcept {
    constexpr Ceiling kFivePerSecond{300, std::chrono::minutes{1}};
    const bool is_known = path == "/markets/{region_id}/history" ||
                          path == "/characters/{character_id}/corporationhistory";
    return is_known ? kFivePerSecond : Ceiling{};
}

base::Duration pause_length(const Outcome& outcome) noexcept {
    const auto jitter =
        base::from_seconds(outcome.jitter * base::in_seconds(kJitterSpan));
    return kPausedFor + jitter;
}

std::int64_t RouteCeilings::Route::left(base::TimePoint now) const noexcept {
    return ceiling.requests - in_flight - ended.total(now);
}

bool RouteCeilings::Route::is_idle(base::TimePoint now) const noexcept {
    return in_flight == 0 && ended.total(now) == 0 && closed_until <= now;
}

Admission RouteCeilings::admit(const Ticket& ticket, base::TimePoint now) const {
    if (!ticket.limit->ceiling.is_set()) return admit_now();
    const auto found = routes_.find(ticket.limit->route_key);
    if (found == routes_.end()) return admit_now();
    const auto& route = found->second;
    if (now < route.closed_until) return not_before(route.closed_until, kWhy);
    if (route.left(now) > 0) return admit_now();
    const auto opens = route.ended.return_of(1 - route.left(now), now);
    // Of those in flight it is not known when they will have returned.
    return opens == base::TimePoint::max() ? when_slot_frees(kWhy)
                                           : not_before(opens, kWhy);
}

void RouteCeilings::on_sent(const Ticket& ticket, base::TimePoint) {
    const auto& limit = *ticket.limit;
    if (!limit.ceiling.is_set()) return;
    auto& route = routes_
                      .try_emplace(limit.route_key,
                                   Route{.name = limit.route,
                                         .ceiling = limit.ceiling,
                                         .ended = SpentTokens{limit.ceiling.window}})
                      .first->second;
    // Clients of one process may differ; who came last is taken at its word.
    route.ceiling = limit.ceiling;
    route.ended.set_window(limit.ceiling.window);
    ++route.in_flight;
}

void RouteCeilings::on_outcome(const Ticket& ticket,
                               const Outcome& outcome,
                               base::TimePoint now) {
    if (!ticket.limit->ceiling.is_set()) return;
    const auto found = routes_.find(ticket.limit->route_key);
    if (found == routes_.end()) return;
    auto& route = found->second;
    --route.in_flight;
    if (outcome.end != Outcome::End::NeverSent) route.ended.add(1, now);
    if (!outcome.answered() || outcome.status != http::kSlowDown) return;
    route.closed_until = std::max(route.closed_until, now + pause_length(outcome));
}

std::vector<CeilingState> RouteCeilings::states(base::TimePoint now) const {
    std::vector<CeilingState> states;
    for (const auto& [key, route] : routes_) {
        if (route.is_idle(now)) continue;
        states.push_back(
            {.route = route.name,
             .requests = route.ceiling.requests,
             .left = route.left(now),
             .window = route.ceiling.window,
             .closed_for = std::max(route.closed_until - now, base::Duration::zero())});
    }
    return states;
}

}  // namespace pyesi::scheduler
