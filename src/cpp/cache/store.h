#pragma once

#include "base/time.h"
#include "cache/cache_key.h"
#include "cache/entry.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

namespace pyesi::cache {

/// What a store has done and holds, at one moment.
struct StoreStatistics {
    std::uint64_t hits = 0;    ///< found, fresh or not
    std::uint64_t misses = 0;  ///< not found
    std::uint64_t stored = 0;

    // Why an entry left, or never came.
    std::uint64_t evicted_expired = 0;      ///< no longer fresh, and room is scarce
    std::uint64_t evicted_for_entries = 0;  ///< the bound on their number
    std::uint64_t evicted_for_bytes = 0;    ///< the bound on their weight
    std::uint64_t evicted_missed = 0;    ///< misses of what had gone and was of use yet
    std::uint64_t replaced = 0;          ///< by a newer one of the same key
    std::uint64_t erased = 0;            ///< on request
    std::uint64_t expired_values = 0;    ///< application values at their end
    std::uint64_t refused_oversize = 0;  ///< too heavy to be taken in at all
    std::uint64_t refused_large = 0;     ///< too heavy while room is scarce

    // What a tier on disk or on another machine could not do.
    std::uint64_t faults = 0;   ///< the times that it failed; each was a miss at most
    std::uint64_t damaged = 0;  ///< what it held and could not be read any more
    std::uint64_t dropped = 0;  ///< entries that it had no time or no room to write
    std::size_t pending = 0;    ///< changes that it has not written yet
    bool is_reachable = true;   ///< whether it can be asked at this moment

    /// How often an entry came into doubt: see Store::doubt.
    std::uint64_t doubted = 0;

    std::size_t entries = 0;
    std::size_t bytes = 0;
    std::size_t max_entries = 0;
    std::size_t max_bytes = 0;
};

/// Who is told what other processes do to a store that they share with this one.
/// Must be quick, and must not call that store back.
///
/// Thread-safe.
class StoreWatcher {
public:
    StoreWatcher() = default;
    StoreWatcher(const StoreWatcher&) = delete;
    StoreWatcher& operator=(const StoreWatcher&) = delete;
    virtual ~StoreWatcher() = default;

    /// Another process has stored or erased it, or it was lost there.
    virtual void on_doubt(CacheKeyView key) = 0;

    /// What was done meanwhile, nobody can tell.
    virtual void on_doubt_all() = 0;

    /// Another process has erased it, wherever it is kept.
    virtual void on_erased(CacheKeyView key) = 0;
};

/// Where entries are kept: one shape for every tier.
///
/// A store keeps and finds; it does not judge. Whether what it found may be used
/// is decide_reuse's to say, so entries stay past their expiry until room is
/// needed. A tier that is broken is a miss and a count, never an error.
///
/// How tiers stack. `find` tells what can be told at once, on the caller's own
/// thread; the fast path asks nothing else. `look_up` may take its time: a tier
/// on disk or on another machine asks its own thread or the network there, and
/// bounds that wait by a timer of its own. A tiered store is a Store over two:
/// `find` asks the upper; `look_up` asks the upper, then the lower, and stores
/// upwards what it found; `store` and the erasing calls go to both, the lower
/// one's part behind a queue, so that no caller waits for a disk.
///
/// Thread-safe.
class Store {
public:
    using Found = std::function<void(EntryPtr)>;

    Store() = default;
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;
    virtual ~Store() = default;

    /// The entry, fresh or stale, or null. Never waits for anything but a lock
    /// that is held for nanoseconds. An application's value is null from its
    /// expiry on.
    virtual EntryPtr find(CacheKeyView key, base::TimePoint now) = 0;

    /// As `find`, but may ask where asking takes time. Calls `found` exactly once,
    /// before it returns or later on a thread of the tier's. `found` must be quick
    /// and must not throw.
    virtual void look_up(const CacheKey& key, base::TimePoint now, const Found& found) {
        found(find(key, now));
    }

    /// Whether `look_up` may tell more than `find`, later.
    virtual bool may_take_time() const noexcept { return false; }

    /// Keeps `entry`, in place of an older one of that key. An entry too heavy to
    /// be taken in is refused and counted, and the older one is gone all the same:
    /// what it held is no longer true. REQUIRES: entry is not null.
    virtual void store(CacheKey key, EntryPtr entry) = 0;

    /// As `store`, for what was found in another tier: a tier that is shared keeps
    /// what it has.
    virtual void add(CacheKey key, EntryPtr entry) {
        store(std::move(key), std::move(entry));
    }

    /// True if there was such an entry, as far as can be told without waiting.
    virtual bool erase(CacheKeyView key) = 0;

    /// Erases those whose key's text `matches`, and tells how many, as far as can be
    /// told without waiting. `matches` is called under a lock: it must be quick and
    /// must not call back. A slow tier calls a copy of it later, on its own thread:
    /// it must own what it reads.
    virtual std::size_t erase_if(
        const std::function<bool(std::string_view)>& matches) = 0;

    virtual void clear() = 0;

    // An entry comes into doubt when another process may have a newer one. Nothing is
    // lost by that, else its expiry would be anticipated: `find` passes it over, so
    // that the tiers below are asked; where they have nothing newer, it stands.

    virtual void doubt(CacheKeyView /*key*/) {}
    virtual void doubt_all() {}

    /// Ends the doubt.
    virtual void settle(CacheKeyView /*key*/) {}

    /// As `find`, in doubt or not. Not counted.
    virtual EntryPtr peek(CacheKeyView key, base::TimePoint now) {
        return find(key, now);
    }

    /// Who is told what others do here; null: nobody. Once this returns, the one
    /// before is told nothing more.
    virtual void watch(StoreWatcher* /*watcher*/) {}

    /// Writes what is still to be written, ends threads, lets files go. What is
    /// called afterwards finds nothing and has no effect. Waits for that.
    virtual void close() {}

    virtual StoreStatistics statistics() const = 0;
};

}  // namespace pyesi::cache
