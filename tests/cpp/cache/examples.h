#pragma once

#include "cache/entry.h"
#include "http/http_date.h"

#include <chrono>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace pyesi::cache::examples {

using namespace std::chrono_literals;

/// When the answers of these tests come, by policy time and by the wall.
inline constexpr base::TimePoint kStart{1000h};
inline constexpr base::WallTime kNoon =
    std::chrono::sys_days{std::chrono::year{2026} / 9 / 30} + 12h;

inline http::Headers fields(
    std::initializer_list<std::pair<std::string_view, std::string_view>> pairs) {
    http::Headers headers;
    for (const auto& [name, value] : pairs) headers.append(name, value);
    return headers;
}

inline http::Response answer(http::Headers headers, std::string_view body = "[]") {
    return {200, std::move(headers), {base::Bytes{body}, {}, body.size()}};
}

/// An answer that came at kStart and noon, `later` after.
inline Arrival arrival(base::Duration later = {}) {
    return {.received_at = kStart + later,
            .lifetime_facts = {.received_wall = kNoon + later,
                               .catalog_lifetime = std::nullopt}};
}

inline EntryPtr entry(
    std::initializer_list<std::pair<std::string_view, std::string_view>> pairs,
    std::string_view body = "[]") {
    return make_entry(answer(fields(pairs), body), arrival());
}

}  // namespace pyesi::cache::examples
