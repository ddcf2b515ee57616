#pragma once

#include "base/time.h"
#include "engine/state_news.h"
#include "scheduler/origin_limits.h"
#include "scheduler/scheduler.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace pyesi::engine {

/// Sees when an upstream goes down or comes back, when its error limit closes or
/// opens, and when its limits cease to be shared or are shared again; and tells each
/// of it once.
///
/// Thread: network thread only.
class StateWatch {
public:
    /// Both must outlive it.
    StateWatch(const scheduler::Scheduler& scheduler, StateNews& news)
        : scheduler_{scheduler}, news_{news} {}

    /// From now on this one is watched as well.
    void add(std::uint32_t upstream,
             std::string origin,
             std::shared_ptr<const scheduler::OriginLimits> limits);

    /// To be called after anything that may have changed a state.
    void look(base::TimePoint now);

private:
    struct Seen {
        std::uint32_t upstream;
        std::string origin;
        std::shared_ptr<const scheduler::OriginLimits> limits;
        bool is_down = false;
        scheduler::LimitsStanding standing{};
    };

    void look_at(Seen& seen, base::TimePoint now);
    void tell(const Seen& seen, StateChange::What what, base::Duration lasts = {});

    const scheduler::Scheduler& scheduler_;
    StateNews& news_;
    std::vector<Seen> seen_;
};

}  // namespace pyesi::engine
