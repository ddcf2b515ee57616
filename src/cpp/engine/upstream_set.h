#pragma once

#include "base/time.h"
#include "scheduler/load_balancer.h"
#include "scheduler/upstream_health.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pyesi::engine {

/// One of several places where a client's ESI can be asked.
struct UpstreamMember {
    std::string base_url;  ///< absolute, canonical, without a trailing slash
    std::string origin;    ///< scheme, host and port of it
    double weight = 1;     ///< above 0
    bool trusted = false;  ///< may see tokens
};

/// Requests by which an upstream is looked after while nobody else asks it.
struct HealthCheck {
    std::string path = "/status";
    base::Duration interval = std::chrono::seconds{30};
    base::Duration timeout = std::chrono::seconds{5};
    scheduler::UpstreamHealth::CheckSettings verdicts{};
};

/// The upstreams of a client that has several, which give the same answers.
///
/// Constant after construction.
struct UpstreamSet {
    std::vector<UpstreamMember> members;  ///< of as many origins
    scheduler::Balancing balancing = scheduler::Balancing::RoundRobin;
    std::optional<HealthCheck> check;

    /// By bits, that of the first member being 1.
    std::uint32_t trusted() const noexcept {
        std::uint32_t places = 0;
        for (std::size_t place = 0; place < members.size(); ++place) {
            if (members[place].trusted) places |= 1U << place;
        }
        return places;
    }

    /// What its answers are kept by: the same for all clients that ask the same
    /// upstreams, in whatever order, and trust the same of them.
    std::string name() const;
};

/// Where a sweep's pages come from, so that they are of one snapshot.
///
/// Thread: network thread only.
struct SweepHome {
    std::optional<std::uint32_t> place;
};

}  // namespace pyesi::engine
