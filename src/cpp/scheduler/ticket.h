#pragma once

#include "base/time.h"
#include "http/method.h"
#include "scheduler/hashing.h"
#include "scheduler/priority.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace pyesi::scheduler {

/// A bound on one route's requests that no header tells of: so many in any `window`.
/// Zero requests: there is none.
struct Ceiling {
    std::uint32_t requests = 0;
    base::Duration window{};

    bool is_set() const noexcept { return requests > 0; }
};

/// What is known beforehand of a route's limit. One for each route, kept by whoever
/// makes tickets for as long as any of them lives.
///
/// Constant after construction.
struct RouteLimit {
    std::string group{};  ///< rate limit group; empty: the old error limit guards it
    std::uint32_t max_tokens = 0;
    base::Duration window{};
    std::uint64_t route_key = 0;
    std::uint64_t group_key = 0;
    std::string route{};  ///< for people to read
    Ceiling ceiling{};

    bool is_grouped() const noexcept { return !group.empty(); }
};

/// A route guarded by a floating window of `max_tokens`.
inline RouteLimit make_grouped_limit(std::string_view route,
                                     std::string_view group,
                                     std::uint32_t max_tokens,
                                     base::Duration window) {
    return {.group = std::string{group},
            .max_tokens = max_tokens,
            .window = window,
            .route_key = hash_of(route),
            .group_key = hash_of(group),
            .route = std::string{route}};
}

/// A route of which no group is known: the error limit guards it.
inline RouteLimit make_error_limit(std::string_view route) {
    return {.route_key = hash_of(route), .route = std::string{route}};
}

/// Whose bucket is drawn on: application and character, or this machine's address
/// where no token goes along. The text is borrowed from the request.
struct Identity {
    std::string_view text = "ip";
    std::uint64_t key = 0;
};

/// An empty `text` means that no token is sent.
inline Identity make_identity(std::string_view text) noexcept {
    return text.empty() ? Identity{} : Identity{text, hash_of(text)};
}

/// Which of the tokens that a process has on lease a request goes by.
enum class LeaseUse : std::uint8_t {
    Untold,  ///< the lease knows nothing of it: limits are not shared
    None,    ///< by none: the ledger cannot be asked
    Ordinary,
    Urgent,  ///< by those that Interactive alone may use
};

/// Where a ticket was put when it was let go, so that its outcome settles what its
/// sending reserved, whatever was learned between. The scheduler's to write.
struct Placement {
    std::uint64_t bucket = 0;  ///< group × identity; route × identity if ungrouped
    base::TimePoint sent_at{};
    std::uint32_t tokens = 0;  ///< reserved
    bool grouped = false;
    LeaseUse lease = LeaseUse::Untold;
};

/// What the gates must know of one request.
struct Ticket {
    std::uint64_t id = 0;               ///< the caller's; unique among the living
    const RouteLimit* limit = nullptr;  ///< never null in a ticket that is submitted
    Identity identity{};
    std::uint32_t upstream = 0;
    Priority priority = Priority::Normal;
    http::Method method = http::Method::Get;
    bool conditional = false;  ///< a validator goes along: a 304 is likely
    bool moves = false;  ///< refused where a limit shuts it out: it goes elsewhere

    /// The share of each window that this one leaves to others; 0 for Interactive.
    /// The scheduler's to write.
    float reserve = 0;

    /// From then on nobody wants the answer.
    base::TimePoint deadline = base::TimePoint::max();
    /// How long to wait for a slot; waits for a limit are not counted.
    base::TimePoint pool_deadline = base::TimePoint::max();

    Placement placement{};
};

static_assert(sizeof(Ticket) <= 128, "a waiting request may cost 1 kB in all");

}  // namespace pyesi::scheduler
