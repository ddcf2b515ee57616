#pragma once

#include "base/time.h"

#include <chrono>
#include <optional>
#include <string_view>

namespace pyesi::scheduler {

/// A longer Retry-After reads as this.
inline constexpr base::Duration kLongestRetryAfter = std::chrono::seconds{3600};

/// RFC 9110 §10.2.3: seconds, or an HTTP date that is held against `date`, the
/// answer's own; nothing for all else. A date that has passed reads as 0.
std::optional<base::Duration> parse_retry_after(std::string_view text,
                                                base::WallTime date) noexcept;

}  // namespace pyesi::scheduler
