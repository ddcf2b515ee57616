#pragma once

#include "scheduler/ledger_account.h"
#include "scheduler/shared_ledger.h"

#include <cstdint>
#include <unordered_map>

namespace pyesi::scheduler {

/// A ledger in memory: what every other kind of ledger does, without its hands.
///
/// Thread: any one at a time.
class Ledger {
public:
    /// One step. `clock`: the ledger's own, which may go back.
    LedgerReply exchange(const LedgerRequest& request, LedgerTime clock);

    /// As a server that was emptied.
    void flush() { accounts_.clear(); }

    /// Null if nothing is known of it.
    const LedgerAccount* find(std::uint64_t key) const noexcept;

private:
    std::unordered_map<std::uint64_t, LedgerAccount> accounts_;
};

}  // namespace pyesi::scheduler
