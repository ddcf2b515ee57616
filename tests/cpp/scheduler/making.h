#pragma once

#include "http/headers.h"
#include "scheduler/limit_headers.h"
#include "scheduler/outcome.h"
#include "scheduler/ticket.h"

#include <chrono>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace pyesi::scheduler::making {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// An instant of manual time.
inline base::TimePoint at(base::Duration since_start) {
    return base::TimePoint{hours{1000}} + since_start;
}

inline const RouteLimit& market_orders() {
    static const auto limit = make_grouped_limit(
        "GetMarketsRegionIdOrders", "market-order", 12'000, minutes{15});
    return limit;
}

inline const RouteLimit& notifications() {
    static const auto limit = make_grouped_limit(
        "GetCharactersCharacterIdNotifications", "char-notification", 15, minutes{15});
    return limit;
}

inline const RouteLimit& universe_types() {
    static const auto limit = make_error_limit("GetUniverseTypesTypeId");
    return limit;
}

inline Ticket ticket_for(const RouteLimit& limit, std::uint64_t id = 1) {
    Ticket ticket;
    ticket.id = id;
    ticket.limit = &limit;
    return ticket;
}

/// As OriginLimits places a ticket that it lets go.
inline Ticket sent_ticket(const RouteLimit& limit, base::TimePoint sent_at) {
    auto ticket = ticket_for(limit);
    ticket.placement.sent_at = sent_at;
    ticket.placement.grouped = limit.is_grouped();
    return ticket;
}

inline LimitHeaders window_headers(std::string_view group,
                                   std::uint32_t limit,
                                   std::uint32_t remaining) {
    LimitHeaders told;
    told.group = group;
    told.window = LimitHeaders::Window{limit, minutes{15}};
    told.remaining = remaining;
    return told;
}

inline LimitHeaders error_headers(std::uint32_t left, base::Duration reset) {
    LimitHeaders told;
    told.errors_left = left;
    told.error_reset = reset;
    return told;
}

inline LimitHeaders retry_after(base::Duration length) {
    LimitHeaders told;
    told.retry_after = length;
    return told;
}

inline http::Headers headers_of(
    std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
    http::Headers headers;
    for (const auto& [name, value] : fields) headers.append(name, value);
    return headers;
}

}  // namespace pyesi::scheduler::making
