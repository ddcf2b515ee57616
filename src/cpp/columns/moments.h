#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pyesi::columns {

/// Days since 1970 of a day that there is.
constexpr std::int32_t days_until(std::chrono::year_month_day date) noexcept {
    return static_cast<std::int32_t>(
        std::chrono::sys_days{date}.time_since_epoch().count());
}

/// Milliseconds since 1970 of an RFC 3339 date-time, such as 2026-08-18T11:05:00Z; what
/// is less than a millisecond is dropped. Nothing if it is none.
std::optional<std::int64_t> parse_date_time(std::string_view text) noexcept;

/// Days since 1970 of an RFC 3339 full-date, such as 2026-08-18. Nothing if it is none.
std::optional<std::int32_t> parse_date(std::string_view text) noexcept;

}  // namespace pyesi::columns
