#pragma once

#include "base/time.h"
#include "scheduler/gate.h"
#include "scheduler/spent_tokens.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace pyesi::scheduler {

/// One moment of a route's ceiling.
struct CeilingState {
    std::string route;
    std::uint32_t requests = 0;
    std::int64_t left = 0;
    base::Duration window{};
    base::Duration closed_for{};
};

/// The ceiling that experience has shown of a route, which no header tells of.
/// None for most.
Ceiling known_ceiling(std::string_view path) noexcept;

/// For how long a 520 closes its route.
base::Duration pause_length(const Outcome& outcome) noexcept;

/// Holds routes that have a ceiling to it: what is in flight and what ended in the last
/// window never passes it, whoever asks, since ESI counts by address. A 520 says that
/// the server counts otherwise, and closes the route for a while.
///
/// Thread: any one at a time.
class RouteCeilings final : public Gate {
public:
    Admission admit(const Ticket& ticket, base::TimePoint now) const override;
    void on_sent(const Ticket& ticket, base::TimePoint now) override;
    void on_outcome(const Ticket& ticket,
                    const Outcome& outcome,
                    base::TimePoint now) override;

    /// Those that are not as if new.
    std::vector<CeilingState> states(base::TimePoint now) const;

private:
    struct Route {
        std::string name;
        Ceiling ceiling;
        SpentTokens ended;
        std::int64_t in_flight = 0;
        base::TimePoint closed_until{};

        std::int64_t left(base::TimePoint now) const noexcept;
        bool is_idle(base::TimePoint now) const noexcept;
    };

    // As many as there are routes with a ceiling: a handful.
    std::unordered_map<std::uint64_t, Route> routes_;
};

}  // namespace pyesi::scheduler
