#pragma once

#include "base/time.h"

#include <optional>
#include <string>
#include <string_view>

namespace pyesi::http {

/// The instant that an HTTP date tells, in any of the three forms of RFC 9110
/// §5.6.7; nothing for all else, as `0` and `-1` in Expires. The name of the day
/// must be one, but is not held against the date. A second of 60 is the next
/// second.
///
/// What lies outside 1970 … 2199 reads as the nearer end of that range, so that
/// no difference of two dates overflows. Never throws.
///
/// A year of two digits is taken to be at most 50 years after the system's now.
std::optional<base::WallTime> parse_http_date(std::string_view text) noexcept;

/// The same, with a `now` to place years of two digits by.
std::optional<base::WallTime> parse_http_date(std::string_view text,
                                              base::WallTime now) noexcept;

/// "Sun, 06 Nov 1994 08:49:37 GMT"; fractions of a second are cut off.
std::string format_http_date(base::WallTime instant);

}  // namespace pyesi::http
