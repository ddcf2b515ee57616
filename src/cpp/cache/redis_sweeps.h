#pragma once

#include "storage/redis_connection.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>

namespace pyesi::cache {

/// Erases the entries whose keys match, wherever they are in Redis: its names are
/// walked through, some hundreds at a time. One walk after the other; one that fails
/// begins anew.
///
/// Thread: network thread only.
class RedisSweeps {
public:
    using Matches = std::function<bool(std::string_view)>;  ///< empty: all
    using Erase = std::function<void(std::string_view key)>;

    struct Watcher {
        Erase erase;                     ///< is to erase the entry of that key
        std::function<void()> given_up;  ///< a walk, before its end
    };

    /// `commands` must outlive it.
    RedisSweeps(storage::RedisConnection& commands, Watcher watcher)
        : commands_{commands}, watcher_{std::move(watcher)} {}

    void add(Matches matches);

    /// Whether what Redis has under that key is to go.
    bool covers(std::string_view key) const;

    /// What is stored now is not meant by walks that were begun before.
    void spare(std::string_view key);

    /// Goes on, if there is a connection.
    void go_on();

    /// None is begun or gone on with any more.
    void give_up() { sweeps_.clear(); }

    std::size_t size() const noexcept { return sweeps_.size(); }

private:
    struct Sweep {
        Matches matches;
        std::unordered_set<std::string> spared;

        bool means(std::string_view key) const {
            if (matches && !matches(key)) return false;
            return !spared.contains(std::string{key});
        }
    };

    void scan();
    void on_scanned(const storage::RedisAnswer& answer);
    void on_failed(const storage::RedisAnswer& answer);
    void erase_matching(const storage::RedisReply& names) const;

    storage::RedisConnection& commands_;
    const Watcher watcher_;
    std::deque<Sweep> sweeps_;  ///< the first is under way
    std::string cursor_ = "0";
    bool is_scanning_ = false;
};

}  // namespace pyesi::cache
