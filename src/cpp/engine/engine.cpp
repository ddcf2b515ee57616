#include "engine/engine.h"

#include "base/guarded.h"
#include "base/thread_time.h"
#include "cache/saved_entries.h"
#include "engine/batch.h"
#include "engine/cache_tiers.h"
#include "engine/dispatcher.h"
#include "engine/history_file.h"
#include "engine/shared_ledgers.h"
#include "engine/sweep.h"
#include "engine/table_reading.h"
#include "engine/warming.h"
#include "http/status.h"
#include "scheduler/origin_limits.h"
#include "storage/boot_id.h"
#include "storage/sqlite_file.h"
#include "transport/curl_transport.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <atomic>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <variant>

namespace pyesi::engine {

namespace {

struct Submission {
    Call call;
    Waiter waiter;
};

using Task = std::function<void(Dispatcher&)>;
using Asked = std::variant<Submission, Task>;

base::TimePoint deadline_of(const Call& call, base::TimePoint now) {
    const auto& options = options_of(call);
    return std::min(options.deadline, now + options.total_timeout);
}

}  // namespace

/// Everything behind the face. What other threads ask for goes through one queue.
///
/// Thread-safe where it says so; the rest is the network thread's.
class Engine::Core {
public:
    Core(EngineConfig config, std::vector<std::string> route_labels)
        : config_{std::move(config)},
          metrics_{std::move(route_labels), {clock_.now(), clock_.wall_now()}},
          cache_{make_cache_tiers(loop_, config_, clock_)},
          ledger_{make_shared_ledger(loop_, config_, clock_)},
          dispatcher_{std::in_place,
                      Dispatcher::Parts{loop_,
                                        config_,
                                        clock_,
                                        metrics_,
                                        cache_.store,
                                        std::make_unique<transport::CurlTransport>(
                                            loop_, config_.transport),
                                        popularity_,
                                        ledger_.get(),
                                        news_.get()}},
          history_{config_.disk.path, metrics_},
          work_{loop_.get_executor()},
          thread_{[this] { run(); }} {
        ask(Task{[this](Dispatcher& dispatcher) {
            history_.begin(dispatcher.workers(), clock_.now());
        }});
        if (config_.dynamic_ttl) popularity_->start(config_.dynamic_ttl->decay);
        if (cache_.redis) cache_.redis->start();
    }

    Core(const Core&) = delete;
    Core& operator=(const Core&) = delete;

    ~Core() { close(); }

    /// Thread-safe.
    void ask(Asked asked) {
        const auto place = queue_.with([&](Queue& queue) {
            queue.asked.push_back(std::move(asked));
            if (queue.ended) return Place::AfterTheEnd;
            return queue.asked.size() == 1 ? Place::First : Place::Behind;
        });
        if (place == Place::First) boost::asio::post(loop_, [this] { take_in(); });
        if (place == Place::AfterTheEnd) take_in_after_the_end();
    }

    Tag next_tag() noexcept {
        return next_tag_.fetch_add(1, std::memory_order_relaxed);
    }

    void close() {
        if (closed_.exchange(true)) return;
        ask(Task{[this](Dispatcher& dispatcher) {
            dispatcher.close();
            end_when_idle();
        }});
        thread_.join();
        if (cache_.store) cache_.store->close();
        history_.write(clock_.now());
        queue_.with([](Queue& queue) { queue.ended = true; });
        take_in_after_the_end();
    }

    EngineStatistics statistics() {
        EngineStatistics all;
        all.requests = metrics_.snapshot(clock_.now());
        if (cache_.store) all.cache = cache_.store->statistics();
        if (cache_.disk) all.disk = cache_.disk->statistics();
        if (cache_.redis) all.redis = cache_.redis->statistics();
        if (closed_) return all;
        std::promise<void> told;
        ask(Task{[&](Dispatcher& dispatcher) {
            all.pool = dispatcher.pool();
            all.scheduler = dispatcher.upstreams().statistics();
            all.cpu = base::thread_time() + dispatcher.workers().cpu();
            told.set_value();
        }});
        told.get_future().wait();
        return all;
    }

    metrics::Past past() {
        if (!closed_) history_.wait_until_read();
        return metrics_.past(clock_.now());
    }

    Explanation explain(const Call& call) {
        const AnswerCache answers{cache_.store, clock_, {}};
        const auto key = answers.key_of(call);
        Explanation told;
        told.repeatable = is_repeatable(call);
        told.cached = cache_.store != nullptr;
        if (cache_.store && !key.text.empty()) told.entry = look_up(key);
        told.reuse = answers.decide_reuse(call, told.entry);
        told.joins = is_under_way(key);
        if (!told.entry) return told;
        const auto now = clock_.now();
        const auto& times = told.entry->times;
        told.age = cache::current_age(times, now);
        told.fresh_for = std::max(times.fresh_until - now, base::Duration{0});
        return told;
    }

