#pragma once

#include "base/time.h"
#include "scheduler/retry_policy.h"

#include <optional>

namespace pyesi::scheduler {

/// How long the time of ESI's daily downtime lasts yet; nothing outside of it. The
/// servers go down at 11:00 UTC, mostly for minutes; 10:58 to 11:20 are on the safe
/// side.
std::optional<base::Duration> rest_of_downtime(base::WallTime now) noexcept;

/// The policy for that time: longer pauses, since minutes are to pass, not moments.
RetryPolicy widened(const RetryPolicy& policy) noexcept;

}  // namespace pyesi::scheduler
