#include "engine/profile.h"

#include "cache/cache_key.h"
#include "http/content_coding.h"
#include "http/url.h"
#include "scheduler/route_ceilings.h"

#include <algorithm>
#include <utility>

namespace pyesi::engine {

namespace {

constexpr std::string_view kUsualLanguage = "en";
constexpr std::string_view kUsualTenant = "tranquility";

std::shared_ptr<const http::Headers> make_headers(const ProfileSettings& settings) {
    auto headers = std::make_shared<http::Headers>();
    headers->append("User-Agent", settings.user_agent);
    headers->append("Accept", "application/json");
    // Constant for a client: the form of an ETag may differ by coding.
    headers->append("Accept-Encoding", http::kAcceptEncoding);
    // What ESI takes for granted is not said: libcurl prints each letter anew for each
    // request, at some 100 instructions.
    if (settings.language != kUsualLanguage) {
        headers->append("Accept-Language", settings.language);
    }
    headers->append("X-Compatibility-Date", settings.compatibility_date);
    if (settings.tenant != kUsualTenant) headers->append("X-Tenant", settings.tenant);
    return headers;
}

std::string origin_of(const std::string& base_url) {
    const auto url = http::parse_url(base_url);
    return url ? http::origin(*url) : base_url;
}

scheduler::Ceiling ceiling_of(const std::string& path,
                              const ProfileSettings& settings) {
    const auto own = settings.ceilings.find(path);
    return own == settings.ceilings.end() ? scheduler::known_ceiling(path)
                                          : own->second;
}

scheduler::RouteLimit make_limit(const catalog::Route& route) {
    if (!route.rate_limit) return scheduler::make_error_limit(route.path);
    const auto& [group, tokens, window] = *route.rate_limit;
    return scheduler::make_grouped_limit(
        route.path, group, static_cast<std::uint32_t>(tokens), window);
}

std::vector<scheduler::RouteLimit> make_limits(const catalog::RouteTable* routes,
                                               const ProfileSettings& settings) {
    std::vector<scheduler::RouteLimit> limits;
    if (routes == nullptr) return limits;
    for (const auto& route : routes->routes()) {
        limits.push_back(make_limit(route));
        limits.back().ceiling = ceiling_of(route.path, settings);
    }
    return limits;
}

}  // namespace

Profile::Profile(ProfileSettings settings, RouteTablePtr routes)
    : settings_{std::move(settings)},
      routes_{std::move(routes)},
      origin_{origin_of(settings_.base_url)},
      headers_{make_headers(settings_)},
      public_variant_{variant_of({})},
      limits_{make_limits(routes_.get(), settings_)} {}

std::string Profile::variant_of(std::string_view identity) const {
    return cache::variant_text({.origin = settings_.base_url,
                                .compatibility_date = settings_.compatibility_date,
                                .tenant = settings_.tenant,
                                .language = settings_.language,
                                .identity = identity});
}

std::string Profile::url_of(std::string_view target) const {
    std::string url;
    url.reserve(settings_.base_url.size() + target.size());
    url.append(settings_.base_url).append(target);
    return url;
}

std::optional<base::Duration> Profile::lifetime_of(
    const catalog::Route& route) const noexcept {
    const auto found = settings_.lifetimes.find(route.path);
    if (found == settings_.lifetimes.end()) return std::nullopt;
    return found->second;
}

const scheduler::RouteLimit& Profile::limit_of(
    const catalog::Route& route) const noexcept {
    return limits_[route.index];
}

scheduler::RouteLimit Profile::limit_of_unchecked(const std::string& path) const {
    auto limit = scheduler::make_error_limit(path);
    limit.ceiling = ceiling_of(path, settings_);
    return limit;
}

}  // namespace pyesi::engine
