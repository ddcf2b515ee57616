#pragma once

#include "base/time.h"
#include "scheduler/shared_ledger.h"

#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

namespace pyesi::scheduler {

/// An instant as the ledger's own clock tells it, whichever that is: whole
/// milliseconds.
using LedgerTime = std::chrono::milliseconds;

/// What one process holds of an account.
struct LedgerLease {
    std::uint64_t holder = 0;
    std::uint64_t number = 0;  ///< of its last request
    std::uint64_t total = 0;   ///< of its spending, as counted here
    std::int64_t held = 0;
    LedgerTime until{};   ///< then what is held counts as spent
    LedgerTime seen{};    ///< its last request
    LedgerTime wanted{};  ///< the last in which it wanted more
};

/// Tokens spent up to `end`; they return a window after it.
struct LedgerSlot {
    LedgerTime end{};
    std::int64_t tokens = 0;
};

/// All that is kept of an account between two exchanges.
struct AccountState {
    AccountKind kind = AccountKind::Floating;
    std::int64_t max_tokens = 0;
    LedgerTime window{};
    bool size_is_told = false;
    bool heard = false;  ///< somebody has reported spending, or the server's word

    LedgerTime latest{};  ///< the account's own time never goes back
    LedgerTime shift{};   ///< between that and the clock, since the clock did
    LedgerTime born{};    ///< its first exchange
    /// Nothing is lent before: what the ledger has lost is being told to it.
    LedgerTime settles_until{};

    std::vector<LedgerSlot> spent;  ///< in order
    std::vector<LedgerLease> leases;

    std::int64_t others = 0;
    LedgerTime others_until{};
    LedgerTime word_at{};

    LedgerTime closed_until{};
    bool is_shut = false;  ///< Errors: since a 420, until a probe is answered well
    std::uint64_t prober = 0;
    LedgerTime probe_until{};

    std::int64_t errors_left = 0;
    LedgerTime window_end{};
};

/// One account that several processes draw on: what was spent, what is out on lease,
/// what strangers spend.
///
/// Leases and spendings together never pass what the window has, and those of ordinary
/// requests leave its reserve; so whatever the order in which processes ask, none is
/// refused for another's spending. What a killed process held counts as spent when its
/// lease ends. A clock that goes back stops nothing: the account's time goes on from
/// where it was.
///
/// Thread: any one at a time.
class LedgerAccount {
public:
    /// A lease lasts so long without a word of its holder, which is to report three
    /// times as often.
    static LedgerTime lease_length(LedgerTime window) noexcept;

    LedgerAccount() = default;
    explicit LedgerAccount(AccountState state) : state_{std::move(state)} {}

    /// Takes in what a process reports, and grants what it wants as far as there is.
    AccountGrant exchange(const AccountReport& report,
                          std::uint64_t holder,
                          std::uint64_t number,
                          LedgerTime clock);

    /// Processes that have lately asked.
    std::uint32_t processes() const noexcept;

    /// Nothing would be lost with it.
    bool is_idle(LedgerTime clock) const noexcept;

    const AccountState& state() const noexcept { return state_; }

private:
    void advance(LedgerTime clock) noexcept;
    void expire();
    void settle() noexcept;
    void learn_size(const AccountReport& report) noexcept;
    void take_in(LedgerLease& lease, const AccountReport& report);
    void count(LedgerLease& lease, const AccountReport& report);
    void spend(std::int64_t tokens, LedgerTime at);
    void count_errors(std::int64_t errors, LedgerTime at) noexcept;
    void learn_word(const LedgerLease& lease, const AccountReport& report) noexcept;
    void learn_errors(const ServerWord& word, LedgerTime said) noexcept;
    void learn_others(const LedgerLease& lease,
                      const AccountReport& report,
                      LedgerTime said) noexcept;
    void close(const AccountReport& report) noexcept;

    void lend(LedgerLease& lease, const AccountReport& report, AccountGrant& granted);
    bool is_open_to(const LedgerLease& lease,
                    const AccountReport& report,
                    AccountGrant& granted) noexcept;
    std::int64_t fair_share(const AccountReport& report, std::int64_t ordinary) const;
    void tell_openings(const AccountReport& report, AccountGrant& granted) const;
    base::Duration opening_of(std::int64_t missing) const noexcept;
    void describe(const LedgerLease& lease, AccountGrant& granted) const noexcept;

    LedgerLease* find(std::uint64_t holder) noexcept;
    std::int64_t spent() const noexcept;
    std::int64_t held() const noexcept;
    std::int64_t others() const noexcept;
    std::int64_t available() const noexcept;
    std::int64_t lendable(const AccountReport& report) const noexcept;
    std::uint32_t sharing() const noexcept;
    bool returned(const LedgerSlot& slot, LedgerTime by) const noexcept {
        return slot.end + state_.window <= by;
    }

    AccountState state_;
};

}  // namespace pyesi::scheduler
