#include "scheduler/retry_after.h"

#include "http/http_date.h"
#include "scheduler/decimal.h"

#include <algorithm>
#include <cstdint>

namespace pyesi::scheduler {

namespace {

base::Duration bounded_seconds(std::uint64_t seconds) noexcept {
    constexpr auto kMost = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::seconds>(kLongestRetryAfter).count());
    return std::chrono::seconds{std::min(seconds, kMost)};
}

}  // namespace

std::optional<base::Duration> parse_retry_after(std::string_view text,
                                                base::WallTime date) noexcept {
    const auto value = trimmed(text);
    if (const auto seconds = parse_decimal(value)) return bounded_seconds(*seconds);

    const auto instant = http::parse_http_date(value, date);
    if (!instant) return std::nullopt;
    return std::clamp(std::chrono::duration_cast<base::Duration>(*instant - date),
                      base::Duration::zero(),
                      kLongestRetryAfter);
}

}  // namespace pyesi::scheduler
