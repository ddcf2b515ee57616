#pragma once

#include "base/time.h"
#include "scheduler/gate.h"
#include "scheduler/shared_ledger.h"
#include "scheduler/spent_tokens.h"
#include "scheduler/ticket.h"

#include <array>
#include <cstdint>
#include <optional>

namespace pyesi::scheduler {

/// What one process holds of an account that it shares: tokens granted ahead of need,
/// so that a request that goes asks nobody. It keeps its own book of what it spent,
/// and tells the ledger of it; and says when that is to be done next.
///
/// There are two purses: Interactive's may be filled out of the reserve, and it draws
/// on the other too. A lot is asked for when half of the last is gone. Lots grow while
/// they last for less than a quarter of a second, and shrink while they last for more
/// than two; what nobody used goes back.
///
/// Thread: any one at a time.
class AccountLease {
public:
    struct Size {
        std::uint32_t max_tokens = 0;
        base::Duration window{};
        bool is_told = false;  ///< by the server, not by the catalog
    };

    /// `key` names it in the ledger. REQUIRES: size.max_tokens > 0, size.window > 0.
    AccountLease(std::uint64_t key, AccountKind kind, const Size& size) noexcept;

    /// As the server told it.
    void learn_size(std::uint32_t max_tokens, base::Duration window) noexcept;

    /// Whether so many tokens may go by what is held.
    bool covers(std::uint32_t tokens, bool urgent, base::TimePoint now) const noexcept;

    /// Somebody will need so many; `kept_back`: the reserve that is left to others.
    void want(std::uint32_t tokens,
              bool urgent,
              std::uint32_t kept_back,
              base::TimePoint now) noexcept;

    /// What one is told whom the lease does not cover.
    Admission objection(bool urgent, base::TimePoint now) const noexcept;

    /// What one is told who goes beyond this process's share, while the ledger cannot
    /// be asked; nothing if he does not.
    std::optional<Admission> objection_alone(std::uint32_t tokens,
                                             std::uint32_t kept_back,
                                             std::uint32_t processes,
                                             bool urgent,
                                             base::TimePoint now) const noexcept;

    /// A request goes, and reserves so many. `by_lease`: by what is held.
    LeaseUse take(std::uint32_t tokens,
                  bool urgent,
                  bool by_lease,
                  base::TimePoint now) noexcept;

    /// It has ended. So many of what it had reserved were not needed.
    void end(std::uint32_t reserved, std::uint32_t unused, LeaseUse use) noexcept;

    /// It took so many, be they reserved here or not.
    void spend(std::uint32_t tokens, base::TimePoint now);

    /// The server's word; `resets_in`: of the error limit.
    void hear(std::uint32_t remaining,
              base::Duration resets_in,
              base::TimePoint now) noexcept;

    /// The server refused. `is_spent`: because the account is used up.
    void close_for(base::Duration length, bool is_spent, base::TimePoint now) noexcept;

    /// After that, a request was answered well.
    void reopen(base::TimePoint now) noexcept;

    /// When the ledger is to be asked; TimePoint::max() if there is no cause.
    base::TimePoint due_at() const noexcept;

    /// What to say to the ledger. Gives back what is not used.
    AccountReport report(base::TimePoint now);

    /// `asked_at`: when the report was made.
    void on_grant(const AccountGrant& grant,
                  base::TimePoint asked_at,
                  base::TimePoint now) noexcept;

    /// The ledger cannot be asked: what is held is not counted on any more.
    void drop() noexcept;

    /// Nothing would be lost with it.
    bool is_idle(base::TimePoint now) const noexcept;

    std::uint64_t key() const noexcept { return key_; }
    AccountKind kind() const noexcept { return kind_; }
    std::uint32_t max_tokens() const noexcept { return max_tokens_; }
    base::Duration window() const noexcept { return spent_.window(); }
    std::int64_t in_flight() const noexcept { return in_flight_; }
    std::int64_t unused() const noexcept;
    std::int64_t left_to_all() const noexcept { return left_; }
    std::int64_t others() const noexcept { return others_; }
    base::TimePoint shut_until() const noexcept { return shut_until_; }

private:
    struct Purse {
        std::int64_t tokens = 0;
        std::uint32_t need = 0;   ///< what somebody waits for
        std::uint32_t lot = 0;    ///< asked for at once
        std::uint32_t size = 1;   ///< what a request needed lately
        std::int64_t filled = 0;  ///< what there was after the last grant
        base::TimePoint used_at{};
        base::TimePoint granted_at{};
        base::TimePoint opens_at{};
        base::TimePoint ask_at{};  ///< before that, asking for it would be in vain
    };

    std::optional<Admission> objection_to_burst(std::uint32_t tokens,
                                                std::int64_t share,
                                                base::TimePoint now) const noexcept;
    Purse& purse(bool urgent) noexcept { return purses_[urgent ? 1 : 0]; }
    const Purse& purse(bool urgent) const noexcept { return purses_[urgent ? 1 : 0]; }
    base::Duration period() const noexcept;
    std::uint32_t wants_of(const Purse& purse) const noexcept;
    void add_spendings(AccountReport& report, base::TimePoint now) const;
    void fill(bool urgent, const AccountGrant& grant, base::TimePoint now) noexcept;

    std::uint64_t key_;
    SpentTokens spent_;
    base::TimePoint spent_at_{};
    std::uint64_t total_ = 0;
    std::uint64_t confirmed_ = 0;

    std::array<Purse, 2> purses_{};
    std::array<std::uint32_t, 2> asked_{};  // by the report that is not answered yet
    std::int64_t in_flight_ = 0;
    base::TimePoint valid_until_{};
    base::TimePoint reported_at_{};

    base::TimePoint heard_at_{};
    base::TimePoint resets_at_{};
    base::TimePoint closed_until_{};  // by what was answered here, and not told yet
    base::TimePoint closed_at_{};
    base::TimePoint reopened_at_{};

    base::TimePoint shut_until_{};  // by what the ledger says
    std::int64_t left_ = 0;
    std::int64_t others_ = 0;

    // The small ones together, without gaps between.
    std::optional<std::uint32_t> word_;
    std::uint32_t max_tokens_;
    std::uint32_t kept_back_ = 0;
    std::uint32_t share_ = 0;  // the most to hold, of what comes back; 0: not told
    AccountKind kind_;
    bool size_is_told_;
    bool is_known_ = false;  // the ledger knows of all before `confirmed_`
    bool has_news_ = false;
    bool is_spent_ = false;
    bool is_reopened_ = false;
};

}  // namespace pyesi::scheduler
