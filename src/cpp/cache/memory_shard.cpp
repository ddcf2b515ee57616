#include "cache/memory_shard.h"

#include <utility>

namespace pyesi::cache {

namespace {

// What the table and the allocator take beside text and entry.
constexpr std::size_t kNodeOverhead = 160;

std::size_t weight_of(const CacheKey& key, const Entry& entry) noexcept {
    return kNodeOverhead + key.text.size() + entry.weight();
}

}  // namespace

MemoryShard::MemoryShard(Bounds bounds) : bounds_{bounds} {}

EntryPtr MemoryShard::find(CacheKeyView key, base::TimePoint now) {
    Removed removed;
    const std::lock_guard lock{mutex_};
    return find_locked(key, now, removed);
}

EntryPtr MemoryShard::find_locked(CacheKeyView key,
                                  base::TimePoint now,
                                  Removed& removed) {
    const auto at = table_.find(key);
    if (at == table_.end()) {
        ++counts_.misses;
        return nullptr;
    }
    Resident& resident = at->second;
    if (resident.entry->is_gone(now)) {
        ++counts_.misses;
        ++counts_.expired_values;
        take_out(at, removed);
        return nullptr;
    }
    ++counts_.hits;
    resident.visited = true;
    return resident.entry;
}

void MemoryShard::store(CacheKey key, EntryPtr entry) {
    Removed removed;
    const std::lock_guard lock{mutex_};
    store_locked(std::move(key), std::move(entry), removed);
}

void MemoryShard::store_locked(CacheKey&& key, EntryPtr&& entry, Removed& removed) {
    const bool visited = take_out_older(key, removed);
    const auto weight = weight_of(key, *entry);
    if (weight > bounds_.max_entry_bytes) {
        ++counts_.refused_oversize;
        return;
    }
    make_room(weight, removed);

    const auto at = table_.try_emplace(std::move(key)).first;
    Resident& resident = at->second;
    resident.entry = std::move(entry);
    resident.weight = weight;
    resident.key = &at->first;
    resident.visited = visited;
    link_newest(resident);
    counts_.bytes += weight;
    ++counts_.stored;
}

bool MemoryShard::take_out_older(CacheKeyView key, Removed& removed) {
    const auto at = table_.find(key);
    if (at == table_.end()) return false;
    const bool visited = at->second.visited;
    take_out(at, removed);
    ++counts_.replaced;
    return visited;
}

void MemoryShard::make_room(std::size_t weight, Removed& removed) {
    while (!table_.empty()) {
        const bool too_many = table_.size() + 1 > bounds_.max_entries;
        const bool too_heavy = counts_.bytes + weight > bounds_.max_bytes;
        if (!too_many && !too_heavy) return;
        take_out(table_.find(*choose_victim().key), removed);
        ++(too_many ? counts_.evicted_for_entries : counts_.evicted_for_bytes);
    }
}

// Ends: each step clears a bit, and a round without set bits has a victim.
MemoryShard::Resident& MemoryShard::choose_victim() noexcept {
    if (hand_ == nullptr) hand_ = oldest_;
    while (hand_->visited) {
        hand_->visited = false;
        hand_ = hand_->newer == nullptr ? oldest_ : hand_->newer;
    }
    return *hand_;
}

bool MemoryShard::erase(CacheKeyView key) {
    Removed removed;
    const std::lock_guard lock{mutex_};
    const auto at = table_.find(key);
    if (at == table_.end()) return false;
    take_out(at, removed);
    ++counts_.erased;
    return true;
}

std::size_t MemoryShard::erase_if(
    const std::function<bool(std::string_view)>& matches) {
    Removed removed;
    const std::lock_guard lock{mutex_};
    for (Resident* at = oldest_; at != nullptr;) {
        Resident& resident = *std::exchange(at, at->newer);
        if (matches(resident.key->text)) take_out(table_.find(*resident.key), removed);
    }
    counts_.erased += removed.size();
    return removed.size();
}

void MemoryShard::clear() {
    Table emptied;
    const std::lock_guard lock{mutex_};
    counts_.erased += table_.size();
    counts_.bytes = 0;
    oldest_ = newest_ = hand_ = nullptr;
    table_.swap(emptied);
}

void MemoryShard::add_statistics(StoreStatistics& sum) const {
    const std::lock_guard lock{mutex_};
    sum.hits += counts_.hits;
    sum.misses += counts_.misses;
    sum.stored += counts_.stored;
    sum.evicted_for_entries += counts_.evicted_for_entries;
    sum.evicted_for_bytes += counts_.evicted_for_bytes;
    sum.replaced += counts_.replaced;
    sum.erased += counts_.erased;
    sum.expired_values += counts_.expired_values;
    sum.refused_oversize += counts_.refused_oversize;
    sum.entries += table_.size();
    sum.bytes += counts_.bytes;
    sum.max_entries += bounds_.max_entries;
    sum.max_bytes += bounds_.max_bytes;
}

void MemoryShard::take_out(Table::iterator at, Removed& removed) {
    unlink(at->second);
    counts_.bytes -= at->second.weight;
    removed.push_back(table_.extract(at));
}

void MemoryShard::link_newest(Resident& resident) noexcept {
    resident.older = newest_;
    (newest_ == nullptr ? oldest_ : newest_->newer) = &resident;
    newest_ = &resident;
}

void MemoryShard::unlink(Resident& resident) noexcept {
    if (hand_ == &resident) hand_ = resident.newer;
    (resident.older == nullptr ? oldest_ : resident.older->newer) = resident.newer;
    (resident.newer == nullptr ? newest_ : resident.newer->older) = resident.older;
}

}  // namespace pyesi::cache
