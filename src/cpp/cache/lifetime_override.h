#pragma once

#include "base/time.h"
#include "cache/entry.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace pyesi::cache {

/// Why a user may not have `wanted` as a route's lifetime, as a sentence; nothing if
/// it is right. `told` is what is known beforehand of the lifetime that the server
/// gives; with none the route is undated. A shorter one would ask too early, which
/// ESI punishes by a ban.
std::optional<std::string> fault_of_override(std::string_view route,
                                             base::Duration wanted,
                                             std::optional<base::Duration> told);

/// How long after an expiry something is asked for that nobody waits for.
struct RefreshSlack {
    /// ESI's own caches turn over a little late, and clocks differ: who asks on the
    /// very second may get the old answer with a new lifetime.
    base::Duration skew = std::chrono::seconds{2};
    base::Duration jitter = std::chrono::seconds{1};
};

/// When warming or a sweep asks anew for what was stored: never before it expires.
/// `chance` is in [0, 1).
base::TimePoint refresh_time(const EntryTimes& times,
                             const RefreshSlack& slack,
                             double chance) noexcept;

}  // namespace pyesi::cache
