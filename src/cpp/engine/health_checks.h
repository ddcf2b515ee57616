#pragma once

#include "base/clock.h"
#include "engine/chance.h"
#include "engine/profile.h"
#include "engine/timers.h"
#include "engine/upstream_set.h"
#include "scheduler/scheduler.h"
#include "transport/transport.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

namespace pyesi::engine {

/// Asks upstreams from time to time whether they are well, by GET and without a token.
///
/// An upstream is looked after from a client's first request on, until no client is
/// left that wants it. Each check spends of ESI's limits as any request does, and is
/// left out while they are shut. Any answer below 500 is a good one, and 520.
///
/// Thread: network thread only.
class HealthChecks {
public:
    struct Parts {
        const base::Clock& clock;
        Timers& timers;
        scheduler::Scheduler& scheduler;
        transport::Transport& transport;
        Chance& chance;

        /// Told after each check what it was of.
        std::function<void(std::uint32_t upstream)> on_checked;
    };

    explicit HealthChecks(Parts parts) : parts_{std::move(parts)} {}
    HealthChecks(const HealthChecks&) = delete;
    HealthChecks& operator=(const HealthChecks&) = delete;
    ~HealthChecks() { close(); }

    /// From now on that member of the profile's upstreams is looked after. Again: no
    /// effect but that this client wants it too.
    void look_after(const Profile& profile, std::size_t place, std::uint32_t upstream);

    /// No check begins any more.
    void close() noexcept;

private:
    struct Watched {
        HealthChecks* checks = nullptr;
        std::uint32_t upstream = 0;
        std::string url;
        HealthCheck how;
        std::shared_ptr<const http::Headers> headers;
        std::shared_ptr<scheduler::OriginLimits> limits;
        std::unique_ptr<const scheduler::RouteLimit> limit;
        std::vector<std::weak_ptr<const UpstreamSet>> wanted_by;
        scheduler::Ticket ticket{};
        transport::TransferId transfer = 0;  ///< 0: none is under way
        Timers::Key timer{};
        Timers::Key too_late{};
    };

    void wait(Watched& watched, double share_of_interval);
    void begin(Watched& watched);
    void send(Watched& watched);
    void take_in(Watched& watched, const transport::TransferEnd& end);
    bool is_wanted(Watched& watched);
    void drop(std::uint32_t upstream);

    Parts parts_;
    bool closed_ = false;
    std::unordered_map<std::uint32_t, std::unique_ptr<Watched>> watched_;
};

}  // namespace pyesi::engine
