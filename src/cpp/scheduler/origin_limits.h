#pragma once

#include "base/guarded.h"
#include "base/time.h"
#include "scheduler/error_limit.h"
#include "scheduler/floating_windows.h"
#include "scheduler/gate.h"
#include "scheduler/limit_sharing.h"
#include "scheduler/route_ceilings.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pyesi::scheduler {

/// One moment of an origin's limits.
struct LimitsState {
    ErrorLimitState errors;
    // Those that are not as if new.
    std::vector<BucketState> buckets;
    std::vector<CeilingState> ceilings;
    SharingState sharing;
};

/// How an origin's limits stand, in a few words.
struct LimitsStanding {
    bool error_limited = false;  ///< until a request has been answered well
    base::Duration error_limited_for{};
    SharingState::Standing sharing = SharingState::Standing::Off;
};

/// The limits that one origin sets on this whole process. Every scheduler that sends
/// there shares the one object, so that two clients never spend the same tokens.
///
/// Thread-safe.
class OriginLimits {
public:
    /// Replaces the error limit's settings, for all who share it.
    void configure(const ErrorLimit::Settings& errors);

    /// Asks all gates and, if none objects, tells all that the ticket is sent: in one
    /// step, so that no two schedulers take the last token. Writes the ticket's
    /// placement. One that was admitted must be followed by one `on_outcome`.
    Admission try_send(Ticket& ticket, base::TimePoint now);

    void on_outcome(const Ticket& ticket, const Outcome& outcome, base::TimePoint now);

    /// The rate limit group whose tokens it takes; empty: none's. REQUIRES: it was
    /// admitted.
    std::string group_of(const Ticket& ticket) const;

    LimitsState state(base::TimePoint now) const;
    LimitsStanding standing(base::TimePoint now) const;

    /// A scheduler begins, or ceases, to send here.
    void on_attached() noexcept { schedulers_.fetch_add(1, std::memory_order_relaxed); }
    void on_detached() noexcept { schedulers_.fetch_sub(1, std::memory_order_relaxed); }

    /// Whether several schedulers draw on this: then what one waits for may come from
    /// another, which does not tell it.
    bool is_shared() const noexcept {
        return schedulers_.load(std::memory_order_relaxed) > 1;
    }

    // Sharing with other processes: see LimitSharing. Several engines of this process
    // may drive it; whoever is asked first when an exchange is due makes it.

    /// `holder`: a number by chance, never 0, of which the first is taken. `place`
    /// names the ledger. False if they are shared by another one already: one process
    /// has one.
    bool begin_sharing(std::string_view origin,
                       std::uint64_t holder,
                       std::string_view place = {});

    /// REQUIRES: a `begin_sharing` that said true. Of the last one: gives what is to be
    /// said to the ledger, so that it has back what was held.
    std::optional<LedgerRequest> end_sharing(base::TimePoint now);

    base::TimePoint exchange_due_at() const;
    std::optional<LedgerRequest> next_exchange(base::TimePoint now);
    void on_reply(const LedgerRequest& request,
                  const std::optional<LedgerReply>& reply,
                  base::TimePoint now);

    /// Nobody is attached and nothing would be forgotten.
    bool is_idle(base::TimePoint now) const;

private:
    struct Gates {
        /// All of them, and what they are called. A new limit is a word in each.
        std::array<Gate*, 4> all() noexcept {
            return {&errors, &windows, &ceilings, &sharing};
        }
        static constexpr std::array<GateName, 4> kNames{GateName::ErrorLimit,
                                                        GateName::RateLimitWindow,
                                                        GateName::Ceiling,
                                                        GateName::SharedLimits};

        ErrorLimit errors;
        FloatingWindows windows;
        RouteCeilings ceilings;
        LimitSharing sharing{windows, errors};  // last: it goes by what the others saw
        int sharers = 0;
        std::string place;  ///< of the ledger, while there are sharers
    };

    // Locked for some tens of nanoseconds; nothing is called out to meanwhile.
    mutable base::Guarded<Gates> gates_;
    std::atomic<int> schedulers_{0};
};

/// The limits of `origin` in this process: the same object for all who ask. It stays
/// when nobody uses it any more, for as long as it remembers anything.
std::shared_ptr<OriginLimits> limits_of(std::string_view origin, base::TimePoint now);

/// To be called in the child after a fork, before anything else of this file: what
/// was inherited may be locked by a thread that is not there. It is left behind, and
/// the child learns its limits anew from the first answers.
void abandon_limits_after_fork();

}  // namespace pyesi::scheduler
