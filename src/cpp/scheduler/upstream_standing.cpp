#include "scheduler/upstream_standing.h"

#include <algorithm>

namespace pyesi::scheduler {

namespace {

Standing standing_of(const CircuitBreaker& breaker,
                     const UpstreamHealth& health,
                     base::TimePoint now) {
    if (health.is_down()) return Standing::Down;
    const bool takes_one = breaker.admit(Ticket{}, now).is_now();
    if (breaker.is_shut(now)) return takes_one ? Standing::Probing : Standing::Shut;
    if (health.is_ejected(now)) return Standing::Ejected;
    return takes_one ? Standing::Open : Standing::Full;
}

}  // namespace

Candidate candidate_of(const CircuitBreaker& breaker,
                       const UpstreamHealth& health,
                       base::TimePoint now) {
    Candidate candidate;
    candidate.standing = standing_of(breaker, health, now);
    candidate.share = std::min(breaker.share(now), health.share(now));
    candidate.conduct = health.conduct(now);
    candidate.response_time = health.response_time(now);
    return candidate;
}

std::optional<HealthState> state_of(const UpstreamHealth* health,
                                    const CircuitBreaker& breaker,
                                    base::TimePoint now) noexcept {
    if (health == nullptr) return std::nullopt;
    auto state = health->state(now);
    state.share = std::min(state.share, breaker.share(now));
    return state;
}

}  // namespace pyesi::scheduler
