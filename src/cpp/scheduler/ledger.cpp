#include "scheduler/ledger.h"

namespace pyesi::scheduler {

LedgerReply Ledger::exchange(const LedgerRequest& request, LedgerTime clock) {
    LedgerReply reply;
    for (const auto& report : request.accounts) {
        auto& account = accounts_[report.key];
        reply.grants.push_back(
            account.exchange(report, request.holder, request.number, clock));
        if (report.kind == AccountKind::Errors) reply.processes = account.processes();
    }
    return reply;
}

const LedgerAccount* Ledger::find(std::uint64_t key) const noexcept {
    const auto found = accounts_.find(key);
    return found == accounts_.end() ? nullptr : &found->second;
}

}  // namespace pyesi::scheduler