    EngineConfig config_;
    base::Clock clock_;
    metrics::RequestMetrics metrics_;
    boost::asio::io_context loop_{1};  // before what has sockets on it
    CacheTiers cache_;
    std::shared_ptr<cache::PopularityTable> popularity_ =
        std::make_shared<cache::PopularityTable>();
    std::unique_ptr<scheduler::SharedLedger> ledger_;  ///< null: limits are not shared
    std::shared_ptr<StateNews> news_ = std::make_shared<StateNews>();
    std::atomic<bool> closed_{false};

private:
    struct Queue {
        std::vector<Asked> asked;
        bool ended = false;  ///< there is no network thread any more
    };

    enum class Place : std::uint8_t { First, Behind, AfterTheEnd };

    void run() noexcept {
        for (;;) {
            try {
                loop_.run();
                return;
            } catch (...) {
                // Out of memory in a piece of work: its flight's guard has told
                // whoever waited. The others go on.
                continue;
            }
        }
    }

    cache::EntryPtr look_up(const cache::CacheKey& key) {
        std::promise<cache::EntryPtr> found;
        cache_.store->look_up(key, clock_.now(), [&](cache::EntryPtr entry) {
            found.set_value(std::move(entry));
        });
        return found.get_future().get();
    }

    bool is_under_way(const cache::CacheKey& key) {
        if (closed_ || key.text.empty()) return false;
        std::promise<bool> told;
        ask(Task{[&](Dispatcher& dispatcher) {
            told.set_value(dispatcher.flights().can_join(key));
        }});
        return told.get_future().get();
    }

    void take_in() {
        auto asked =
            queue_.with([](Queue& queue) { return std::exchange(queue.asked, {}); });
        if (history_.is_kept() && !asked.empty()) {
            history_.look(dispatcher_->workers(), clock_.now());
        }
        for (auto& one : asked) {
            if (auto* submission = std::get_if<Submission>(&one)) {
                dispatcher_->submit(std::move(submission->call),
                                    std::move(submission->waiter));
            } else {
                std::get<Task>(one)(*dispatcher_);
            }
        }
    }

    /// A closed dispatcher ends whatever it is asked at once, without the loop.
    void take_in_after_the_end() {
        const std::lock_guard one_at_a_time{after_the_end_};
        take_in();
    }

    void end_when_idle() {
        if (dispatcher_->is_idle()) {
            end_ledger();
            return;
        }
        // What a worker has in hand comes back through the loop.
        boost::asio::post(loop_, [this] { end_when_idle(); });
    }

    /// Its last report gives back what this process holds.
    void end_ledger() {
        if (ledger_) {
            ledger_->finish([this] { end_redis(); });
        } else {
            end_redis();
        }
    }

    void end_redis() {
        const auto end_loop = [this] {
            work_.reset();
            loop_.stop();
        };
        if (cache_.redis) {
            cache_.redis->finish(end_loop);
        } else {
            end_loop();
        }
    }

