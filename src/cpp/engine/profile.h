#pragma once

#include "base/time.h"
#include "catalog/route.h"
#include "catalog/route_table.h"
#include "engine/upstream_set.h"
#include "http/headers.h"
#include "http/url.h"
#include "scheduler/ticket.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pyesi::engine {

/// How a client introduces itself, and which variant of ESI it asks for.
struct ProfileSettings {
    std::string base_url;  ///< absolute, canonical, without a trailing slash
    std::string user_agent;
    std::string compatibility_date;
    std::string language;
    std::string tenant;

    /// The user's own lifetimes, by path template. They lengthen what ESI says and
    /// never shorten it.
    std::map<std::string, base::Duration, std::less<>> lifetimes{};

    /// The user's own ceilings, by path template, in place of what is known. One of no
    /// requests takes a known one away.
    std::map<std::string, scheduler::Ceiling, std::less<>> ceilings{};

    /// Several places in place of `base_url`, which is the first of them. Without
    /// members: that one alone.
    UpstreamSet upstreams{};
};

/// The constant part of a client: where to, as whom, in which variant. Shared by
/// each of its requests, since they outlive the client's own object.
///
/// Constant after construction.
class Profile {
public:
    using RouteTablePtr = std::shared_ptr<const catalog::RouteTable>;

    /// REQUIRES: the settings have been checked. Without routes it asks nothing.
    Profile(ProfileSettings settings, RouteTablePtr routes);

    const std::string& base_url() const noexcept { return settings_.base_url; }

    /// Scheme, host and port: what limits are kept by, and all that a token sees where
    /// there is one upstream.
    const std::string& origin() const noexcept { return origin_; }

    /// Null for one that has a single upstream.
    const std::shared_ptr<const UpstreamSet>& upstreams() const noexcept {
        return upstreams_;
    }

    const RouteTablePtr& routes() const noexcept { return routes_; }

    /// The fields that each of its requests carries.
    const std::shared_ptr<const http::Headers>& headers() const noexcept {
        return headers_;
    }

    /// The part of a cache key that its requests share when no token goes along.
    const std::string& public_variant() const noexcept { return public_variant_; }

    /// The same for requests that carry `identity`'s token.
    std::string variant_of(std::string_view identity) const;

    /// `place` is that of an upstream among several.
    std::string url_of(std::string_view target, std::uint32_t place = 0) const;

    /// The part of a URL that cache keys hold, if it leads to one of its upstreams.
    std::optional<std::string> target_of(const http::Url& url) const;

    /// The lifetime that the user wants of a route's answers, if any.
    std::optional<base::Duration> lifetime_of(
        const catalog::Route& route) const noexcept;

    /// What is known beforehand of a route's limit. Lives as long as the profile.
    /// REQUIRES: the route is the catalog's.
    const scheduler::RouteLimit& limit_of(const catalog::Route& route) const noexcept;

    /// The same for a route that the catalog does not know.
    scheduler::RouteLimit limit_of_unchecked(const std::string& path) const;

private:
    ProfileSettings settings_;
    std::shared_ptr<const UpstreamSet> upstreams_;
    RouteTablePtr routes_;
    std::string origin_;
    std::shared_ptr<const http::Headers> headers_;
    std::string public_variant_;
    std::vector<scheduler::RouteLimit> limits_;  // by route index, unchecked last
};

}  // namespace pyesi::engine
