#pragma once

#include "base/clock.h"
#include "engine/answer_cache.h"
#include "engine/flight.h"
#include "engine/timers.h"
#include "metrics/request_metrics.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <unordered_map>

namespace pyesi::engine {

/// Which requests are under way and who waits for each: coalescing, deadlines,
/// leaving, and the one hand-over that each waiter gets.
///
/// Thread: network thread only.
class FlightBoard {
public:
    /// Who is told of what happens here.
    struct Watcher {
        void* whom;

        /// Nobody waits for that flight any more.
        void (*on_abandoned)(void* whom, Flight& flight) noexcept;

        /// The answer that came is not for this waiter, though its key is the same
        /// (RFC 9111 §4.1): it has to ask for its own.
        void (*on_other_variant)(void* whom, Call&& call, Waiter&& waiter);
    };

    struct Parts {
        const base::Clock& clock;
        Timers& timers;
        metrics::RequestMetrics& metrics;
    };

    FlightBoard(Parts parts, Watcher watcher);

    /// Takes the flight in with its first waiter.
    void enter(Flight& flight, Waiter waiter);

    /// Keeps a flight going for the cache's own sake, until it ends or `deadline`.
    void attend(Flight& flight, Tag tag, base::TimePoint deadline);

    /// Takes it out; who still waits is told that the client was closed.
    void leave(Flight& flight) noexcept;

    /// Moves the waiters of `flight` to an equal one that is under way, and tells it.
    /// Null if there is none; then later ones may join this one.
    Flight* join(Flight& flight);

    /// It is about to end without an answer: nobody may join it any more.
    void hide(Flight& flight) noexcept;

    /// Starts the clocks that count from admission.
    void on_admitted(Flight& flight);

    void hand_over(Flight& flight, const Kept& kept);
    void hand_over(Flight& flight, const base::Failure& failure);

    /// Ends the wait of those who accept a stale answer; the others wait on.
    void hand_over_stale(Flight& flight, const Kept& kept);

    /// Ends one waiter's wait; the others of its flight go on. False if nobody
    /// waits by that tag.
    bool end_waiter(Tag tag, base::ErrorKind kind);

    /// Ends everybody's wait, one flight after the other.
    void end_all(base::ErrorKind kind);

    std::size_t size() const noexcept { return by_id_.size(); }

    /// Whether a request of that key could join one.
    bool can_join(const cache::CacheKey& key) const {
        return by_key_.contains(key.text);
    }

    /// Null if that flight has ended.
    Flight* find(std::uint64_t id) const noexcept;

private:
    std::vector<Waiter> take_waiters(Flight& flight);
    void finish_all(Flight& flight, std::vector<Waiter> waiters, const Kept& kept);
    void ask_anew(const Flight& flight, Waiter&& waiter);
    void start_deadline(Waiter& waiter);
    void finish(Flight& flight,
                Waiter& waiter,
                base::Result<Answer>&& end,
                base::TimePoint now);
    void on_deadline(Tag tag);

    Parts parts_;
    Watcher watcher_;
    std::unordered_map<std::uint64_t, Flight*> by_id_;
    std::unordered_map<Tag, Flight*> by_tag_;
    std::unordered_map<std::string_view, Flight*> by_key_;  // views into the flights
    std::uint64_t next_id_ = 1;
};

}  // namespace pyesi::engine
