#pragma once

#include "base/clock.h"
#include "base/guarded.h"
#include "cache/redis_settings.h"
#include "cache/redis_sweeps.h"
#include "cache/redis_tracking.h"
#include "cache/store.h"
#include "storage/loop_queue.h"
#include "storage/redis_connection.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>

namespace pyesi::cache {

/// The tier in Redis: what it keeps is shared by processes and machines.
///
/// `find` knows nothing; `look_up` asks Redis on the network thread and waits for
/// `timeout` at most. While there is no Redis, or it owes an answer, nothing is asked
/// and nothing waits. What could not be stored is dropped, what could not be erased is
/// erased when Redis is there again.
///
/// What is erased leaves a mark there for as long as an entry would have stayed, so
/// that other processes let go of theirs; what they change is told to the watcher.
///
/// Thread-safe, but for `start` and `finish`.
class RedisStore final : public Store {
public:
    using Settings = RedisSettings;

    /// Connects nothing yet. Loop and clock must outlive its `close`.
    RedisStore(storage::Loop& loop, Settings settings, const base::Clock& clock);

    /// As `close`.
    ~RedisStore() override;

    /// Begins to connect. Thread: the one that made it, once.
    void start();

    EntryPtr find(CacheKeyView, base::TimePoint) override { return nullptr; }
    void look_up(const CacheKey& key, base::TimePoint now, const Found& found) override;
    bool may_take_time() const noexcept override { return true; }

    void store(CacheKey key, EntryPtr entry) override;

    /// Only if Redis has nothing under that key, not even that it was erased.
    void add(CacheKey key, EntryPtr entry) override;

    /// Whether there may have been one: Redis is not waited for.
    bool erase(CacheKeyView key) override;
    std::size_t erase_if(const std::function<bool(std::string_view)>& matches) override;
    void clear() override;
    void watch(StoreWatcher* watcher) override;

    /// REQUIRES: the loop runs, or `finish` has told that it is done.
    void close() override;

    /// Ends it as soon as nothing is under way, or after a second, then calls `done`
    /// once. Thread: network thread only.
    void finish(std::function<void()> done);

    StoreStatistics statistics() const override;

private:
    /// What exists from `start` to the end. The network thread's.
    struct Parts {
        Parts(storage::Loop& loop, RedisStore& store);

        storage::RedisConnection commands;
        RedisTracking tracking;
        RedisSweeps sweeps;
    };
    enum class Write : std::uint8_t { Replace, OnlyIfNone };

    // All these are the network thread's.
    void begin();
    void ask(const CacheKey& key, const Found& found);
    bool may_ask(std::string_view key) const;
    EntryPtr read(const CacheKey& key, const storage::RedisAnswer& answer);
    EntryPtr read(const CacheKey& key, std::string_view bytes);
    void write(const CacheKey& key, const Entry& entry, Write how);
    void on_written(const storage::RedisAnswer& answer);
    void write_erased(const std::string& key);
    void on_not_erased(const std::string& key, const storage::RedisAnswer& answer);
    void on_up();
    void on_down(bool was_up);
    void check_finished();
    bool is_busy() const;
    void end();

    void tell(const Found& found, EntryPtr entry);
    void count(std::uint64_t StoreStatistics::* what);
    storage::RedisConnection::Settings connection_settings() const;

    storage::Loop& loop_;
    const Settings settings_;
    const base::Clock& clock_;
    storage::LoopQueue queue_;
    mutable base::Guarded<StoreStatistics> counts_;
    base::Guarded<StoreWatcher*> watcher_{nullptr};
    std::atomic<bool> was_started_{false};

    std::unique_ptr<Parts> parts_;          // the network thread's
    std::unordered_set<std::string> owed_;  // the network thread's: erasures
    std::function<void()> done_;            // the network thread's
    std::chrono::steady_clock::time_point finish_until_;  // the network thread's
};

}  // namespace pyesi::cache
