#pragma once

#include "http/method.h"
#include "scheduler/ticket.h"

#include <cstddef>
#include <cstdint>

namespace pyesi::scheduler::day {

/// The routes that a day's requests go to.
enum class RouteName : std::uint8_t {
    MarketOrders,
    MarketHistory,
    UniverseTypes,
    ContractItems,
    StructureOrders,
    Location,
    Wallet,
    Notifications,
    Assets,
    Killmails,
    ServerStatus,
    SendMail,
};

inline constexpr std::size_t kRoutes = 12;

/// A route as ESI limits it, and as a client believes that it does.
///
/// Constant after construction.
struct Route {
    RouteLimit believed;
    RouteLimit actual;  ///< its ceiling is kept, though no header tells of it
    http::Method method = http::Method::Get;
};

const Route& route_of(RouteName name);

}  // namespace pyesi::scheduler::day
