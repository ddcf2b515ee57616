#include "catalog/route_table.h"

#include "catalog/path_template.h"
#include "catalog/route_reader.h"
#include "catalog/spelling.h"

#include <algorithm>
#include <utility>

namespace pyesi::catalog {
namespace {

constexpr std::size_t slot_of(http::Method method) noexcept {
    const auto asked = method == http::Method::Head ? http::Method::Get : method;
    return static_cast<std::size_t>(asked);
}

/// The name without what older ESI put around it: /latest/…/ or /v4/…/.
std::string_view plain(std::string_view name) noexcept {
    const auto version = name.substr(0, name.find('/', 1));
    const bool numbered = version.size() > 2 && version.starts_with("/v") &&
                          std::all_of(version.begin() + 2, version.end(), [](char c) {
                              return c >= '0' && c <= '9';
                          });
    const bool old =
        numbered || version == "/latest" || version == "/legacy" || version == "/dev";
    if (old && version.size() < name.size()) name.remove_prefix(version.size());
    if (name.size() > 1 && name.ends_with('/')) name.remove_suffix(1);
    return name;
}

}  // namespace

base::Result<RouteTable> RouteTable::parse(std::string_view json) {
    auto read = read_table(json);
    if (!read) return std::move(read).failure();
    RouteTable table{std::move(read->routes), std::move(read->compatibility_date)};
    for (const auto& route : table.routes_) {
        const bool fresh = table.add_name(route.path, route) &&
                           table.add_name(route.operation_id, route);
        if (!fresh) {
            return base::make_failure(
                base::ErrorKind::ConfigurationError,
                "The catalog's table names " + route.operation_id + " twice.");
        }
    }
    return table;
}

RouteTable::RouteTable(std::vector<Route> routes, std::string date)
    : routes_{std::move(routes)}, date_{std::move(date)} {
    by_name_.reserve(2 * routes_.size());
}

bool RouteTable::add_name(std::string_view name, const Route& route) {
    const Route*& slot = by_name_[name][slot_of(route.method)];
    return std::exchange(slot, &route) == nullptr;
}

const Route* RouteTable::find(http::Method method,
                              std::string_view name) const noexcept {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : found->second[slot_of(method)];
}

base::Failure RouteTable::why_not_found(http::Method method,
                                        std::string_view name) const {
    std::string message;
    if (const auto found = by_name_.find(name); found != by_name_.end()) {
        for (const Route* other : found->second) {
            if (other == nullptr) continue;
            message += message.empty() ? ": use " : " or ";
            message += http::name_of(other->method);
        }
        message = std::string{name} + " is not for " +
                  std::string{http::name_of(method)} + message + ".";
    } else {
        message = hint_for(name);
    }
    return base::make_failure(base::ErrorKind::InvalidRequest, std::move(message));
}

std::string RouteTable::hint_for(std::string_view name) const {
    const auto asked = plain(name);
    const bool is_path = asked.starts_with('/');
    std::vector<std::string_view> names;
    for (const auto& route : routes_) {
        const bool filled_in = is_path && asked.find('{') == std::string_view::npos &&
                               is_filled_in(asked, route.path);
        if (filled_in && asked != route.path) {
            return in_quotes(name) + " is not a template: give " + route.path +
                   " and its values apart.";
        }
        names.emplace_back(is_path ? route.path : route.operation_id);
    }
    const auto meant = nearest(asked, names);
    std::string message = "ESI has no route " + in_quotes(name) + " at " + date_ + ".";
    if (!meant.empty()) message += " Did you mean " + std::string{meant} + "?";
    return message +
           " pyesi.UncheckedRoute sends a route that the catalog does not know.";
}

}  // namespace pyesi::catalog