    base::Guarded<Queue> queue_;
    std::mutex after_the_end_;
    std::atomic<Tag> next_tag_{1};
    std::optional<Dispatcher> dispatcher_;
    HistoryFile history_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::thread thread_;  // last, so that it starts on what is complete
};

Engine::Engine(EngineConfig config, std::vector<std::string> route_labels)
    : core_{std::make_unique<Core>(std::move(config), std::move(route_labels))} {}

Engine::~Engine() = default;

cache::EntryPtr Engine::try_fresh(cache::CacheKeyView key,
                                  metrics::RequestMetrics::RouteIndex route) {
    if (!core_->cache_.store) return nullptr;
    const auto now = core_->clock_.now();
    auto entry = core_->cache_.store->find(key, now);
    if (!entry || !entry->is_fresh(now)) return nullptr;
    // Whether it was chosen by what this request carries is not told by the key.
    if (!entry->nominated_fields.empty()) return nullptr;
    // A refusal becomes an error on the other side: it goes the long way.
    if (http::is_error(entry->response.status)) return nullptr;
    core_->metrics_.on_fresh_hit(route, now);
    core_->popularity_->on_use(key.hash, now);
    return entry;
}

Tag Engine::submit(Call call, Sink sink) {
    const auto tag = core_->next_tag();
    const auto now = core_->clock_.now();
    Waiter waiter{.tag = tag,
                  .receiver = std::move(sink),
                  .asked_at = now,
                  .deadline = deadline_of(call, now)};
    core_->ask(Submission{std::move(call), std::move(waiter)});
    return tag;
}

Tag Engine::submit_batch(std::vector<base::Result<Call>> items,
                         BatchSettings settings,
                         Sink sink) {
    const auto tag = core_->next_tag();
    auto batch =
        std::make_shared<Batch>(tag, std::move(sink), std::move(items), settings);
    core_->ask(Task{[batch](Dispatcher& dispatcher) { dispatcher.enter(batch); }});
    return tag;
}

Tag Engine::submit_sweep(Call first, SweepSettings settings, Sink sink) {
    const auto tag = core_->next_tag();
    Sweep::Settings how{.consistent = settings.consistent,
                        .stream = settings.stream,
                        .wait_for_refresh = settings.wait_for_refresh,
                        .tells_progress = settings.tells_progress,
                        .byte_window = settings.byte_window,
                        .table = std::move(settings.table),
                        .given = std::move(settings.given)};
    // Pages that were handed over at once cannot be taken back.
    if (settings.stream && !settings.consistent) how.pages.max_rounds = 0;
    auto sweep =
        std::make_shared<Sweep>(tag, std::move(sink), std::move(first), std::move(how));
    core_->ask(Task{[sweep](Dispatcher& dispatcher) { dispatcher.enter(sweep); }});
    return tag;
}

Tag Engine::submit_reading(TablePlanPtr plan,
                           std::vector<Answered> answers,
                           Sink sink) {
    const auto tag = core_->next_tag();
    auto reading = std::make_shared<Reading>(
        tag, std::move(sink), AnswerReading{std::move(plan), std::move(answers)});
    core_->ask(Task{[reading](Dispatcher& dispatcher) { dispatcher.enter(reading); }});
    return tag;
}

Engine::StartedWarming Engine::submit_warming(std::vector<Call> calls,
                                              const WarmingSettings& settings,
                                              Sink sink) {
    const auto tag = core_->next_tag();
    auto warming = std::make_shared<Warming>(
        tag,
        std::move(sink),
        std::move(calls),
        Warming::Settings{
            .at_once = settings.at_once,
            .plan = {.threshold = settings.threshold, .every = settings.every}});
    auto tally = warming->tally();
    core_->ask(Task{[warming](Dispatcher& dispatcher) { dispatcher.enter(warming); }});
    return {tag, std::move(tally)};
}

void Engine::on_taken(Tag tag, std::size_t bytes) {
    core_->ask(Task{
        [tag, bytes](Dispatcher& dispatcher) { dispatcher.on_taken(tag, bytes); }});
}

void Engine::cancel(Tag tag) {
    core_->ask(Task{[tag](Dispatcher& dispatcher) { dispatcher.cancel(tag); }});
}

void Engine::close() {
    core_->close();
}

bool Engine::is_closed() const noexcept {
    return core_->closed_;
}

void Engine::abandon() noexcept {
    // Leaked on purpose: its threads are not here to be joined, and freeing curl's
    // handles would say goodbye on the parent's connections.
    [[maybe_unused]] auto* leaked = core_.release();
}

void Engine::on_forked_child() {
    scheduler::abandon_limits_after_fork();
    storage::SqliteFile::abandon_after_fork();
}

void Engine::advance_clock(base::Duration length) {
    core_->clock_.advance(length);
    core_->ask(Task{[](Dispatcher& dispatcher) { dispatcher.on_clock_turned(); }});
}

const std::shared_ptr<StateNews>& Engine::news() const noexcept {
    return core_->news_;
}

void Engine::set_emergency(bool on) {
    core_->ask(Task{[on](Dispatcher& dispatcher) { dispatcher.set_emergency(on); }});
}

const base::Clock& Engine::clock() const noexcept {
    return core_->clock_;
}

const std::shared_ptr<cache::Store>& Engine::store() const noexcept {
    return core_->cache_.store;
}

void Engine::count_use(cache::CacheKeyView key) noexcept {
    core_->popularity_->on_use(key.hash, core_->clock_.now());
}

std::optional<base::Duration> Engine::dynamic_lifetime(cache::CacheKeyView key) const {
    const auto& dynamic = core_->config_.dynamic_ttl;
    if (!dynamic) return std::nullopt;
    const auto uses = core_->popularity_->uses_of(key.hash);
    return cache::dynamic_lifetime(*dynamic, uses.popularity, core_->clock_.now());
}

metrics::Past Engine::past() {
    return core_->past();
}

EngineStatistics Engine::statistics() {
    return core_->statistics();
}

Explanation Engine::explain(const Call& call) {
    return core_->explain(call);
}

std::optional<std::size_t> Engine::save_cache(const std::string& path) {
    if (!core_->cache_.memory) return 0;
    const cache::SavedEntries file{path, core_->clock_, storage::boot_number()};
    return file.save(*core_->cache_.memory);
}

std::optional<std::size_t> Engine::load_cache(const std::string& path) {
    if (!core_->cache_.store) return 0;
    const cache::SavedEntries file{path, core_->clock_, storage::boot_number()};
    return file.load(*core_->cache_.store);
}

std::size_t Engine::invalidate(const Selection& selection) {
    if (!core_->cache_.store) return 0;
    return core_->cache_.store->erase_if(
        [selection](std::string_view key) { return selection.matches(key); });
}

}  // namespace pyesi::engine
