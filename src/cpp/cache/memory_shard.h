#pragma once

#include "cache/store.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace pyesi::cache {

/// One part of the memory tier: a table, the order in which its entries came, and
/// SIEVE's hand (Zhang et al., "SIEVE is simpler than LRU", NSDI 2024).
///
/// What leaves is destroyed after the lock is given back: to free a body of some
/// megabytes takes longer than a look-up may wait.
///
/// Thread-safe.
class MemoryShard {
public:
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

    /// Adds this shard's figures to `sum`.
    void add_statistics(StoreStatistics& sum) const;

private:
    /// An entry at home, in a list from oldest to newest. Nodes of the table do
    /// not move, so the list and `key` point at them.
    struct Resident {
        EntryPtr entry;
        std::size_t weight = 0;
        const CacheKey* key = nullptr;
        Resident* newer = nullptr;
        Resident* older = nullptr;
        bool visited = false;
    };

    struct KeyHash {
        using is_transparent = void;
        std::size_t operator()(CacheKeyView key) const noexcept { return key.hash; }
    };
    struct KeyEqual {
        using is_transparent = void;
        bool operator()(CacheKeyView left, CacheKeyView right) const noexcept {
            return left.hash == right.hash && left.text == right.text;
        }
    };
    using Table = std::unordered_map<CacheKey, Resident, KeyHash, KeyEqual>;

    /// What was taken out, to be destroyed after the lock.
    using Removed = std::vector<Table::node_type>;

    EntryPtr find_locked(CacheKeyView key, base::TimePoint now, Removed& removed);
    void store_locked(CacheKey&& key, EntryPtr&& entry, Removed& removed);

    /// Takes an older entry of that key out. True if a hit had marked it.
    bool take_out_older(CacheKeyView key, Removed& removed);
    void make_room(std::size_t weight, Removed& removed);
    Resident& choose_victim() noexcept;
    void take_out(Table::iterator at, Removed& removed);
    void link_newest(Resident& resident) noexcept;
    void unlink(Resident& resident) noexcept;

    const Bounds bounds_;
    mutable std::mutex mutex_;
    Table table_;
    Resident* oldest_ = nullptr;
    Resident* newest_ = nullptr;
    Resident* hand_ = nullptr;  ///< the next to be judged; null: the oldest
    StoreStatistics counts_;
};

}  // namespace pyesi::cache
