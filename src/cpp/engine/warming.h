#pragma once

#include "cache/cache_key.h"
#include "engine/unit.h"
#include "engine/warming_plan.h"
#include "engine/warming_tally.h"

#include <coroutine>
#include <cstddef>
#include <memory>
#include <vector>

namespace pyesi::engine {

/// Requests that are kept fresh in the cache: WarmingPlan decides, this asks.
///
/// They go the way of all requests, under the same limits, as the last in every
/// queue. Their answers are for the cache alone. With `every` it goes on until it is
/// stopped.
///
/// Thread: network thread only.
class Warming final : public Unit {
public:
    struct Settings {
        std::size_t at_once = 5;
        WarmingPlan::Settings plan{};
    };

    /// REQUIRES: each call may be repeated, goes with Priority::Warming, and takes no
    /// stale answer.
    Warming(Tag its_tag,
            std::shared_ptr<CompletionSink> whom,
            std::vector<Call> calls,
            Settings settings);

    void start(Dispatcher& dispatcher, std::shared_ptr<Unit> self) override;

    /// What it has done; may be asked from any thread.
    std::shared_ptr<const WarmingTally> tally() const noexcept { return tally_; }

private:
    struct Joining;
    struct Refreshing;

    static Flow run(Dispatcher& dispatcher, std::shared_ptr<Warming> warming);
    static Flow refresh(Dispatcher& dispatcher,
                        std::shared_ptr<Warming> warming,
                        std::size_t place);

    /// The next that is to be asked for now; nothing if there is none.
    std::optional<std::size_t> take_next(Dispatcher& dispatcher);
    WarmingPlan::Verdict look_at(Dispatcher& dispatcher, std::size_t place);
    base::TimePoint pause_end(Dispatcher& dispatcher) const;
    bool is_done() const noexcept;
    bool has_room() const noexcept { return running_ < settings_.at_once; }

    void take_in(Dispatcher& dispatcher,
                 std::size_t place,
                 const base::Result<Answer>& end);
    void keep_answer(Dispatcher& dispatcher, std::size_t place, const Answer& answer);
    void keep_failure(Dispatcher& dispatcher, std::size_t place, bool for_good);
    void on_refreshed();
    void finish(Dispatcher& dispatcher);

    std::vector<Call> calls_;
    std::vector<cache::CacheKey> keys_;
    Settings settings_;
    std::optional<WarmingPlan> plan_;
    std::shared_ptr<WarmingTally> tally_ = std::make_shared<WarmingTally>();
    std::size_t running_ = 0;
    std::coroutine_handle<> joining_;
};

}  // namespace pyesi::engine
