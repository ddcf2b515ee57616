#pragma once

#include "base/time.h"
#include "http/headers.h"

#include <optional>

namespace pyesi::cache {

/// What a caller asks of the cache (RFC 9111 §5.2.1).
struct RequestDirectives {
    bool no_cache = false;        ///< validated now, fresh or not
    bool no_store = false;        ///< its answer is not kept
    bool only_if_cached = false;  ///< nothing may be sent
    std::optional<base::Duration> max_age = std::nullopt;
    std::optional<base::Duration> min_fresh = std::nullopt;

    /// Duration::max() for any.
    std::optional<base::Duration> max_stale = std::nullopt;

    /// How stale an answer may be that stands in for a failure (RFC 5861 §4).
    std::optional<base::Duration> stale_if_error = std::nullopt;

    bool operator==(const RequestDirectives&) const = default;
};

/// Reads all Cache-Control fields of a request as one. What cannot be read is not
/// asked for; of a length that comes twice the first that can be read counts.
/// `Pragma` says nothing (§5.4 deprecates it).
RequestDirectives read_request_directives(const http::Headers& request_headers);

}  // namespace pyesi::cache
