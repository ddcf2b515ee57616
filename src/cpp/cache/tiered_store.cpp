#include "cache/tiered_store.h"

#include <utility>

namespace pyesi::cache {

TieredStore::TieredStore(std::shared_ptr<Store> upper, std::shared_ptr<Store> lower)
    : upper_{std::move(upper)}, lower_{std::move(lower)} {}

EntryPtr TieredStore::find(CacheKeyView key, base::TimePoint now) {
    return upper_->find(key, now);
}

void TieredStore::look_up(const CacheKey& key,
                          base::TimePoint now,
                          const Found& found) {
    if (auto entry = upper_->find(key, now)) {
        found(std::move(entry));
        return;
    }
    const auto changes = begin_asking(key.hash);
    lower_->look_up(key, now, [this, key, now, changes, found](EntryPtr entry) {
        on_found(key, changes, entry);
        // One that was stored meanwhile is newer than what lay below.
        found(entry ? std::move(entry) : upper_->find(key, now));
    });
}

std::uint64_t TieredStore::begin_asking(std::uint64_t hash) {
    const std::lock_guard lock{mutex_};
    auto& asking = asking_[hash];
    ++asking.askers;
    return asking.changes;
}

void TieredStore::on_found(const CacheKey& key,
                           std::uint64_t changes,
                           EntryPtr& entry) {
    const std::lock_guard lock{mutex_};
    const auto asking = asking_.find(key.hash);
    if (asking->second.changes != changes) entry = nullptr;
    if (--asking->second.askers == 0) asking_.erase(asking);
    // Under the lock: else a change could come between, and be undone by this.
    if (entry) upper_->store(key, entry);
}

// The lower one first: whoever has read what it held before has begun to ask before
// the mark is set. Mark and upper one in one go: else what that asker found could
// come between them.

void TieredStore::mark(std::uint64_t hash) {
    const auto asking = asking_.find(hash);
    if (asking != asking_.end()) ++asking->second.changes;
}

void TieredStore::mark_all() {
    for (auto& [hash, asking] : asking_) ++asking.changes;
}

void TieredStore::store(CacheKey key, EntryPtr entry) {
    if (entry->gone_when_stale) {
        lower_->erase(key);  // in memory alone
    } else {
        lower_->store(key, entry);
    }
    const std::lock_guard lock{mutex_};
    mark(key.hash);
    upper_->store(std::move(key), std::move(entry));
}

bool TieredStore::erase(CacheKeyView key) {
    const bool was_below = lower_->erase(key);
    const std::lock_guard lock{mutex_};
    mark(key.hash);
    const bool was_above = upper_->erase(key);
    return was_above || was_below;
}

std::size_t TieredStore::erase_if(
    const std::function<bool(std::string_view)>& matches) {
    lower_->erase_if(matches);
    const std::lock_guard lock{mutex_};
    mark_all();
    return upper_->erase_if(matches);
}

void TieredStore::clear() {
    lower_->clear();
    const std::lock_guard lock{mutex_};
    mark_all();
    upper_->clear();
}

void TieredStore::close() {
    lower_->close();
    upper_->close();
}

StoreStatistics TieredStore::statistics() const {
    return upper_->statistics();
}

}  // namespace pyesi::cache
