#pragma once

#include "cache/store.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace pyesi::cache {

/// Two stores as one: what is found below is kept above, what is stored goes to
/// both. `find` asks the upper one alone.
///
/// While the lower one is asked for a key, that key may be stored or erased: then
/// the lower one's answer is out of date and is dropped. It may come into doubt: then
/// the answer is given, and is in doubt.
///
/// What the upper one held in doubt is compared with what the lower one has: the
/// newer answer is kept in both.
///
/// Thread-safe.
class TieredStore final : public Store {
public:
    TieredStore(std::shared_ptr<Store> upper, std::shared_ptr<Store> lower);
    ~TieredStore() override;

    EntryPtr find(CacheKeyView key, base::TimePoint now) override;
    void look_up(const CacheKey& key, base::TimePoint now, const Found& found) override;
    bool may_take_time() const noexcept override { return true; }

    void store(CacheKey key, EntryPtr entry) override;
    void add(CacheKey key, EntryPtr entry) override;
    bool erase(CacheKeyView key) override;

    /// How many the upper one had.
    std::size_t erase_if(const std::function<bool(std::string_view)>& matches) override;
    void clear() override;

    void doubt(CacheKeyView key) override { upper_->doubt(key); }
    void doubt_all() override { upper_->doubt_all(); }
    void settle(CacheKeyView key) override { upper_->settle(key); }
    EntryPtr peek(CacheKeyView key, base::TimePoint now) override;
    void watch(StoreWatcher* watcher) override;

    void close() override;

    /// The upper one's.
    StoreStatistics statistics() const override;

private:
    /// How often keys of one hash were changed or came into doubt while they were
    /// asked for.
    struct Marks {
        std::uint64_t changes = 0;
        std::uint64_t doubts = 0;
    };

    /// Those who ask the lower one for keys of one hash at this moment.
    struct Asking {
        unsigned askers = 0;
        Marks marks;
    };

    /// Told by one of the two what others do to it.
    class Watcher final : public StoreWatcher {
    public:
        Watcher(TieredStore& tiers, bool is_upper)
            : tiers_{tiers}, is_upper_{is_upper} {}
        void on_doubt(CacheKeyView key) override;
        void on_doubt_all() override;
        void on_erased(CacheKeyView key) override;

    private:
        TieredStore& tiers_;
        bool is_upper_;
    };

    void ask_lower(const CacheKey& key,
                   base::TimePoint now,
                   const Found& found,
                   bool may_repeat = true);
    Marks begin_asking(std::uint64_t hash);

    /// What is so, by both. Nothing if the lower one's word is out of date and the
    /// upper one has nothing: then the lower one is asked once more.
    std::optional<EntryPtr> on_found(const CacheKey& key,
                                     base::TimePoint now,
                                     Marks before,
                                     EntryPtr entry);

    // REQUIRES: the lock is held.
    Marks end_asking(std::uint64_t hash);
    EntryPtr keep_newer(const CacheKey& key, EntryPtr own, EntryPtr found);
    void mark(std::uint64_t hash);
    void mark_all();

    std::mutex mutex_;
    std::unordered_map<std::uint64_t, Asking> asking_;
    StoreWatcher* watcher_ = nullptr;
    Watcher of_upper_{*this, true};
    Watcher of_lower_{*this, false};
    const std::shared_ptr<Store> upper_;
    const std::shared_ptr<Store> lower_;  // last: it may still tell what it was asked
};

/// Whether `entry` is a newer answer than `other`, by the clock of the server that
/// gave both. Of an application's values only the one in the shared tier is.
bool is_newer(const Entry& entry, const Entry& other) noexcept;

}  // namespace pyesi::cache
