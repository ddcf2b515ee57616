#pragma once

#include "cache/store.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <unordered_map>

namespace pyesi::cache {

/// Two stores as one: what is found below is kept above, what is stored goes to
/// both. `find` asks the upper one alone.
///
/// While the lower one is asked for a key, that key may be stored or erased: then
/// the lower one's answer is out of date and is dropped.
///
/// Thread-safe.
class TieredStore final : public Store {
public:
    TieredStore(std::shared_ptr<Store> upper, std::shared_ptr<Store> lower);

    EntryPtr find(CacheKeyView key, base::TimePoint now) override;
    void look_up(const CacheKey& key, base::TimePoint now, const Found& found) override;
    bool may_take_time() const noexcept override { return true; }

    void store(CacheKey key, EntryPtr entry) override;
    bool erase(CacheKeyView key) override;

    /// How many the upper one had.
    std::size_t erase_if(const std::function<bool(std::string_view)>& matches) override;
    void clear() override;
    void close() override;

    /// The upper one's.
    StoreStatistics statistics() const override;

private:
    /// Those who ask the lower one for keys of one hash at this moment.
    struct Asking {
        unsigned askers = 0;
        std::uint64_t changes = 0;
    };

    std::uint64_t begin_asking(std::uint64_t hash);
    void on_found(const CacheKey& key, std::uint64_t changes, EntryPtr& entry);

    // REQUIRES: the lock is held.
    void mark(std::uint64_t hash);
    void mark_all();

    const std::shared_ptr<Store> upper_;
    const std::shared_ptr<Store> lower_;
    std::mutex mutex_;
    std::unordered_map<std::uint64_t, Asking> asking_;
};

}  // namespace pyesi::cache
