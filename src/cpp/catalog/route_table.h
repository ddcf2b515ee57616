#pragma once

#include "base/result.h"
#include "catalog/route.h"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace pyesi::catalog {

/// The routes of ESI at one compatibility date, found by either of their names.
///
/// Constant after construction, so from any thread. Routes stay where they are as
/// long as the table lives, also when it is moved.
class RouteTable {
public:
    /// Reads what pyesi.catalog.table_text() gives.
    /// Fails with ConfigurationError if it is no table, or names a route twice.
    static base::Result<RouteTable> parse(std::string_view json);

    RouteTable(RouteTable&&) noexcept = default;
    RouteTable& operator=(RouteTable&&) noexcept = default;
    RouteTable(const RouteTable&) = delete;
    RouteTable& operator=(const RouteTable&) = delete;
    ~RouteTable() = default;

    /// The route of that path template or operation id; HEAD finds GET's. Null if
    /// there is none: why_not_found() tells more. Allocates nothing.
    const Route* find(http::Method method, std::string_view name) const noexcept;

    /// What to tell whoever asked for `name`: the right method, the template of a
    /// path whose values were filled in, or the nearest name.
    base::Failure why_not_found(http::Method method, std::string_view name) const;

    /// By `index`.
    std::span<const Route> routes() const noexcept { return routes_; }

    /// The index of all routes outside the table: one past the last.
    std::uint32_t unchecked_index() const noexcept {
        return static_cast<std::uint32_t>(routes_.size());
    }

    const std::string& compatibility_date() const noexcept { return date_; }

private:
    using ByMethod = std::array<const Route*, 5>;

    explicit RouteTable(std::vector<Route> routes, std::string date);

    /// False if another route has that name and method already.
    bool add_name(std::string_view name, const Route& route);

    std::string hint_for(std::string_view name) const;

    std::vector<Route> routes_;
    std::string date_;
    std::unordered_map<std::string_view, ByMethod> by_name_;  // views into routes_
};

}  // namespace pyesi::catalog
