#include "cache/request_directives.h"

#include "http/cache_control.h"

namespace pyesi::cache {

namespace {

std::optional<base::Duration> any_or(std::optional<http::CacheControl::Seconds> told) {
    // "Any" is the longest that each type has; that of seconds overflows ours.
    if (told == http::CacheControl::Seconds::max()) return base::Duration::max();
    return told;
}

}  // namespace

RequestDirectives read_request_directives(const http::Headers& request_headers) {
    const auto control = http::parse_cache_control(request_headers);
    return {.no_cache = control.no_cache,
            .no_store = control.no_store,
            .only_if_cached = control.only_if_cached,
            .max_age = control.max_age,
            .min_fresh = control.min_fresh,
            .max_stale = any_or(control.max_stale),
            .stale_if_error = control.stale_if_error};
}

}  // namespace pyesi::cache
