#pragma once

#include "base/clock.h"
#include "engine/timers.h"
#include "scheduler/origin_limits.h"
#include "scheduler/shared_ledger.h"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pyesi::engine {

/// Talks with the ledger for the limits of all origins that this engine sends to.
///
/// Thread: network thread only.
class LimitExchanges {
public:
    struct Parts {
        boost::asio::io_context& loop;
        const base::Clock& clock;
        Timers& timers;
        scheduler::SharedLedger& ledger;
        std::string place;  ///< names the ledger, for this process alone

        /// Real time that an answer is waited for. Nobody's request waits longer.
        std::chrono::milliseconds answer_within;

        /// What an upstream's limits allow has changed.
        std::function<void(std::uint32_t upstream)> on_changed;
    };

    explicit LimitExchanges(Parts parts);
    ~LimitExchanges();
    LimitExchanges(const LimitExchanges&) = delete;
    LimitExchanges& operator=(const LimitExchanges&) = delete;

    /// Shares an upstream's limits from now on, unless another engine of this process
    /// shares them elsewhere.
    void share(std::uint32_t upstream,
               const std::string& origin,
               std::shared_ptr<scheduler::OriginLimits> limits);

    /// Asks what is to be asked by now. To be called after tickets were tried.
    void look();

    /// Gives back what is held, and ends the ledger.
    void close();

private:
    struct Origin {
        std::uint32_t upstream;
        std::shared_ptr<scheduler::OriginLimits> limits;
    };

    /// One exchange under way, or given up.
    struct Asked;

    void ask(const Origin& origin, scheduler::LedgerRequest request);
    void end(Asked& asked, const std::optional<scheduler::LedgerReply>& reply);
    void arm();

    Parts parts_;
    std::vector<Origin> origins_;
    Timers::Key timer_;
    base::TimePoint armed_for_ = base::TimePoint::max();
    bool closed_ = false;
    std::shared_ptr<LimitExchanges*> self_;  // null for answers that come too late
};

}  // namespace pyesi::engine
