#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pyesi::columns {

/// Milliseconds since 1970 of an RFC 3339 date-time, such as 2026-08-18T11:05:00Z; what
/// is less than a millisecond is dropped. Nothing if it is none.
std::optional<std::int64_t> parse_date_time(std::string_view text) noexcept;

/// The same for what ESI sends: 20 characters that end in Z and a quote after them;
/// false for any other, right or wrong. REQUIRES: 21 characters from `at` on can be
/// read.
bool try_read_utc(const char* at, std::int64_t& milliseconds) noexcept;

/// Days since 1970 of an RFC 3339 full-date, such as 2026-08-18. Nothing if it is none.
std::optional<std::int32_t> parse_date(std::string_view text) noexcept;

}  // namespace pyesi::columns
