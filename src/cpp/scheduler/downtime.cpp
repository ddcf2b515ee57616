#include "scheduler/downtime.h"

#include <algorithm>
#include <chrono>

namespace pyesi::scheduler {

namespace {

constexpr auto kBegins = std::chrono::hours{10} + std::chrono::minutes{58};
constexpr auto kEnds = std::chrono::hours{11} + std::chrono::minutes{20};
constexpr int kWider = 5;
constexpr base::Duration kLeastCap = std::chrono::seconds{30};

}  // namespace

std::optional<base::Duration> rest_of_downtime(base::WallTime now) noexcept {
    const auto time_of_day = now - std::chrono::floor<std::chrono::days>(now);
    if (time_of_day < kBegins || time_of_day >= kEnds) return std::nullopt;
    return std::chrono::duration_cast<base::Duration>(kEnds - time_of_day);
}

RetryPolicy widened(const RetryPolicy& policy) noexcept {
    return {.max_attempts = policy.max_attempts,
            .base = policy.base * kWider,
            .cap = std::max(policy.cap, kLeastCap)};
}

}  // namespace pyesi::scheduler
