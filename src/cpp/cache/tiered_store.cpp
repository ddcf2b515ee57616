#include "cache/tiered_store.h"

#include <chrono>
#include <utility>

namespace pyesi::cache {

namespace {

/// When the server made the answer, in seconds by its own clock.
double date_of(const EntryTimes& times) noexcept {
    const auto expires_at = times.expires_at.time_since_epoch();
    return std::chrono::duration<double>(expires_at).count() -
           base::in_seconds(times.freshness_lifetime.length);
}

}  // namespace

// The clocks of two machines need not agree; the server's own Date does.
bool is_newer(const Entry& entry, const Entry& other) noexcept {
    if (entry.kind != EntryKind::Response) return true;
    return date_of(entry.times) > date_of(other.times);
}

TieredStore::TieredStore(std::shared_ptr<Store> upper, std::shared_ptr<Store> lower)
    : upper_{std::move(upper)}, lower_{std::move(lower)} {
    upper_->watch(&of_upper_);
    lower_->watch(&of_lower_);
}

TieredStore::~TieredStore() {
    upper_->watch(nullptr);
    lower_->watch(nullptr);
}

EntryPtr TieredStore::find(CacheKeyView key, base::TimePoint now) {
    return upper_->find(key, now);
}

EntryPtr TieredStore::peek(CacheKeyView key, base::TimePoint now) {
    return upper_->peek(key, now);
}

void TieredStore::look_up(const CacheKey& key,
                          base::TimePoint now,
                          const Found& found) {
    if (!upper_->may_take_time()) {
        if (auto entry = upper_->find(key, now)) {
            found(std::move(entry));
        } else {
            ask_lower(key, now, found);
        }
        return;
    }
    upper_->look_up(key, now, [this, key, now, found](EntryPtr entry) {
        if (entry) {
            found(std::move(entry));
        } else {
            ask_lower(key, now, found);
        }
    });
}

void TieredStore::ask_lower(const CacheKey& key,
                            base::TimePoint now,
                            const Found& found,
                            bool may_repeat) {
    const auto before = begin_asking(key.hash);
    lower_->look_up(key, now, [=, this](EntryPtr entry) {
        auto told = on_found(key, now, before, std::move(entry));
        if (!told && may_repeat) {
            ask_lower(key, now, found, false);
        } else {
            found(told.value_or(nullptr));
        }
    });
}

TieredStore::Marks TieredStore::begin_asking(std::uint64_t hash) {
    const std::lock_guard lock{mutex_};
    auto& asking = asking_[hash];
    ++asking.askers;
    return asking.marks;
}

/// REQUIRES: the lock is held.
TieredStore::Marks TieredStore::end_asking(std::uint64_t hash) {
    const auto asking = asking_.find(hash);
    const auto marks = asking->second.marks;
    if (--asking->second.askers == 0) asking_.erase(asking);
    return marks;
}

std::optional<EntryPtr> TieredStore::on_found(const CacheKey& key,
                                              base::TimePoint now,
                                              Marks before,
                                              EntryPtr entry) {
    // Under the lock: else a change could come between, and be undone by this.
    const std::lock_guard lock{mutex_};
    const auto marks = end_asking(key.hash);
    auto own = upper_->peek(key, now);
    // One that was stored meanwhile is newer than what lay below. It may have been
    // evicted already.
    if (marks.changes != before.changes) return own ? std::optional{own} : std::nullopt;
    auto kept = keep_newer(key, std::move(own), std::move(entry));
    if (marks.doubts != before.doubts) {
        upper_->doubt(key);
    } else {
        upper_->settle(key);
    }
    return kept;
}

/// REQUIRES: the lock is held.
EntryPtr TieredStore::keep_newer(const CacheKey& key, EntryPtr own, EntryPtr found) {
    if (found && (!own || is_newer(*found, *own))) {
        upper_->add(key, found);
        return found;
    }
    if (!own || own->gone_when_stale) return own;
    // The lower one has lost it, or could not be reached when it was stored.
    if (!found) {
        lower_->add(key, own);
    } else if (is_newer(*own, *found)) {
        lower_->store(key, own);
    }
    return own;
}

// The lower one first: whoever has read what it held before has begun to ask before
// the mark is set. Mark and upper one in one go: else what that asker found could
// come between them.

void TieredStore::mark(std::uint64_t hash) {
    const auto asking = asking_.find(hash);
    if (asking != asking_.end()) ++asking->second.marks.changes;
}

void TieredStore::mark_all() {
    for (auto& [hash, asking] : asking_) ++asking.marks.changes;
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

void TieredStore::add(CacheKey key, EntryPtr entry) {
    lower_->add(key, entry);
    const std::lock_guard lock{mutex_};
    mark(key.hash);
    upper_->add(std::move(key), std::move(entry));
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

// --------------------------------------------------------- what others do to one

void TieredStore::watch(StoreWatcher* watcher) {
    const std::lock_guard lock{mutex_};
    watcher_ = watcher;
}

// What lies below a tier that is in doubt is asked only after it, and needs no mark.

void TieredStore::Watcher::on_doubt(CacheKeyView key) {
    const std::lock_guard lock{tiers_.mutex_};
    if (!is_upper_) {
        const auto asking = tiers_.asking_.find(key.hash);
        if (asking != tiers_.asking_.end()) ++asking->second.marks.doubts;
        tiers_.upper_->doubt(key);
    }
    if (tiers_.watcher_ != nullptr) tiers_.watcher_->on_doubt(key);
}

void TieredStore::Watcher::on_doubt_all() {
    const std::lock_guard lock{tiers_.mutex_};
    if (!is_upper_) {
        for (auto& [hash, asking] : tiers_.asking_) ++asking.marks.doubts;
        tiers_.upper_->doubt_all();
    }
    if (tiers_.watcher_ != nullptr) tiers_.watcher_->on_doubt_all();
}

void TieredStore::Watcher::on_erased(CacheKeyView key) {
    const std::lock_guard lock{tiers_.mutex_};
    tiers_.mark(key.hash);
    (is_upper_ ? *tiers_.lower_ : *tiers_.upper_).erase(key);
    if (tiers_.watcher_ != nullptr) tiers_.watcher_->on_erased(key);
}

}  // namespace pyesi::cache
