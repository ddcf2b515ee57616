#pragma once

#include "base/time.h"
#include "engine/flight.h"
#include "engine/upstream_set.h"
#include "scheduler/load_balancer.h"
#include "scheduler/scheduler.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace pyesi::engine {

/// Chooses where a flight goes whose client has several upstreams.
///
/// A token goes to trusted ones only. What was sent once goes elsewhere only if it is
/// safe to repeat and carries no token. Pages of one sweep stay together while their
/// upstream is well.
///
/// Thread: network thread only.
class UpstreamChoice {
public:
    /// The scheduler's number for an origin.
    using IndexOf = std::function<std::uint32_t(const std::string& origin)>;

    UpstreamChoice(scheduler::Scheduler& scheduler, IndexOf index_of)
        : scheduler_{scheduler}, index_of_{std::move(index_of)} {}

    /// The scheduler's number of the upstream for the next attempt; the flight is told
    /// its place. Nothing if it carries a token and none is trusted.
    /// REQUIRES: its client has several.
    std::optional<std::uint32_t> choose(Flight& flight, base::TimePoint now);

    /// Another than the one that it waited for, if there is one that is well.
    std::optional<std::uint32_t> choose_other(Flight& flight, base::TimePoint now);

    /// Whether it may go to another upstream, where the limits of the one that it waits
    /// for hold it back. Pages of a sweep do not.
    static bool may_leave(const Flight& flight) noexcept;

    /// Whether it goes to the upstream of a flight that has ended, in place of waiting
    /// for the one that it was to go to. Pages of a sweep do not.
    bool try_take_over(Flight& flight, const Flight& ended, base::TimePoint now);

    /// Its attempt failed in a way that another upstream may do better, and it will be
    /// made again, for the `last` time or not.
    void on_failed(Flight& flight, bool last, base::TimePoint now) const;

    /// Whether any flight of that set has come by before.
    bool knows(const std::shared_ptr<const UpstreamSet>& set) const {
        const auto found = known_.find(set.get());
        return found != known_.end() && found->second.set.lock() == set;
    }

    /// The scheduler's numbers of a set's members.
    const std::vector<std::uint32_t>& indices_of(
        const std::shared_ptr<const UpstreamSet>& set);

    /// Whether it takes requests, one by one at least.
    bool is_well(std::uint32_t upstream, base::TimePoint now) const;

private:
    struct Known {
        std::weak_ptr<const UpstreamSet> set;
        std::vector<std::uint32_t> upstreams;
        std::vector<std::uint64_t> keys;
        scheduler::LoadBalancer balancer;
    };

    bool has_room(std::uint32_t upstream, base::TimePoint now) const;
    Known& known(const std::shared_ptr<const UpstreamSet>& set);
    Known make_known(const std::shared_ptr<const UpstreamSet>& set);
    bool stays(const Flight& flight, const Known& known, base::TimePoint now) const;
    std::optional<std::size_t> home_of(const Flight& flight,
                                       const Known& known,
                                       std::uint32_t allowed,
                                       base::TimePoint now) const;
    std::vector<scheduler::Candidate> candidates_of(const UpstreamSet& set,
                                                    const Known& known,
                                                    base::TimePoint now) const;
    void settle_at(Flight& flight, const Known& known, std::uint32_t place);

    scheduler::Scheduler& scheduler_;
    IndexOf index_of_;
    std::unordered_map<const UpstreamSet*, Known> known_;
};

}  // namespace pyesi::engine
