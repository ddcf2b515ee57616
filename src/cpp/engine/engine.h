#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "cache/store.h"
#include "engine/batch_settings.h"
#include "engine/call.h"
#include "engine/engine_config.h"
#include "engine/explanation.h"
#include "engine/receiver.h"
#include "engine/selection.h"
#include "engine/state_news.h"
#include "engine/table_reading.h"
#include "metrics/request_metrics.h"
#include "scheduler/scheduler.h"
#include "transport/transport.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pyesi::engine {

/// What an engine has done and holds, at one moment.
struct EngineStatistics {
    metrics::RequestSnapshot requests;
    cache::StoreStatistics cache;                ///< in memory
    std::optional<cache::StoreStatistics> disk;  ///< if there is such a tier
    std::optional<cache::StoreStatistics> redis;
    transport::PoolStatistics pool;
    scheduler::SchedulerStatistics scheduler;
    base::Duration cpu{};  ///< of the network thread and of the workers
};

/// The core's public face: one network thread, one cache, shared by any number of
/// clients. Whatever is asked for ends exactly once, by its tag, at its sink.
///
/// Thread-safe, but for `close` and the destructor: whoever calls these must see
/// to it that nobody asks for more.
class Engine {
public:
    struct SweepSettings {
        bool consistent = true;
        bool stream = false;
        bool wait_for_refresh = true;
        std::size_t byte_window = ByteWindow::kUsual;  ///< of a stream
        bool tells_progress = false;

        /// The pages are read into rows: as they come, and the end has batches of them;
        /// those of a stream as they are handed over. Null: the answers are wanted.
        TablePlanPtr table{};
        std::vector<columns::GivenValue> given{};  ///< for the table's rows
    };

    struct WarmingSettings {
        std::optional<base::Duration> every;  ///< none: one round
        std::size_t at_once = 5;
        std::uint64_t threshold = 1;
    };

    /// What names a warming, and what it has done so far.
    struct StartedWarming {
        Tag tag = 0;
        std::shared_ptr<const WarmingTally> tally;
    };

    using Sink = std::shared_ptr<CompletionSink>;

    /// `route_labels`: operation ids by route index, for the metrics.
    /// Throws std::runtime_error if the network cannot be set up.
    Engine(EngineConfig config, std::vector<std::string> route_labels);

    /// As `close`.
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    /// The entry under that key if it is fresh, and counts the hit. Without any
    /// wait, on the caller's own thread. Null otherwise.
    cache::EntryPtr try_fresh(cache::CacheKeyView key,
                              metrics::RequestMetrics::RouteIndex route);

    Tag submit(Call call, Sink sink);
    Tag submit_batch(std::vector<base::Result<Call>> items,
                     BatchSettings settings,
                     Sink sink);
    Tag submit_sweep(Call first, SweepSettings settings, Sink sink);

    /// The rows of answers that came, in one batch; a worker reads them.
    /// REQUIRES: as of columns::read_batch.
    Tag submit_reading(TablePlanPtr plan, std::vector<Answered> answers, Sink sink);

    /// REQUIRES: as of Warming.
    StartedWarming submit_warming(std::vector<Call> calls,
                                  const WarmingSettings& settings,
                                  Sink sink);

    /// Of what a batch or a stream of pages handed over, so many bytes are taken.
    void on_taken(Tag tag, std::size_t bytes);

    /// Ends it with Cancelled, unless it has ended. Returns at once.
    void cancel(Tag tag);

    /// Ends everything with ClientClosed and the threads with it. Waits for that.
    /// A second call has no effect.
    void close();
    bool is_closed() const noexcept;

    /// In a forked child: the threads and sockets are the parent's. Nothing is
    /// touched or freed, and nothing but the destructor may be called afterwards.
    void abandon() noexcept;

    /// In a forked child, before anything else: what this process shares between
    /// engines may be locked by a thread that is not there, and is left behind.
    static void on_forked_child();

    /// What becomes of its upstreams. It outlives the engine where others hold it.
    const std::shared_ptr<StateNews>& news() const noexcept;

    /// See Dispatcher::set_emergency.
    void set_emergency(bool on);

    /// Turns policy time forward: freshness, limits, back-off, deadlines.
    void advance_clock(base::Duration length);
    const base::Clock& clock() const noexcept;

    /// Null where the cache is disabled.
    const std::shared_ptr<cache::Store>& store() const noexcept;

    /// A value of the application's was asked for, kept or not.
    void count_use(cache::CacheKeyView key) noexcept;

    /// How long a value is fresh that nobody dates; nothing if that is not asked for.
    std::optional<base::Duration> dynamic_lifetime(cache::CacheKeyView key) const;

    /// Waits for the network thread's part.
    EngineStatistics statistics();

    /// The last day in minutes, and the last week in ten-minute periods.
    metrics::Past past();

    /// What would become of the call now. Sends nothing; waits for the network
    /// thread, and for a tier that takes its time.
    Explanation explain(const Call& call);

    /// Writes what memory keeps into a file, in place of what that held, and tells
    /// how many. Nothing if it cannot be written. Waits for the disk.
    std::optional<std::size_t> save_cache(const std::string& path);

    /// Takes in what such a file holds and the cache does not. Nothing if it cannot
    /// be read. Waits for the disk.
    std::optional<std::size_t> load_cache(const std::string& path);

    /// Erases the kept answers that are meant, and tells how many memory had.
    std::size_t invalidate(const Selection& selection);

private:
    class Core;
    std::unique_ptr<Core> core_;
};

}  // namespace pyesi::engine
