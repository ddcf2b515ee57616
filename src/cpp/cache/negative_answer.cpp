#include "cache/negative_answer.h"

#include "http/cache_control.h"
#include "http/status.h"

#include <memory>
#include <string>

namespace pyesi::cache {

namespace {

bool is_worth_keeping(int status) noexcept {
    return status == http::kNotFound || status == http::kForbidden;
}

bool is_forbidden(const http::Headers& headers) {
    const auto control = http::parse_cache_control(headers);
    return control.no_store || control.no_cache ||
           headers.joined("vary").find('*') != std::string::npos;
}

}  // namespace

bool is_negative(const Entry& entry) noexcept {
    return http::is_error(entry.response.status);
}

EntryPtr make_negative_entry(const http::Response& response,
                             Arrival arrival,
                             base::Duration lifetime) {
    if (lifetime <= base::Duration{0} || !is_worth_keeping(response.status)) return {};
    if (is_forbidden(response.headers)) return {};
    arrival.lifetime_facts.catalog_lifetime.reset();
    arrival.lifetime_facts.override_lifetime.reset();
    arrival.lifetime_facts.dynamic_lifetime.reset();
    arrival.gone_when_stale = true;

    auto entry = std::make_shared<Entry>(*make_entry(response, arrival));
    entry->etag.reset();
    entry->last_modified.reset();
    auto& times = entry->times;
    const auto until = times.received_at + lifetime;
    if (times.fresh_until >= until) return entry;
    times.freshness_lifetime = {times.age_when_received + lifetime,
                                LifetimeSource::Application};
    times.fresh_until = until;
    times.expires_at = times.received_wall + lifetime;
    return entry;
}

}  // namespace pyesi::cache
