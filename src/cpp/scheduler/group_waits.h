#pragma once

#include "base/time.h"
#include "scheduler/held.h"
#include "scheduler/origin_limits.h"
#include "scheduler/ticket.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pyesi::scheduler {

/// What requests waited for one rate limit group's window before they were let go.
struct GroupWaitsState {
    std::string group;  ///< empty: ungrouped routes that answered 429
    std::uint64_t waits = 0;
    base::Duration length{};
};

/// The waits of an upstream by rate limit group. Answers may name any group: past
/// kMostGroups the waits of a further one are counted under `kOtherGroups`.
///
/// Thread: any one at a time.
class GroupWaits {
public:
    /// ESI has some thirty.
    static constexpr std::size_t kMostGroups = 256;
    static constexpr std::string_view kOtherGroups = "other";

    /// Counts what that ticket waited for its group's window, if it did. REQUIRES: the
    /// limits have let it go.
    void on_let_go(const Ticket& ticket, const Held& held, const OriginLimits& limits);

    void on_wait(std::string_view group, base::Duration length);

    /// In the order in which they were first waited for.
    const std::vector<GroupWaitsState>& states() const noexcept { return states_; }

private:
    GroupWaitsState& state_of(std::string_view group);

    std::vector<GroupWaitsState> states_;
};

}  // namespace pyesi::scheduler
