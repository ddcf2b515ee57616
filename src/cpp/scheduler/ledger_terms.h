#pragma once

#include "base/time.h"
#include "scheduler/ledger_account.h"
#include "scheduler/shared_ledger.h"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace pyesi::scheduler {

// Of the error limit. The last one turns every answer into a 420: nobody has it, as in
// ErrorLimit.
constexpr std::int64_t kNeverSpent = 1;

/// What ordinary requests leave of what may be lent. The error that nobody has is part
/// of the reserve.
inline std::int64_t kept_back(const AccountReport& report) noexcept {
    const bool is_errors = report.kind == AccountKind::Errors && report.kept_back > 0;
    return report.kept_back - (is_errors ? kNeverSpent : 0);
}

/// Downwards; a negative length is none.
inline LedgerTime in_ledger_time(base::Duration length) noexcept {
    return std::chrono::floor<LedgerTime>(std::max(length, base::Duration::zero()));
}

/// As many as a report or a grant can tell.
inline std::uint32_t as_count(std::int64_t tokens) noexcept {
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(tokens, 0, 0xffff'ffff));
}

}  // namespace pyesi::scheduler
