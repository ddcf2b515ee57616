#pragma once

#include "base/clock.h"
#include "engine/engine_config.h"
#include "engine/flight_board.h"
#include "engine/timers.h"
#include "scheduler/outcome.h"
#include "scheduler/scheduler.h"

#include <boost/asio/io_context.hpp>

#include <cstdint>
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
    };

    explicit Upstreams(Parts parts);

    /// The flight is resumed once it may go, or with `refusal` set.
    /// `conditional`: a validator will go along. A change is refused while the daily
    /// downtime keeps its upstream down.
    void queue(Flight& flight, bool conditional);

    /// Its priority became better: it waits accordingly, if it still waits.
    void hasten(Flight& flight);

    /// Takes it out of the queue; it is not resumed.
    void withdraw(Flight& flight);

    /// Gives the permit back, with what the attempt told of the limits.
    void settle(Flight& flight, const scheduler::Outcome& outcome);

    /// Gives it back unused, if there is one.
    void give_back(Flight& flight);

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

    /// Why a change is not to be sent now, if it is not.
    std::optional<base::Failure> suspension_of(const Flight& flight) const;
    void refuse_soon(Flight& flight, base::Failure why);

    /// Many changes of one turn of the loop are looked at once.
    void ask_for_drain();
    void drain();
    void apply(const scheduler::Verdict& verdict);
    bool try_queue_longer(Flight& flight, base::ErrorKind why);
    void arm();

    Parts parts_;
    scheduler::Scheduler scheduler_;
    std::unordered_map<std::string, std::uint32_t> index_by_origin_;
    std::vector<scheduler::Verdict> verdicts_;
    Timers::Key timer_;
    base::TimePoint armed_for_ = base::TimePoint::max();
    bool drain_is_asked_ = false;
};

}  // namespace pyesi::engine
