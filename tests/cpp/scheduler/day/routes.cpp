#include "scheduler/day/routes.h"

#include <array>
#include <chrono>

namespace pyesi::scheduler::day {

namespace {

constexpr auto kWindow = std::chrono::minutes{15};
constexpr Ceiling kHistoryCeiling{300, std::chrono::minutes{1}};

Route grouped(std::string_view name, std::string_view group, std::uint32_t tokens) {
    const auto limit = make_grouped_limit(name, group, tokens, kWindow);
    return {limit, limit};
}

Route ungrouped(std::string_view name) {
    return {make_error_limit(name), make_error_limit(name)};
}

Route with_ceiling(Route route, const Ceiling& ceiling) {
    route.believed.ceiling = ceiling;
    route.actual.ceiling = ceiling;
    return route;
}

Route changing(Route route) {
    route.method = http::Method::Post;
    return route;
}

// Sizes are ESI's own (2026-08-18). Two routes are not what the catalog says: one
// has got a group since, the other's group has become smaller.
std::array<Route, kRoutes> make_routes() {
    auto killmails = grouped("Killmails", "killmail", 3600);
    killmails.believed = make_error_limit("Killmails");
    auto assets = grouped("Assets", "char-asset", 900);
    assets.believed = make_grouped_limit("Assets", "char-asset", 1800, kWindow);
    return {grouped("MarketOrders", "market-order", 12'000),
            with_ceiling(ungrouped("MarketHistory"), kHistoryCeiling),
            ungrouped("UniverseTypes"),
            ungrouped("ContractItems"),
            ungrouped("StructureOrders"),
            grouped("Location", "char-location", 1200),
            grouped("Wallet", "char-wallet", 150),
            grouped("Notifications", "char-notification", 15),
            assets,
            killmails,
            grouped("ServerStatus", "status", 600),
            changing(grouped("SendMail", "char-social", 600))};
}

}  // namespace

const Route& route_of(RouteName name) {
    static const auto routes = make_routes();
    return routes[static_cast<std::size_t>(name)];
}

}  // namespace pyesi::scheduler::day
