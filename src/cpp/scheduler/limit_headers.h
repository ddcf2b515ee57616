#pragma once

#include "base/time.h"
#include "http/headers.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace pyesi::scheduler {

/// What an answer says of ESI's two limiters. A field that is absent, garbled,
/// negative or beyond all reason is nothing here, and nothing is done about it.
///
/// `group` is borrowed from the headers.
struct LimitHeaders {
    struct Window {
        std::uint32_t tokens = 0;
        base::Duration length{};
    };

    std::string_view group;                  ///< X-Ratelimit-Group
    std::optional<Window> window;            ///< X-Ratelimit-Limit
    std::optional<std::uint32_t> remaining;  ///< X-Ratelimit-Remaining

    std::optional<std::uint32_t> errors_left;   ///< X-ESI-Error-Limit-Remain
    std::optional<base::Duration> error_reset;  ///< X-ESI-Error-Limit-Reset

    std::optional<base::Duration> retry_after;

    /// When to come back, as a 420 or 429 says it. REQUIRES: the answer is one.
    std::optional<base::Duration> refusal_length() const noexcept {
        return retry_after ? retry_after : error_reset;
    }

    /// Whether the floating window itself spoke, and not something behind it.
    bool tells_of_window() const noexcept {
        return !group.empty() || window.has_value() || remaining.has_value();
    }
};

/// One pass over the fields. `now` dates a Retry-After where the answer bears no
/// Date of its own.
LimitHeaders read_limit_headers(const http::Headers& headers, base::WallTime now);

/// "12000/15m": tokens in a window of seconds, minutes, hours or days.
std::optional<LimitHeaders::Window> parse_limit(std::string_view text) noexcept;

}  // namespace pyesi::scheduler
