#pragma once

#include "base/time.h"
#include "scheduler/account_lease.h"
#include "scheduler/error_limit.h"
#include "scheduler/floating_windows.h"
#include "scheduler/gate.h"
#include "scheduler/shared_ledger.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace pyesi::scheduler {

/// What one process holds of one account, at one moment.
struct LeaseState {
    std::string name;         ///< the group, or the route that has a ceiling
    std::string identity;     ///< "ip" where no token went along
    std::int64_t unused = 0;  ///< granted and not yet used
    std::int64_t in_flight = 0;
    std::int64_t left = 0;    ///< to all who share, by the ledger's last word
    std::int64_t others = 0;  ///< spent by who does not share
};

/// How an origin's limits are shared, at one moment.
struct SharingState {
    enum class Standing : std::uint8_t {
        Off,  ///< they are not
        Shared,
        Alone,  ///< the ledger cannot be asked: less goes, by a guess at a fair share
    };

    Standing standing = Standing::Off;
    std::uint32_t processes = 1;   ///< as far as was known last
    std::uint64_t exchanges = 0;   ///< that were answered
    std::uint64_t failures = 0;    ///< that were not, or made no sense
    std::uint64_t losses = 0;      ///< times that it became Alone
    std::uint64_t recoveries = 0;  ///< times that it was Shared again
    std::vector<LeaseState> leases;
};

/// This process's part in limits that several processes share: it lets go what its
/// leases cover, and says what is to be told to the ledger, and when.
///
/// While the ledger does not answer, each process keeps to its share of each window:
/// one part of as many as were there last, and at most half. What it spends meanwhile
/// it tells afterwards.
///
/// Whoever drives it calls `next_exchange` at `due_at` and after each batch of tickets,
/// and `on_reply` once for each.
///
/// Thread: any one at a time.
class LimitSharing final : public Gate {
public:
    /// Both must outlive it.
    LimitSharing(FloatingWindows& windows, ErrorLimit& errors) noexcept
        : windows_{windows}, errors_{errors} {}

    /// `holder`: a number by chance, never 0.
    void start(std::string_view origin, std::uint64_t holder);

    /// What is held and not used is to be given back by one more exchange.
    void give_back(base::TimePoint now) noexcept;

    /// From now on this process is for itself.
    void stop() noexcept;

    bool is_on() const noexcept { return holder_ != 0; }

    /// Finds the accounts that the ticket draws on, and sees to it that they will have
    /// what it needs. To be called before `admit`, once the ticket is placed.
    void prepare(const Ticket& ticket, base::TimePoint now);

    Admission admit(const Ticket& ticket, base::TimePoint now) const override;
    void on_sent(const Ticket& ticket, base::TimePoint now) override;
    void on_outcome(const Ticket& ticket,
                    const Outcome& outcome,
                    base::TimePoint now) override;

    /// By which tokens a ticket goes that was admitted: for its placement, before
    /// `on_sent`.
    LeaseUse use_of(const Ticket& ticket, base::TimePoint now) const noexcept;

    /// When there is something to ask the ledger; TimePoint::max() if there is not, or
    /// if it has been asked.
    base::TimePoint due_at() const noexcept;

    /// What to ask it now, if anything. It is to be followed by one `on_reply`; after
    /// two seconds without, another may ask in its place.
    std::optional<LedgerRequest> next_exchange(base::TimePoint now);

    /// `reply`: nothing if there is none in time.
    void on_reply(const LedgerRequest& request,
                  const std::optional<LedgerReply>& reply,
                  base::TimePoint now);

    SharingState state(base::TimePoint now) const;
    SharingState::Standing standing() const noexcept { return standing_; }

private:
    using Standing = SharingState::Standing;

    struct Account {
        AccountLease lease;
        std::string name;
        std::string identity;
    };

    /// An account that a ticket draws on, and how much.
    struct Claim {
        std::uint64_t key = 0;
        std::uint32_t tokens = 0;
        bool urgent = false;
        float reserve = 0;  ///< the share that is left to others
    };

    struct Claims {
        std::array<Claim, 2> each{};
        std::size_t count = 0;
    };

    static Claims claims_of(const Ticket& ticket) noexcept;
    const Account* find(std::uint64_t key) const noexcept;
    Account* find(std::uint64_t key) noexcept;
    Account& account_of(const Claim& claim, const Ticket& ticket, base::TimePoint now);
    Account make_account(const Claim& claim,
                         const Ticket& ticket,
                         base::TimePoint now) const;
    Account make_window(std::string_view group,
                        std::string_view identity,
                        const AccountLease::Size& size) const;
    Account& errors_account();
    Account* named_account(const Ticket& ticket, const Outcome& outcome);
    std::uint32_t kept_back(const AccountLease& lease,
                            const Claim& claim) const noexcept;
    std::optional<Admission> objection(const Claim& claim, base::TimePoint now) const;

    void settle_window(const Ticket& ticket,
                       const Outcome& outcome,
                       base::TimePoint now);
    void settle_errors(const Ticket& ticket,
                       const Outcome& outcome,
                       base::TimePoint now);
    void settle_ceiling(const Ticket& ticket,
                        const Outcome& outcome,
                        base::TimePoint now);
    void watch_errors(base::TimePoint now);
    void touch(const Account& account) noexcept;

    void settle_named(Account& account, const Outcome& outcome, base::TimePoint now);
    void take_in(const LedgerReply& reply, base::TimePoint now);
    void follow_closure(const AccountGrant& grant, base::TimePoint now);
    void on_failure(base::TimePoint now);
    void drop_idle(base::TimePoint now);
    void plan() noexcept;
    void stand(Standing standing) noexcept;

    FloatingWindows& windows_;
    ErrorLimit& errors_;
    std::string origin_;
    std::uint64_t holder_ = 0;
    std::uint64_t number_ = 0;
    std::unordered_map<std::uint64_t, Account> accounts_;

    Standing standing_ = Standing::Off;
    std::uint32_t processes_ = 1;
    std::uint64_t exchanges_ = 0;
    std::uint64_t failures_ = 0;
    std::uint64_t losses_ = 0;
    std::uint64_t recoveries_ = 0;
    int failures_running_ = 0;

    bool was_shut_ = false;    // the error limit, when it was looked at last
    bool may_probe_ = false;   // this process tries for all whether it is open again
    std::uint64_t asked_ = 0;  // the number of what is not answered yet
    std::vector<std::uint64_t> asked_for_;  // the accounts in it
    base::TimePoint asked_at_{};
    base::TimePoint retry_at_{};
    base::TimePoint due_at_ = base::TimePoint::max();
};

}  // namespace pyesi::scheduler
