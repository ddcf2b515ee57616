#include "cache/redis_values.h"

#include <algorithm>
#include <utility>

namespace pyesi::cache {

std::string redis_name(std::string_view key) {
    std::string name{kRedisPrefix};
    name += key;
    return name;
}

std::optional<std::string_view> key_of_redis_name(std::string_view name) noexcept {
    if (!name.starts_with(kRedisPrefix)) return std::nullopt;
    return name.substr(kRedisPrefix.size());
}

std::int64_t redis_life_of(const Entry& entry, base::TimePoint now) noexcept {
    const bool never_ends = entry.times.fresh_until == base::TimePoint::max();
    const auto fresh_for =
        never_ends ? base::Duration{0}
                   : std::max(entry.times.fresh_until - now, base::Duration{0});
    auto life = std::chrono::ceil<std::chrono::milliseconds>(fresh_for);
    // A value of the application's is of no use after its end.
    if (entry.kind == EntryKind::Response || never_ends) life += kRedisRetention;
    return std::max<std::int64_t>(life.count(), 1);
}

RedisValue read_redis_value(CacheKeyView key,
                            std::string_view bytes,
                            const ClockReading& clocks) {
    if (bytes == kErasedMark) return {RedisValue::Kind::Erased, nullptr};
    auto decoded = decode_entry(key, bytes, clocks);
    if (!decoded) return {};
    return {RedisValue::Kind::Entry, std::move(decoded->entry)};
}

}  // namespace pyesi::cache
