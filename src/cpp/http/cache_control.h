#pragma once

#include "http/headers.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pyesi::http {

/// The directives of Cache-Control, of an answer (RFC 9111 §5.2.2, RFC 5861, RFC 8246)
/// or of a request (§5.2.1). One that has no meaning where it stands is nobody's to ask
/// for.
///
/// A length that cannot be read is absent, not zero; one past 2^31 s reads as
/// 2^31 s (§1.2.2). Of a directive that comes twice the first that can be read
/// counts. `no-cache="a, b"` and `private="a, b"` set their flag too, so that
/// whoever does not look at the fields errs on the safe side.
struct CacheControl {
    using Seconds = std::chrono::seconds;

    std::optional<Seconds> max_age;
    std::optional<Seconds> s_maxage;
    std::optional<Seconds> stale_while_revalidate;
    std::optional<Seconds> stale_if_error;

    // Of requests alone.
    std::optional<Seconds> min_fresh;
    std::optional<Seconds> max_stale;  ///< Seconds::max() without a value: any
    bool only_if_cached = false;

    bool no_store = false;
    bool no_cache = false;
    bool no_transform = false;
    bool must_revalidate = false;
    bool proxy_revalidate = false;
    bool must_understand = false;
    bool immutable = false;
    bool private_ = false;
    bool public_ = false;

    /// Empty if `no-cache` is for the whole response.
    std::vector<std::string> no_cache_fields;
    /// Empty if `private` is for the whole response.
    std::vector<std::string> private_fields;

    /// `no-cache` for the whole response: nothing of it is used unvalidated (§5.2.2.4).
    bool is_no_cache() const noexcept { return no_cache && no_cache_fields.empty(); }

    /// `private` for the whole response (§5.2.2.7).
    bool is_private() const noexcept { return private_ && private_fields.empty(); }
};

/// Reads one field's value. Unknown and malformed directives are passed over.
CacheControl parse_cache_control(std::string_view value);

/// Reads all Cache-Control fields as one.
CacheControl parse_cache_control(const Headers& headers);

}  // namespace pyesi::http
