#include "cache/memory_store.h"

#include "cache/memory_shard.h"

#include <algorithm>
#include <bit>
#include <stdexcept>
#include <utility>

namespace pyesi::cache {

namespace {

// Below these a shard would hold so few entries that chance alone would fill one
// and leave another empty.
constexpr std::size_t kMinShardEntries = 256;
constexpr std::size_t kMinShardBytes = 1U << 20U;

std::size_t choose_shard_count(const MemoryStore::Settings& settings) noexcept {
    const auto most = std::min({settings.max_shards,
                                settings.max_entries / kMinShardEntries,
                                settings.max_bytes / kMinShardBytes});
    return std::bit_floor(std::max<std::size_t>(most, 1));
}

void refuse_zero(std::size_t setting, const char* message) {
    if (setting == 0) throw std::invalid_argument{message};
}

// Part `index` of `total` dealt out as evenly as whole numbers allow.
std::size_t part_of(std::size_t total, std::size_t parts, std::size_t index) noexcept {
    return total / parts + (index < total % parts ? 1 : 0);
}

MemoryShard::Bounds bounds_of(const MemoryStore::Settings& settings,
                              std::size_t shards,
                              std::size_t index) noexcept {
    const auto bytes = part_of(settings.max_bytes, shards, index);
    // One entry alone may fill a single shard; of many, at most half of one.
    const auto largest = shards == 1 ? bytes : bytes / 2;
    return {.max_entries = part_of(settings.max_entries, shards, index),
            .max_bytes = bytes,
            .max_entry_bytes =
                std::min({settings.max_entry_bytes, largest, SieveTable::kMaxWeight})};
}

}  // namespace

MemoryStore::MemoryStore(Settings settings) {
    refuse_zero(settings.max_entries, "max_entries must be positive");
    refuse_zero(settings.max_bytes, "max_bytes must be positive");
    refuse_zero(settings.max_entry_bytes, "max_entry_bytes must be positive");
    refuse_zero(settings.max_shards, "max_shards must be positive");
    const auto count = choose_shard_count(settings);
    for (std::size_t index = 0; index < count; ++index) {
        shards_.push_back(
            std::make_unique<MemoryShard>(bounds_of(settings, count, index)));
    }
    shard_shift_ = 64U - static_cast<unsigned>(std::countr_zero(count));
}

MemoryStore::~MemoryStore() = default;

// By the high bits: the shard's own table uses the low ones.
MemoryShard& MemoryStore::shard_of(CacheKeyView key) const noexcept {
    return *shards_[shard_shift_ == 64U ? 0 : key.hash >> shard_shift_];
}

EntryPtr MemoryStore::find(CacheKeyView key, base::TimePoint now) {
    return shard_of(key).find(key, now);
}

void MemoryStore::store(CacheKey key, EntryPtr entry) {
    auto& shard = shard_of(key);
    shard.store(std::move(key), std::move(entry));
}

bool MemoryStore::erase(CacheKeyView key) {
    return shard_of(key).erase(key);
}

std::size_t MemoryStore::erase_if(
    const std::function<bool(std::string_view)>& matches) {
    std::size_t erased = 0;
    for (const auto& shard : shards_) erased += shard->erase_if(matches);
    return erased;
}

void MemoryStore::clear() {
    for (const auto& shard : shards_) shard->clear();
}

void MemoryStore::doubt(CacheKeyView key) {
    shard_of(key).doubt(key);
}

void MemoryStore::doubt_all() {
    for (const auto& shard : shards_) shard->doubt_all();
}

void MemoryStore::settle(CacheKeyView key) {
    shard_of(key).settle(key);
}

EntryPtr MemoryStore::peek(CacheKeyView key, base::TimePoint now) {
    return shard_of(key).peek(key, now);
}

StoreStatistics MemoryStore::statistics() const {
    StoreStatistics sum;
    for (const auto& shard : shards_) shard->add_statistics(sum);
    return sum;
}

}  // namespace pyesi::cache
