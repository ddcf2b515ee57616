#include "engine/state_watch.h"

#include <utility>

namespace pyesi::engine {

using What = StateChange::What;
using Sharing = scheduler::SharingState::Standing;

void StateWatch::add(std::uint32_t upstream,
                     std::string origin,
                     std::shared_ptr<const scheduler::OriginLimits> limits) {
    seen_.push_back({upstream, std::move(origin), std::move(limits)});
}

void StateWatch::look(base::TimePoint now) {
    for (auto& seen : seen_) look_at(seen, now);
}

void StateWatch::look_at(Seen& seen, base::TimePoint now) {
    const bool is_down = scheduler_.is_shut(seen.upstream, now);
    if (std::exchange(seen.is_down, is_down) != is_down) {
        tell(seen, is_down ? What::UpstreamDown : What::UpstreamBack);
    }
    const auto standing = seen.limits->standing(now);
    const auto before = std::exchange(seen.standing, standing);
    if (before.error_limited != standing.error_limited) {
        tell(seen,
             standing.error_limited ? What::ErrorLimited : What::ErrorLimitOver,
             standing.error_limited_for);
    }
    if (before.sharing == standing.sharing) return;
    if (standing.sharing == Sharing::Alone) tell(seen, What::LimitsAlone);
    if (standing.sharing == Sharing::Shared && before.sharing == Sharing::Alone) {
        tell(seen, What::LimitsShared);
    }
}

void StateWatch::tell(const Seen& seen, StateChange::What what, base::Duration lasts) {
    news_.add({seen.origin, what, lasts});
}

}  // namespace pyesi::engine
