#include "cache/memory_shard.h"

#include <algorithm>
#include <utility>

namespace pyesi::cache {

namespace {

// With each entry that comes while room is scarce so many are looked at: more than one,
// so that the expired go faster than others come.
constexpr std::size_t kLooks = 8;

std::size_t share_of(std::size_t whole, std::size_t percent) noexcept {
    return whole / 100 * percent + whole % 100 * percent / 100;
}

std::size_t weight_of(CacheKeyView key, const Entry& entry) noexcept {
    return SieveTable::kOverhead + Resident::bytes_beside(key.text.size()) +
           entry.weight();
}

}  // namespace

MemoryShard::MemoryShard(Bounds bounds)
    : bounds_{bounds},
      scarce_entries_{share_of(bounds.max_entries, 80)},
      scarce_bytes_{share_of(bounds.max_bytes, 80)},
      full_bytes_{share_of(bounds.max_bytes, 95)},
      evicted_{bounds.max_entries} {}

EntryPtr MemoryShard::find(CacheKeyView key, base::TimePoint now) {
    auto look = look_for(key, now);
    if (look.is_gone) [[unlikely]] {
        take_out_gone(key, now);
    }
    return std::move(look.entry);
}

MemoryShard::Look MemoryShard::look_for(CacheKeyView key, base::TimePoint now) {
    ReaderStripes::Reading reading{stripes_};
    const auto* const resident = std::as_const(table_).find(key);
    const bool is_gone = resident != nullptr && resident->is_gone(now);
    if (resident == nullptr || is_gone || resident->marks.is_doubtful()) {
        reading.count_miss();
        const bool was_evicted =
            resident == nullptr && evicted_.take(SieveTable::tag_of(key), now);
        if (was_evicted) reading.count_evicted_missed();
        return {nullptr, is_gone};
    }
    resident->marks.mark_visited();
    reading.count_hit();
    return {reading.share(*resident), false};
}

/// It may have been replaced meanwhile: that one is found by the next who looks.
void MemoryShard::take_out_gone(CacheKeyView key, base::TimePoint now) {
    Removed removed;
    const ReaderStripes::Changing changing{stripes_};
    const auto* const resident = table_.find(key);
    if (resident == nullptr || !resident->is_gone(now)) return;
    ++counts_.expired_values;
    take_out(*resident, removed);
}

void MemoryShard::store(CacheKey key, EntryPtr entry) {
    Removed removed;
    const ReaderStripes::Changing changing{stripes_};
    store_locked(std::move(key), std::move(entry), removed);
}

void MemoryShard::store_locked(CacheKey&& key, EntryPtr&& entry, Removed& removed) {
    const bool visited = take_out_older(key, removed);
    const auto weight = weight_of(key, *entry);
    if (weight > bounds_.max_entry_bytes) {
        ++counts_.refused_oversize;
        return;
    }
    latest_ = std::max(latest_, entry->times.received_at);
    if (is_under_pressure(weight)) evict_expired(removed);
    if (is_too_large_now(weight)) {
        ++counts_.refused_large;
        return;
    }
    evict_cold(weight, removed);
    evicted_.forget(SieveTable::tag_of(key));
    auto& resident = table_.insert(key, std::move(entry), weight);
    resident.marks.set_visited(visited);
    counts_.bytes += weight;
    ++counts_.stored;
}

bool MemoryShard::take_out_older(CacheKeyView key, Removed& removed) {
    const Resident* older = table_.find(key);
    if (older == nullptr) return false;
    const bool visited = older->marks.is_visited();
    take_out(*older, removed);
    ++counts_.replaced;
    return visited;
}

bool MemoryShard::is_under_pressure(std::size_t weight) const noexcept {
    return table_.size() + 1 > scarce_entries_ ||
           counts_.bytes + weight > scarce_bytes_;
}

bool MemoryShard::is_too_large_now(std::size_t weight) const noexcept {
    return table_.size() > 0 && counts_.bytes + weight > full_bytes_ &&
           weight > full_bytes_ - scarce_bytes_;
}

void MemoryShard::evict_expired(Removed& removed) {
    for (std::size_t look = 0; look < kLooks; ++look) {
        const auto* expired = table_.step_to_expired(latest_);
        if (expired == nullptr) continue;
        evict(*expired, removed);
        ++counts_.evicted_expired;
    }
}

void MemoryShard::evict_cold(std::size_t weight, Removed& removed) {
    while (table_.size() > 0) {
        const bool too_many = table_.size() + 1 > bounds_.max_entries;
        const bool too_heavy = counts_.bytes + weight > full_bytes_;
        if (!too_many && !too_heavy) return;
        evict(table_.choose_victim(), removed);
        ++(too_many ? counts_.evicted_for_entries : counts_.evicted_for_bytes);
    }
}

void MemoryShard::evict(const Resident& resident, Removed& removed) {
    evicted_.on_evicted(resident.tag, resident.entry(), latest_);
    take_out(resident, removed);
}

void MemoryShard::take_out(const Resident& resident, Removed& removed) {
    counts_.bytes -= resident.marks.weight();
    stripes_.let_go(resident);
    removed.push_back(table_.take_out(resident));
}

bool MemoryShard::erase(CacheKeyView key) {
    Removed removed;
    const ReaderStripes::Changing changing{stripes_};
    evicted_.forget(SieveTable::tag_of(key));
    const Resident* resident = table_.find(key);
    if (resident == nullptr) return false;
    take_out(*resident, removed);
    ++counts_.erased;
    return true;
}

std::size_t MemoryShard::erase_if(
    const std::function<bool(std::string_view)>& matches) {
    Removed removed;
    const ReaderStripes::Changing changing{stripes_};
    const auto* at = table_.oldest();
    while (at != nullptr) {
        const auto& resident = *std::exchange(at, at->newer);
        if (matches(resident.key())) take_out(resident, removed);
    }
    counts_.erased += removed.size();
    return removed.size();
}

void MemoryShard::clear() {
    SieveTable emptied;
    const ReaderStripes::Changing changing{stripes_};
    stripes_.let_all_go();
    table_.swap(emptied);
    evicted_.forget_all();
    counts_.erased += emptied.size();
    counts_.bytes = 0;
}

void MemoryShard::doubt(CacheKeyView key) noexcept {
    const ReaderStripes::Changing changing{stripes_};
    Resident* resident = table_.find(key);
    if (resident == nullptr || resident->marks.is_doubtful()) return;
    resident->marks.set_doubtful(true);
    ++counts_.doubted;
}

void MemoryShard::doubt_all() noexcept {
    const ReaderStripes::Changing changing{stripes_};
    table_.doubt_all();
    counts_.doubted += table_.size();
}

void MemoryShard::settle(CacheKeyView key) noexcept {
    const ReaderStripes::Changing changing{stripes_};
    Resident* resident = table_.find(key);
    if (resident != nullptr) resident->marks.set_doubtful(false);
}

EntryPtr MemoryShard::peek(CacheKeyView key, base::TimePoint now) noexcept {
    const ReaderStripes::Reading reading{stripes_};
    const Resident* resident = table_.find(key);
    const bool is_there = resident != nullptr && !resident->is_gone(now);
    return is_there ? resident->share() : nullptr;
}

void MemoryShard::add_statistics(StoreStatistics& sum) const {
    const auto looked_up = stripes_.counts();
    const ReaderStripes::Reading reading{stripes_};
    sum.hits += looked_up.hits;
    sum.misses += looked_up.misses;
    sum.evicted_missed += looked_up.evicted_missed;
    sum.stored += counts_.stored;
    sum.evicted_expired += counts_.evicted_expired;
    sum.evicted_for_entries += counts_.evicted_for_entries;
    sum.evicted_for_bytes += counts_.evicted_for_bytes;
    sum.replaced += counts_.replaced;
    sum.erased += counts_.erased;
    sum.expired_values += counts_.expired_values;
    sum.refused_oversize += counts_.refused_oversize;
    sum.refused_large += counts_.refused_large;
    sum.doubted += counts_.doubted;
    sum.entries += table_.size();
    sum.bytes += counts_.bytes;
    sum.max_entries += bounds_.max_entries;
    sum.max_bytes += bounds_.max_bytes;
}

}  // namespace pyesi::cache
