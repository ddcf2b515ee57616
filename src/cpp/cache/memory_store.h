#pragma once

#include "cache/store.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace pyesi::cache {

class MemoryShard;

/// The memory tier: entries spread over shards by their hash, each shard with a
/// lock of its own, so that callers on several threads seldom meet.
///
/// Bounded in entries and in bytes, keys and headers included; the bounds are
/// dealt out to the shards, so no shard passes its part and the whole never
/// passes the total. An entry past its freshness stays like any other while there is
/// room. As a shard fills up it lets go in this order:
///
/// - evict_expired, from 80 % of its entries or bytes: with each entry that comes, a
///   few that have expired and that nobody has asked for since they came. To lose one
///   costs a whole answer in place of a 304; to lose a fresh one would ask ESI early.
/// - evict_cold, at its entries or 95 % of its bytes: what SIEVE chooses. A hit sets
///   one bit and moves nothing, and a hand that walks from old to new takes the first
///   entry whose bit is not set.
/// - refuse_large, when its bytes would pass 95 %: an entry for which more than the
///   room between the two steps would have to be made.
///
/// Thread-safe.
class MemoryStore final : public Store {
public:
    struct Settings {
        std::size_t max_entries = 200'000;
        std::size_t max_bytes = 256U << 20U;

        /// Heavier entries are refused; so are those above half of a shard's part.
        std::size_t max_entry_bytes = 16U << 20U;

        /// Rounded down to a power of two, and to fewer where the bounds are so
        /// small that a shard would hold only a few entries.
        std::size_t max_shards = 4;
    };

    /// Throws std::invalid_argument if a setting is zero.
    explicit MemoryStore(Settings settings);
    ~MemoryStore() override;

    EntryPtr find(CacheKeyView key, base::TimePoint now) override;
    void store(CacheKey key, EntryPtr entry) override;
    bool erase(CacheKeyView key) override;
    std::size_t erase_if(const std::function<bool(std::string_view)>& matches) override;
    void clear() override;
    void doubt(CacheKeyView key) override;
    void doubt_all() override;
    void settle(CacheKeyView key) override;
    EntryPtr peek(CacheKeyView key, base::TimePoint now) override;
    StoreStatistics statistics() const override;

    std::size_t shard_count() const noexcept { return shards_.size(); }

private:
    MemoryShard& shard_of(CacheKeyView key) const noexcept;

    std::vector<std::unique_ptr<MemoryShard>> shards_;
    unsigned shard_shift_ = 0;
};

}  // namespace pyesi::cache
