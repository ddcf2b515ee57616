#pragma once

#include "base/clock.h"
#include "engine/chance.h"
#include "engine/engine_config.h"
#include "engine/flight_board.h"
#include "engine/health_checks.h"
#include "engine/limit_exchanges.h"
#include "engine/state_watch.h"
#include "engine/timers.h"
#include "engine/upstream_choice.h"
#include "scheduler/outcome.h"
#include "scheduler/scheduler.h"
#include "transport/transport.h"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace pyesi::engine {

/// Where flights wait until the scheduler lets them go, and where their permits
/// are given back.
///
/// Thread: network thread only.
class Upstreams {
public:
    struct Parts {
        boost::asio::io_context& loop;
        const EngineConfig& config;
        const base::Clock& clock;
        Timers& timers;
        FlightBoard& flights;
        transport::Transport& transport;
        Chance& chance;
        scheduler::SharedLedger* ledger = nullptr;  ///< null: limits are not shared
        StateNews* news = nullptr;                  ///< null: nobody wants any
    };

    explicit Upstreams(Parts parts);

    /// No health check begins any more, and what was on lease is given back.
    void close();

    /// The flight is resumed once it may go, or with `refusal` set.
    /// `conditional`: a validator will go along. A change is refused while the daily
    /// downtime keeps its upstream down.
    void queue(Flight& flight, bool conditional);

    /// Its priority became better: it waits accordingly, if it still waits.
    void hasten(Flight& flight);

    /// Takes it out of the queue; it is not resumed.
    void withdraw(Flight& flight);

    /// Gives the permit back, with what the attempt told of the limits.
    void settle(Flight& flight, const scheduler::Outcome& outcome, base::TimePoint now);

    /// Gives it back unused, if there is one.
    void give_back(Flight& flight);

    /// The attempt failed and will be made again, for the `last` time or not: perhaps
    /// elsewhere.
    void on_failed(Flight& flight, bool last) {
        choice_.on_failed(flight, last, parts_.clock.now());
    }

    void on_clock_turned() { ask_for_drain(); }

    void set_emergency(bool on) {
        scheduler_.set_emergency(on);
        ask_for_drain();
    }

    scheduler::SchedulerStatistics statistics() const {
        return scheduler_.statistics(parts_.clock.now());
    }

private:
    static const scheduler::RouteLimit& limit_of(Flight& flight);
    std::uint32_t index_of(const std::string& origin);

    /// Nothing if it has a token and none of its upstreams may see it.
    std::optional<std::uint32_t> upstream_for(Flight& flight);
    void check_health_for(const Profile& profile);

    /// That upstream may have left those that are well, or have come back: if it has
    /// left, whoever waits for it goes elsewhere.
    void look_at(std::uint32_t upstream);
    void move_some();
    void move_away(Flight& flight);
    bool try_elsewhere(Flight& flight, const scheduler::Verdict& refusal);
    void note_opening(Flight& flight, const scheduler::Verdict& refusal) const;
    void resubmit(Flight& flight, std::uint32_t upstream);

    /// The slot that it leaves is taken by one who waits at another upstream, if
    /// nobody waits here.
    void pass_on_slot(const Flight& ended);
    bool try_pass_on_slot(const Flight& ended);
    bool try_take_over(std::uint32_t upstream, const Flight& ended);

    /// Why a change is not to be sent now, if it is not.
    std::optional<base::Failure> suspension_of(const Flight& flight) const;
    void refuse_soon(Flight& flight, base::Failure why);

    /// Many changes of one turn of the loop are looked at once.
    void ask_for_drain();
    void drain();
    void apply(const scheduler::Verdict& verdict, base::TimePoint now);
    bool try_queue_longer(Flight& flight, base::ErrorKind why);
    void arm();

    Parts parts_;
    scheduler::Scheduler scheduler_;
    UpstreamChoice choice_;
    HealthChecks checks_;
    std::optional<LimitExchanges> exchanges_;
    std::optional<StateWatch> watch_;
    std::unordered_map<std::uint32_t, bool> was_well_;  // of several upstreams
    std::deque<std::uint64_t> moving_;  // flights whose upstream has left
    std::unordered_map<std::string, std::uint32_t> index_by_origin_;
    std::vector<scheduler::Verdict> verdicts_;
    Timers::Key timer_;
    base::TimePoint armed_for_ = base::TimePoint::max();
    bool drain_is_asked_ = false;
};

}  // namespace pyesi::engine
