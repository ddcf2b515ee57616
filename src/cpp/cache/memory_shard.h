#pragma once

#include "base/time.h"
#include "cache/evicted_keys.h"
#include "cache/reader_stripes.h"
#include "cache/sieve_table.h"
#include "cache/store.h"

#include <cstddef>
#include <functional>
#include <vector>

namespace pyesi::cache {

/// One part of the memory tier: a table, its bounds, its figures and its lock. Those
/// who only look up do not wait for each other.
///
/// What leaves is destroyed after the lock is given back: to free a body of some
/// megabytes takes longer than a look-up may wait.
///
/// Thread-safe.
class MemoryShard {
public:
    /// max_entry_bytes is at most SieveTable::kMaxWeight.
    struct Bounds {
        std::size_t max_entries = 1;
        std::size_t max_bytes = 1;
        std::size_t max_entry_bytes = 1;
    };

    explicit MemoryShard(Bounds bounds);

    EntryPtr find(CacheKeyView key, base::TimePoint now);
    void store(CacheKey key, EntryPtr entry);
    bool erase(CacheKeyView key);
    std::size_t erase_if(const std::function<bool(std::string_view)>& matches);
    void clear();

    // See Store.
    void doubt(CacheKeyView key) noexcept;
    void doubt_all() noexcept;
    void settle(CacheKeyView key) noexcept;
    EntryPtr peek(CacheKeyView key, base::TimePoint now) noexcept;

    /// Adds this shard's figures to `sum`.
    void add_statistics(StoreStatistics& sum) const;

private:
    using Removed = std::vector<SieveTable::Owner>;

    struct Look {
        EntryPtr entry;
        bool is_gone = false;  ///< it is there, and of no use to anybody any more
    };

    Look look_for(CacheKeyView key, base::TimePoint now);
    void take_out_gone(CacheKeyView key, base::TimePoint now);
    void store_locked(CacheKey&& key, EntryPtr&& entry, Removed& removed);

    /// Takes an older entry of that key out. True if a hit had marked it.
    bool take_out_older(CacheKeyView key, Removed& removed);

    bool is_under_pressure(std::size_t weight) const noexcept;
    bool is_too_large_now(std::size_t weight) const noexcept;
    void evict_expired(Removed& removed);
    void evict_cold(std::size_t weight, Removed& removed);
    void evict(const Resident& resident, Removed& removed);
    void take_out(const Resident& resident, Removed& removed);

    const Bounds bounds_;
    const std::size_t scarce_entries_;  ///< see MemoryStore, evict_expired
    const std::size_t scarce_bytes_;
    const std::size_t full_bytes_;  ///< evict_cold
    EvictedKeys evicted_;
    mutable ReaderStripes stripes_;
    SieveTable table_;
    StoreStatistics counts_;  ///< but for look-ups, which the stripes count
    base::TimePoint latest_ = base::TimePoint::min();  ///< that any entry came at
};

}  // namespace pyesi::cache
