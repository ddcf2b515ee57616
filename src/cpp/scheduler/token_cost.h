#pragma once

#include "http/status.h"
#include "scheduler/outcome.h"

#include <cstdint>

namespace pyesi::scheduler {

inline constexpr std::uint32_t kUsualCost = 2;
inline constexpr std::uint32_t kErrorCost = 5;

/// What an answer of this status takes from its bucket.
constexpr std::uint32_t token_cost(int status) noexcept {
    if (status == http::kTooManyRequests || status == http::kErrorLimited) return 0;
    if (http::is_client_error(status)) return kErrorCost;
    if (http::is_server_error(status)) return 0;
    return status >= 300 ? 1 : kUsualCost;
}

/// What an attempt took. One whose answer was lost is held to have succeeded.
constexpr std::uint32_t token_cost(const Outcome& outcome) noexcept {
    if (outcome.end == Outcome::End::NeverSent) return 0;
    return outcome.answered() ? token_cost(outcome.status) : kUsualCost;
}

/// Whether an answer of this status takes one from the error limit.
constexpr bool counts_as_error(int status) noexcept {
    return http::is_error(status);
}

}  // namespace pyesi::scheduler
