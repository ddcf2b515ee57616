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

std::shared_ptr<const UpstreamSet> make_set(const ProfileSettings& settings) {
    if (settings.upstreams.members.empty()) return nullptr;
    return std::make_shared<const UpstreamSet>(settings.upstreams);
}

/// What follows `base_url` in the URL, if that is below it.
std::optional<std::string> target_below(const std::string& base_url,
                                        const http::Url& url) {
    const auto base = http::parse_url(base_url);
    if (!base || !http::same_origin(*base, url)) return std::nullopt;
    std::string_view prefix = base->target;
    prefix.remove_suffix(prefix.ends_with('/') ? 1 : 0);
    const std::string_view target = url.target;
    if (!target.starts_with(prefix)) return std::nullopt;
    return std::string{target.substr(prefix.size())};
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
      upstreams_{make_set(settings_)},
      routes_{std::move(routes)},
      origin_{origin_of(settings_.base_url)},
      headers_{make_headers(settings_)},
      public_variant_{variant_of({})},
      limits_{make_limits(routes_.get(), settings_)} {}

std::string Profile::variant_of(std::string_view identity) const {
    const auto where = upstreams_ ? upstreams_->name() : settings_.base_url;
    return cache::variant_text({.origin = where,
                                .compatibility_date = settings_.compatibility_date,
                                .tenant = settings_.tenant,
                                .language = settings_.language,
                                .identity = identity});
}

std::string Profile::url_of(std::string_view target, std::uint32_t place) const {
    const auto& base_url =
        upstreams_ ? upstreams_->members[place].base_url : settings_.base_url;
    std::string url;
    url.reserve(base_url.size() + target.size());
    url.append(base_url).append(target);
    return url;
}

std::optional<std::string> Profile::target_of(const http::Url& url) const {
    if (!upstreams_) return target_below(settings_.base_url, url);
    for (const auto& member : upstreams_->members) {
        if (auto target = target_below(member.base_url, url)) return target;
    }
    return std::nullopt;
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
