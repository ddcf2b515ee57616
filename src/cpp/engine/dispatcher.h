#pragma once

#include "base/clock.h"
#include "engine/answer_cache.h"
#include "engine/chance.h"
#include "engine/engine_config.h"
#include "engine/flight_board.h"
#include "engine/timers.h"
#include "engine/unit.h"
#include "engine/upstreams.h"
#include "engine/workers.h"
#include "metrics/request_metrics.h"
#include "scheduler/retry_budget.h"
#include "transport/transport.h"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <unordered_map>

namespace pyesi::engine {

/// Brings requests, cache, limits and network together: the steps of
/// request_flow, each a short call to the room that decides it.
///
/// Thread: network thread only.
class Dispatcher {
public:
    struct Parts {
        boost::asio::io_context& loop;
        const EngineConfig& config;
        const base::Clock& clock;
        metrics::RequestMetrics& metrics;
        std::shared_ptr<cache::Store> store;
        std::unique_ptr<transport::Transport> transport;
        std::shared_ptr<cache::PopularityTable> popularity =
            std::make_shared<cache::PopularityTable>();
        scheduler::SharedLedger* ledger = nullptr;  ///< null: limits are not shared
        StateNews* news = nullptr;                  ///< null: nobody wants any
    };

    explicit Dispatcher(Parts parts);

    // What is asked from outside.

    /// Starts a request's flow; its waiter is told exactly once, perhaps at once.
    void submit(Call&& call, Waiter&& waiter);

    /// Starts a unit, which asks for its requests itself.
    void enter(std::shared_ptr<Unit> unit);
    void leave(Tag unit);

    /// Ends whatever bears the tag with Cancelled. No effect on one that has ended.
    void cancel(Tag tag);

    /// Of what a unit handed over, so many bytes are not held any more.
    void on_taken(Tag unit, std::size_t bytes) {
        if (const auto taken = find_unit(unit)) taken->on_taken(bytes);
    }

    /// Ends everything with ClientClosed. What a worker has in hand ends a little
    /// later: see `is_idle`.
    void close();
    bool is_idle() const noexcept { return flights_.size() == 0 && !is_working(); }
    bool is_working() const noexcept { return workers_.under_way() > 0; }

    /// The clock was turned: limits and deadlines are looked at anew.
    void on_clock_turned();

    /// What is not urgent waits, half as many go at once, and kept answers that may
    /// stand in for an error are served in place of asking.
    void set_emergency(bool on);

    /// Names a request that a batch or sweep makes; never equal to an outer tag.
    Tag next_tag() noexcept { return next_tag_++; }

    // The steps of request_flow.

    cache::CacheKey key_of(const Call& call) const { return answers_.key_of(call); }
    cache::EntryPtr find(const Flight& flight) const { return find(flight.key); }
    cache::EntryPtr find(const cache::CacheKey& key) const {
        return answers_.look_up(key);
    }
    bool may_look_further(const Flight& flight) const noexcept {
        return answers_.may_look_further(flight.key);
    }

    /// Something that the application asked for, kept or not.
    void count_use(const Flight& flight);
    void count_miss(const Flight& flight);

    /// Ends the flight without sending anything, where its cache mode and what was
    /// found allow it. If not, `stored` is what an attempt may validate, or null.
    bool answer_from_cache(Flight& flight, cache::EntryPtr& stored);
    bool join_flight(Flight& flight);
    void record(Flight& flight, const transport::TransferEnd& end);

    /// When to try again, if at all.
    std::optional<base::TimePoint> decide_retry(Flight& flight, const Attempt& attempt);

    /// An answer that says nothing but that the other side is in trouble.
    bool is_upstream_down(const Attempt& attempt) const noexcept;

    std::optional<Kept> keep(Flight& flight,
                             const cache::EntryPtr& stored,
                             Attempt&& attempt);

    void hand_over(Flight& flight, const Kept& kept) {
        flights_.hand_over(flight, kept);
    }
    void hand_over(Flight& flight, const cache::EntryPtr& entry, Source source);

    /// A stored answer in place of the failed one where that is allowed, else the
    /// failure.
    void hand_over_failure(Flight& flight,
                           const cache::EntryPtr& stored,
                           const base::Failure& failure);
    void hand_over_failure(Flight& flight,
                           const cache::EntryPtr& stored,
                           Attempt&& attempt);

    // What its awaiters start.

    void start_look_up(Flight& flight);
    void start_transfer(Flight& flight, const cache::Entry* stored);
    void start_decoding(Flight& flight);
    BodyPolicy body_policy(const Flight& flight) const noexcept;

    FlightBoard& flights() noexcept { return flights_; }
    Upstreams& upstreams() noexcept { return upstreams_; }
    cache::PopularityTable& popularity() noexcept { return *parts_.popularity; }
    double draw_chance() { return chance_.draw(); }
    Timers& timers() noexcept { return timers_; }
    Workers& workers() noexcept { return workers_; }
    const base::Clock& clock() const noexcept { return parts_.clock; }
    metrics::RequestMetrics& metrics() noexcept { return parts_.metrics; }
    transport::PoolStatistics pool() const { return parts_.transport->statistics(); }

private:
    /// Null once it has ended. Owned, since it may end by what is asked of it.
    std::shared_ptr<Unit> find_unit(Tag tag) const {
        const auto found = units_.find(tag);
        return found == units_.end() ? nullptr : found->second;
    }

    static void on_abandoned(void* self, Flight& flight) noexcept;
    static void on_other_variant(void* self, Call&& call, Waiter&& waiter);
    void hand_over_stale(Flight& flight, const cache::EntryPtr& stored);
    bool serve_in_emergency(Flight& flight, const cache::EntryPtr& stored);
    void serve_then_revalidate(Flight& flight, const cache::EntryPtr& stored);
    void count_reload(const Flight& flight, const cache::EntryPtr& stored);
    metrics::RequestMetrics::CacheCounts& cache_counts_of(const Flight& flight);
    void on_looked_up(std::uint64_t flight_id, cache::EntryPtr found);
    void stop(Flight& flight);
    void stop_sending(Flight& flight);
    void give_up(Flight& flight);

    Parts parts_;
    Timers timers_;
    AnswerCache answers_;
    Chance chance_;
    FlightBoard flights_;
    Upstreams upstreams_;
    scheduler::RetryBudget retry_budget_;
    bool emergency_ = false;
    std::unordered_map<Tag, std::shared_ptr<Unit>> units_;
    Tag next_tag_ = Tag{1} << 63U;
    bool closing_ = false;
    Workers workers_;  // last, so that it goes first: its work resumes flights
};

}  // namespace pyesi::engine
