#include "engine/warming.h"

#include "engine/dispatcher.h"
#include "http/status.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace pyesi::engine {

namespace {

// A warming with nothing to look at, or with no room, still looks now and then.
constexpr auto kLongestPause = std::chrono::hours{1};

// Then the network thread sees to its sockets.
constexpr int kLooksInARow = 1'000;
constexpr auto kShortestPause = std::chrono::milliseconds{1};

// An error that the request will meet again, and that counts against ESI's limit each
// time; not so one by which ESI holds everybody back.
bool is_refusal(int status) noexcept {
    return http::is_client_error(status) && !http::is_limited(status);
}

}  // namespace

/// Until no request of the warming is under way.
struct Warming::Joining {
    Warming& warming;

    bool await_ready() const noexcept { return warming.running_ == 0; }
    void await_suspend(std::coroutine_handle<> flow) const noexcept {
        warming.joining_ = flow;
    }
    void await_resume() const noexcept {}
};

/// One request under way, however it ends.
struct Warming::Refreshing {
    explicit Refreshing(Warming& whose) : warming{whose} { ++warming.running_; }
    Refreshing(const Refreshing&) = delete;
    Refreshing& operator=(const Refreshing&) = delete;
    ~Refreshing() { warming.on_refreshed(); }

    Warming& warming;
};

Warming::Warming(Tag its_tag,
                 std::shared_ptr<CompletionSink> whom,
                 std::vector<Call> calls,
                 Settings settings)
    : Unit{its_tag, std::move(whom)}, calls_{std::move(calls)}, settings_{settings} {
    tally_->change([&](WarmingReport& report) { report.requests = calls_.size(); });
}

void Warming::start(Dispatcher& dispatcher, std::shared_ptr<Unit> self) {
    if (settings_.plan.every) dispatcher.popularity().start(cache::DynamicTtl{}.decay);
    keys_.reserve(calls_.size());
    for (const auto& call : calls_) keys_.push_back(dispatcher.key_of(call));
    plan_.emplace(calls_.size(), settings_.plan, dispatcher.clock().now());
    run(dispatcher, std::static_pointer_cast<Warming>(std::move(self)));
}

Flow Warming::run(Dispatcher& dispatcher, std::shared_ptr<Warming> warming) {
    while (!warming->is_done()) {
        while (warming->has_room()) {
            const auto place = warming->take_next(dispatcher);
            if (!place) break;
            refresh(dispatcher, warming, *place);
        }
        if (warming->is_done()) break;
        // Whatever ends meanwhile ends the pause as well.
        Pause pause{dispatcher, *warming, warming->pause_end(dispatcher)};
        co_await pause;
    }
    Joining joining{*warming};
    co_await joining;
    warming->finish(dispatcher);
}

Flow Warming::refresh(Dispatcher& dispatcher,
                      std::shared_ptr<Warming> warming,
                      std::size_t place) {
    const Refreshing refreshing{*warming};
    Asking asking{dispatcher, *warming, Call{warming->calls_[place]}};
    const auto end = co_await asking;
    warming->take_in(dispatcher, place, end);
}

std::optional<std::size_t> Warming::take_next(Dispatcher& dispatcher) {
    for (int look = 0; look < kLooksInARow && !stopped; ++look) {
        const auto place = plan_->take_due(dispatcher.clock().now());
        if (!place) break;
        if (look_at(dispatcher, *place) == WarmingPlan::Verdict::Ask) return place;
    }
    return std::nullopt;
}

WarmingPlan::Verdict Warming::look_at(Dispatcher& dispatcher, std::size_t place) {
    const auto& key = keys_[place];
    const auto uses = dispatcher.popularity().uses_of(key.hash).count;
    // To look for what nobody wants would keep it in the cache.
    const auto stored =
        plan_->is_wanted(place, uses) ? dispatcher.find(key) : cache::EntryPtr{};
    const WarmingPlan::Seen seen{.times = stored ? &stored->times : nullptr,
                                 .uses = uses};
    const auto verdict =
        plan_->decide(place, seen, dispatcher.clock().now(), dispatcher.draw_chance());
    const auto idle = plan_->passed_over();
    tally_->change([&](WarmingReport& report) {
        if (verdict == WarmingPlan::Verdict::Fresh) ++report.fresh;
        if (idle > report.idle) {
            ++report.skipped;
            dispatcher.metrics().totals().warming.skipped.add();
        }
        report.idle = idle;
    });
    return verdict;
}

base::TimePoint Warming::pause_end(Dispatcher& dispatcher) const {
    const auto now = dispatcher.clock().now();
    if (!has_room()) return now + kLongestPause;
    const auto next = plan_->next_look().value_or(base::TimePoint::max());
    return std::clamp(next, now + kShortestPause, now + kLongestPause);
}

bool Warming::is_done() const noexcept {
    if (stopped) return true;
    // With `every` it stays, since what is used again is looked at again.
    return !settings_.plan.every && running_ == 0 && !plan_->next_look();
}

void Warming::take_in(Dispatcher& dispatcher,
                      std::size_t place,
                      const base::Result<Answer>& end) {
    if (stopped && !end) return;
    if (!end || end->source == Source::Stale) {
        keep_failure(dispatcher, place, false);
    } else if (http::is_error(end->status())) {
        keep_failure(dispatcher, place, is_refusal(end->status()));
    } else {
        keep_answer(dispatcher, place, *end);
    }
}

void Warming::keep_answer(Dispatcher& dispatcher,
                          std::size_t place,
                          const Answer& answer) {
    plan_->on_answer(
        place, answer.entry->times, dispatcher.clock().now(), dispatcher.draw_chance());
    // Somebody else was faster, or a tier had it that takes time.
    if (answer.source == Source::Fresh) {
        tally_->change([](WarmingReport& report) { ++report.fresh; });
        return;
    }
    const bool revalidated = answer.source == Source::Revalidated;
    auto& counts = dispatcher.metrics().totals().warming;
    (revalidated ? counts.revalidated : counts.changed).add();
    tally_->change([&](WarmingReport& report) {
        ++report.requested;
        ++(revalidated ? report.revalidated : report.changed);
    });
}

void Warming::keep_failure(Dispatcher& dispatcher, std::size_t place, bool for_good) {
    if (for_good) {
        plan_->on_refusal(place);
    } else {
        plan_->on_failure(place, dispatcher.clock().now());
    }
    dispatcher.metrics().totals().warming.failed.add();
    tally_->change([&](WarmingReport& report) {
        ++report.requested;
        ++report.failed;
        report.dropped = plan_->dropped();
    });
}

void Warming::on_refreshed() {
    if (--running_ == 0 && joining_) {
        std::exchange(joining_, nullptr).resume();
        return;
    }
    if (pauses != nullptr) pauses->end();
}

void Warming::finish(Dispatcher& dispatcher) {
    tally_->change([](WarmingReport& report) { report.running = false; });
    if (stopped) {
        sink->on_warming_end(tag,
                             base::make_failure(*stopped, "The warming was stopped."));
    } else {
        sink->on_warming_end(tag, tally_->report());
    }
    dispatcher.leave(tag);
}

}  // namespace pyesi::engine
