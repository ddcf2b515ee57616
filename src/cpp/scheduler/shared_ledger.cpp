#include "scheduler/shared_ledger.h"

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace pyesi::scheduler {

namespace {

// Longer than any window of ESI's: who says more has lost his mind, or his clock.
constexpr base::Duration kLongest = std::chrono::hours{48};
constexpr std::uint32_t kMostProcesses = 100'000;

bool is_length(base::Duration length) noexcept {
    return length >= base::Duration::zero() && length <= kLongest;
}

bool is_answer(const AccountGrant& grant, const AccountReport& report) noexcept {
    const bool lengths = is_length(grant.valid_for) && is_length(grant.opens_in) &&
                         is_length(grant.urgent_opens_in) &&
                         is_length(grant.ask_again_in) && is_length(grant.closed_for) &&
                         is_length(grant.window);
    const bool as_wanted =
        grant.tokens <= report.wants && grant.urgent <= report.wants_urgent;
    return lengths && as_wanted && grant.key == report.key &&
           grant.confirmed <= report.total;
}

}  // namespace

bool is_plausible(const LedgerReply& reply, const LedgerRequest& request) noexcept {
    const bool well_formed = reply.processes > 0 && reply.processes <= kMostProcesses &&
                             reply.grants.size() == request.accounts.size();
    return well_formed && std::ranges::equal(reply.grants, request.accounts, is_answer);
}

}  // namespace pyesi::scheduler
