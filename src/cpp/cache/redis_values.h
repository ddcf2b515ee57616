#pragma once

#include "base/time.h"
#include "cache/cache_key.h"
#include "cache/entry.h"
#include "cache/entry_codec.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pyesi::cache {

// What lies in Redis: under the name of a key an entry as bytes, or a mark that it was
// erased. Both end by themselves: see life_of.

/// What our names begin with. Its number is that of the layout: another version of
/// pyesi that keeps other things in other ways uses another.
inline constexpr std::string_view kRedisPrefix = "pyesi:1:";

/// How long an entry outlives its freshness there, for its validator's sake, and how
/// long it is told that it was erased.
inline constexpr std::chrono::hours kRedisRetention{24 * 7};

std::string redis_name(std::string_view key);

/// The key that has that name; nothing if it is none of ours.
std::optional<std::string_view> key_of_redis_name(std::string_view name) noexcept;

/// Stands in place of an entry that was erased, so that whoever asks for it learns
/// that what he may hold himself is to go.
inline constexpr std::string_view kErasedMark{"pyX\x01", 4};

/// How long Redis is to keep an entry, in milliseconds.
std::int64_t redis_life_of(const Entry& entry, base::TimePoint now) noexcept;

/// What lay in Redis.
struct RedisValue {
    enum class Kind : std::uint8_t { Entry, Erased, Damaged };

    Kind kind = Kind::Damaged;
    EntryPtr entry;  ///< null but for an Entry
};

/// Never throws for what the bytes hold: any program may have written them.
RedisValue read_redis_value(CacheKeyView key,
                            std::string_view bytes,
                            const ClockReading& clocks);

}  // namespace pyesi::cache
