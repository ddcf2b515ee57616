#include "cache/ttl_policy.h"

#include "http/cache_control.h"
#include "http/http_date.h"
#include "http/status.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <system_error>

namespace pyesi::cache {

namespace {

using std::chrono::seconds;

base::Duration bounded(base::Duration length) noexcept {
    return std::clamp(length, base::Duration{0}, kLongestLifetime);
}

std::optional<base::Duration> expires_less_date(const http::Headers& headers,
                                                base::WallTime received_wall) {
    const auto field = headers.find("expires");
    if (!field) return std::nullopt;
    const auto expires = http::parse_http_date(*field);
    if (!expires) return base::Duration{0};
    return bounded(base::Duration{*expires - date_of(headers, received_wall)});
}

bool may_hold_body_of(http::Method method, bool catalog_read) noexcept {
    return http::is_safe(method) || (method == http::Method::Post && catalog_read);
}

// Those of RFC 9110 §15.1 that are a whole success. Errors of a resource may be
// kept for a while one day (negative caching); redirects are not followed.
bool is_whole_success(int status) noexcept {
    return http::is_success(status) && http::is_heuristically_cacheable(status);
}

// RFC 9111 §5.2.2.3: whoever understands the status may pass over a no-store
// that stands beside must-understand.
bool forbids_storing(const http::CacheControl& control) noexcept {
    return control.no_store && !control.must_understand;
}

bool varies_by_anything(const http::Headers& headers) {
    return headers.joined("vary").find('*') != std::string::npos;
}

// RFC 9111 §3.5: of what is said to a shared cache this lets it keep an answer to a
// request that carried Authorization.
bool lets_share_authorized(const http::CacheControl& control) noexcept {
    return control.public_ || control.must_revalidate || control.s_maxage;
}

// What keeps the answer from a cache that several users share. Under a key that
// names one identity nobody else meets it.
std::optional<Storability> forbidden_to_share(const StoreQuestion& question,
                                              const http::CacheControl& control) {
    if (question.lifetime_facts.mode == CacheMode::Private || question.has_identity) {
        return std::nullopt;
    }
    if (control.is_private()) return Storability::PrivateForbids;
    if (question.has_authorization && !lets_share_authorized(control)) {
        return Storability::AuthorizationForbids;
    }
    return std::nullopt;
}

bool has_validator(const http::Headers& headers) noexcept {
    return headers.find("etag") || headers.find("last-modified");
}

Lifetime told_lifetime(const http::Headers& headers,
                       const http::CacheControl& control,
                       const LifetimeFacts& facts) {
    if (facts.mode == CacheMode::Shared && control.s_maxage) {
        return {bounded(*control.s_maxage), LifetimeSource::SharedMaxAge};
    }
    if (control.max_age) return {bounded(*control.max_age), LifetimeSource::MaxAge};
    if (const auto length = expires_less_date(headers, facts.received_wall)) {
        return {*length, LifetimeSource::Expires};
    }
    if (facts.catalog_lifetime) {
        return {bounded(*facts.catalog_lifetime), LifetimeSource::Catalog};
    }
    if (facts.dynamic_lifetime) {
        return {bounded(*facts.dynamic_lifetime), LifetimeSource::Dynamic};
    }
    return {};
}

}  // namespace

Lifetime freshness_lifetime(const http::Headers& headers, const LifetimeFacts& facts) {
    const auto control = http::parse_cache_control(headers);
    if (control.is_no_cache()) return {};
    const auto told = told_lifetime(headers, control, facts);
    if (!facts.override_lifetime) return told;
    const auto wanted = bounded(*facts.override_lifetime);
    if (wanted <= told.length) return told;
    return {wanted, LifetimeSource::Override};
}

base::WallTime date_of(const http::Headers& headers,
                       base::WallTime received_wall) noexcept {
    const auto field = headers.find("date");
    if (!field) return received_wall;
    return http::parse_http_date(*field).value_or(received_wall);
}

base::Duration age_when_received(const http::Headers& headers) noexcept {
    const auto field = http::without_blanks(headers.find("age").value_or(""));
    const char* end = field.data() + field.size();
    std::uint64_t count = 0;
    const auto number = std::from_chars(field.data(), end, count);
    if (number.ptr != end || field.empty()) return base::Duration{0};
    if (number.ec == std::errc::result_out_of_range) return kLongestLifetime;
    if (number.ec != std::errc{}) return base::Duration{0};
    const auto ceiling = std::chrono::floor<seconds>(kLongestLifetime).count();
    return seconds{std::min(count, static_cast<std::uint64_t>(ceiling))};
}

Storability decide_storable(const StoreQuestion& question,
                            const http::Headers& headers) {
    if (!may_hold_body_of(question.method, question.catalog_read)) {
        return Storability::MethodForbids;
    }
    if (!is_whole_success(question.status)) return Storability::StatusForbids;

    const auto control = http::parse_cache_control(headers);
    if (question.caller_no_store || forbids_storing(control))
        return Storability::NoStore;
    if (const auto forbidden = forbidden_to_share(question, control)) {
        return *forbidden;
    }
    if (varies_by_anything(headers)) return Storability::VariesByAnything;

    const auto lifetime = freshness_lifetime(headers, question.lifetime_facts);
    const bool useful = lifetime.length > base::Duration{0} || has_validator(headers) ||
                        control.stale_if_error.has_value();
    return useful ? Storability::Storable : Storability::NothingToReuse;
}

}  // namespace pyesi::cache
