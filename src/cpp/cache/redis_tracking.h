#pragma once

#include "cache/cache_key.h"
#include "storage/redis_connection.h"

#include <functional>
#include <string>
#include <string_view>

namespace pyesi::cache {

/// Learns from Redis which of our keys other processes change: they are tracked for
/// the connection of the commands, and told on a second one, as Redis 6 and 7 do for
/// whoever speaks its older protocol.
///
/// Told is every change of a name with our prefix, whoever knows it (BCAST): what this
/// process holds it has stored itself more often than read, and Redis tracks by name
/// only what was read. Our own changes are not told (NOLOOP).
///
/// Thread: network thread only.
class RedisTracking {
public:
    struct Watcher {
        std::function<void(CacheKeyView)> on_changed;

        /// Nobody can tell what was changed: it was just begun, or has just ended.
        std::function<void()> on_all_changed;
        std::function<void()> on_fault;
    };

    /// `commands` must outlive it.
    RedisTracking(storage::Loop& loop,
                  storage::RedisConnection& commands,
                  storage::RedisConnection::Settings settings,
                  Watcher watcher);

    void start() { messages_.start(); }
    void close() { messages_.close(); }

    void on_commands_up() { begin(); }
    void on_commands_down() { end(); }

    bool is_on() const noexcept { return is_on_; }

private:
    void subscribe();
    void begin();
    void end();
    void on_message(const storage::RedisReply& message) const;

    storage::RedisConnection& commands_;
    const Watcher watcher_;
    std::string id_;  ///< of the second connection; empty while it does not listen
    bool is_on_ = false;
    storage::RedisConnection messages_;
};

}  // namespace pyesi::cache
