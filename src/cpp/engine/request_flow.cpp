#include "engine/request_flow.h"

#include "engine/dispatcher.h"
#include "engine/flight_steps.h"

#include <utility>

namespace pyesi::engine {

Flow request_flow(Dispatcher& dispatcher, Call&& call, Waiter&& waiter) {
    // However this function is left, every waiter has been told before. A flight
    // that nobody waits for any more is stopped: each step then ends it at once.
    Flight flight{dispatcher.key_of(call), std::move(call)};
    const FlightGuard guard{dispatcher, flight, std::move(waiter)};

    // Look up. The caller asked the memory on its own thread; time has passed. A tier
    // below it is asked only here.
    LookingUp looking_up{dispatcher, flight};
    auto stored = co_await looking_up;
    if (flight.stopped) co_return;
    if (dispatcher.answer_from_cache(flight, stored)) co_return;

    // Coalesce. An equal request may be under way: then its end is ours as well.
    if (dispatcher.join_flight(flight)) co_return;

    for (;;) {
        // Admit. Every gate must agree; a wait beyond the deadline is refused now.
        Admitting admitting{dispatcher, flight, stored != nullptr};
        const auto* refusal = co_await admitting;
        if (refusal != nullptr) {
            dispatcher.hand_over_failure(flight, stored, *refusal);
            co_return;
        }

        // Send: one attempt, with the stored answer's validators if there is one.
        Sending sending{dispatcher, flight, stored.get()};
        const auto& end = co_await sending;

        // Record. The gates settle what they reserved by what the server said.
        dispatcher.record(flight, end);

        Decoding decoding{dispatcher, flight};
        auto& attempt = co_await decoding;

        // Retry, if the method, the budget and the deadline allow it.
        if (const auto pause = dispatcher.decide_retry(flight, attempt)) {
            Pausing pausing{dispatcher, flight, *pause};
            co_await pausing;
            continue;
        }
        if (attempt.failure || dispatcher.is_upstream_down(attempt)) {
            dispatcher.hand_over_failure(flight, stored, std::move(attempt));
            co_return;
        }

        // Store: a new answer, or the stored one with the 304's fields over it.
        const auto kept = dispatcher.keep(flight, stored, std::move(attempt));
        if (!kept) {
            // The 304 was about another answer than ours: ask for the whole one.
            stored = nullptr;
            continue;
        }

        // Hand over.
        dispatcher.hand_over(flight, *kept);
        co_return;
    }
}

}  // namespace pyesi::engine
