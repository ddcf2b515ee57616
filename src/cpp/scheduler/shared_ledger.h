#pragma once

#include "base/time.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace pyesi::scheduler {

// What processes that share their limits say to the ledger that they share, and what
// it says to them. All times are lengths: no two of them need to agree on a clock.

/// What is kept an account of. Its key is a hash: no name of a character leaves the
/// process.
enum class AccountKind : std::uint8_t {
    /// A floating window: what was spent at t returns at t + window. A bucket of
    /// ESI's, or a route with a ceiling, of which no answer tells.
    Floating,

    /// The error limit of an origin: so many errors in a fixed window. Each exchange
    /// names it, so it also says how many processes there are.
    Errors,
};

/// Tokens (or errors) spent, and how long ago.
struct Spending {
    base::Duration age{};
    std::uint32_t tokens = 0;
};

/// What the server said of an account, and how long ago.
struct ServerWord {
    std::uint32_t remaining = 0;
    base::Duration age{};
    base::Duration resets_in{};  ///< Errors: the end of its window, when it was said
};

/// What one process has done with one account since its last report, and what it
/// wants of it. Every number is absolute: a report that is lost, or told twice, harms
/// nothing.
struct AccountReport {
    std::uint64_t key = 0;
    AccountKind kind = AccountKind::Floating;
    std::uint32_t max_tokens = 0;  ///< as the server said, or else the catalog
    base::Duration window{};
    bool size_is_told = false;  ///< it was the server

    /// All that this process ever spent here.
    std::uint64_t total = 0;
    /// The latest part of `total`, oldest first: at least what the ledger has not
    /// confirmed. What is older than the window may be left out.
    std::vector<Spending> spendings{};
    /// `spendings` is all that has not returned, as far as this process knows.
    bool is_complete = false;

    /// Tokens that it holds: granted and not in `total`, be they unused or reserved
    /// for what is in flight.
    std::uint32_t holds = 0;
    std::uint32_t in_flight = 0;  ///< of `holds`

    std::optional<ServerWord> word{};
    /// The server refused: nobody is to send for that long.
    base::Duration closed_for{};
    bool is_spent = false;     ///< with `closed_for`: the window itself is used up
    bool is_reopened = false;  ///< Errors: this process's probe was answered well

    std::uint32_t wants = 0;         ///< tokens for ordinary requests
    std::uint32_t wants_urgent = 0;  ///< tokens that may come out of the reserve
    std::uint32_t least = 0;         ///< fewer are of no use
    std::uint32_t kept_back = 0;     ///< the reserve, that ordinary ones leave
};

struct LedgerRequest {
    std::uint64_t holder = 0;  ///< a number by chance, one for each process and origin
    std::uint64_t number = 0;  ///< grows with each request of a holder
    std::vector<AccountReport> accounts;
};

/// The ledger's word on one account.
struct AccountGrant {
    std::uint64_t key = 0;
    std::uint32_t tokens = 0;  ///< to be added to what the process holds
    std::uint32_t urgent = 0;  ///< as well, for Interactive alone

    /// How long what is held may be used, counted from when the request was made. By
    /// then it is to be reported again; else it counts as spent.
    base::Duration valid_for{};

    /// The ledger counted `total` as it was told.
    std::uint64_t confirmed = 0;
    /// It has lost what it knew of this process: a complete report is needed, and
    /// until then nothing is granted.
    bool needs_all = false;

    /// What was asked for and not granted cannot be had before that.
    base::Duration opens_in{};
    base::Duration urgent_opens_in{};
    /// Unless others give back what they hold: it is worth asking again then.
    base::Duration ask_again_in{};
    base::Duration closed_for{};
    bool may_probe = false;  ///< Errors: this process sends the one request that tries

    std::uint32_t max_tokens = 0;
    base::Duration window{};
    std::int64_t left = 0;      ///< neither spent nor held by anybody
    std::int64_t others = 0;    ///< spent by who does not share the ledger
    std::uint32_t share = 0;    ///< the most that this process is to hold
    std::uint32_t sharing = 0;  ///< processes that use the account now
};

/// In the order of the request's accounts.
struct LedgerReply {
    std::uint32_t processes = 1;  ///< that have lately asked for this origin
    std::vector<AccountGrant> grants;
};

/// The ledger of limits that several processes share. Each exchange is one step, that
/// no other process's comes between.
///
/// Thread: network thread only.
class SharedLedger {
public:
    /// Called with the reply; with nothing if there is none: it could not be reached,
    /// or what it said makes no sense.
    using Replied = std::function<void(std::optional<LedgerReply>)>;

    SharedLedger() = default;
    SharedLedger(const SharedLedger&) = delete;
    SharedLedger& operator=(const SharedLedger&) = delete;
    virtual ~SharedLedger() = default;

    /// Calls `replied` once, on the network thread, perhaps before this returns and
    /// perhaps late: who asks has a time-out of its own. Not after `close`.
    virtual void exchange(LedgerRequest request, Replied replied) = 0;

    /// Nothing more will be asked. Waits for nobody else.
    virtual void close() = 0;

    /// After `close`: calls `done` once, when what was under way has ended, which is
    /// within a moment.
    virtual void finish(const std::function<void()>& done) { done(); }
};

/// Whether a reply can be an answer to the request at all: what comes from outside is
/// not believed unseen.
bool is_plausible(const LedgerReply& reply, const LedgerRequest& request) noexcept;

}  // namespace pyesi::scheduler
