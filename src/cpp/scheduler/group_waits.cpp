#include "scheduler/group_waits.h"

#include <algorithm>

namespace pyesi::scheduler {

void GroupWaits::on_let_go(const Ticket& ticket,
                           const Held& held,
                           const OriginLimits& limits) {
    if (held.limit != GateName::RateLimitWindow) return;
    if (held.by_limits <= base::Duration::zero()) return;
    on_wait(limits.group_of(ticket), held.by_limits);
}

void GroupWaits::on_wait(std::string_view group, base::Duration length) {
    auto& state = state_of(group);
    ++state.waits;
    state.length += length;
}

GroupWaitsState& GroupWaits::state_of(std::string_view group) {
    const auto found = std::ranges::find(states_, group, &GroupWaitsState::group);
    if (found != states_.end()) return *found;
    if (states_.size() < kMostGroups) {
        return states_.emplace_back(GroupWaitsState{.group = std::string{group}});
    }
    if (group != kOtherGroups) return state_of(kOtherGroups);
    return states_.emplace_back(GroupWaitsState{.group = std::string{group}});
}

}  // namespace pyesi::scheduler
