#pragma once

#include "scheduler/priority.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace pyesi::scheduler {

/// Whose turn it is where several upstreams draw on one limit.
///
/// The one whose next ticket has the best priority goes; among equals the one that was
/// passed over most often since it went last. Whoever was passed over 32 times running
/// goes first, so of `n` upstreams none waits for more than 32 + n turns.
///
/// Thread: any one at a time.
class UpstreamTurns {
public:
    /// The priority of the ticket that goes next there; nothing: none can.
    using Next = std::optional<Priority>;

    /// Nothing if none can go.
    std::optional<std::size_t> choose(std::span<const Next> upstreams) const noexcept;

    /// One of that upstream went, and none of the others that could have.
    void on_turn(std::size_t gone, std::span<const Next> upstreams);

private:
    std::uint32_t passed_over(std::size_t upstream) const noexcept;
    bool goes_before(std::size_t one,
                     std::size_t other,
                     std::span<const Next> upstreams) const noexcept;

    std::vector<std::uint32_t> passed_over_;
};

}  // namespace pyesi::scheduler
