#include "cache/evicted_keys.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <limits>

namespace pyesi::cache {

namespace {

constexpr std::size_t kLeastPlaces = 256;
constexpr std::size_t kMostPlaces = 8192;
constexpr unsigned kTagShift = 32;
constexpr std::uint32_t kAlways = std::numeric_limits<std::uint32_t>::max();

std::uint32_t second_of(base::TimePoint instant) noexcept {
    const auto second =
        std::chrono::floor<std::chrono::seconds>(instant).time_since_epoch().count();
    return static_cast<std::uint32_t>(
        std::clamp<std::int64_t>(second, 1, std::int64_t{kAlways} - 1));
}

/// What has a validator is worth a 304 at any time.
std::uint32_t end_of_use(const Entry& entry) noexcept {
    const bool has_validator = entry.etag || entry.last_modified;
    if (has_validator && !entry.may_be_gone()) return kAlways;
    return second_of(entry.times.fresh_until);
}

bool is_of_use(std::uint32_t end, base::TimePoint now) noexcept {
    return second_of(now) < end;
}

std::uint32_t tag_in(std::uint64_t place) noexcept {
    return static_cast<std::uint32_t>(place >> kTagShift);
}

}  // namespace

EvictedKeys::EvictedKeys(std::size_t max_entries) noexcept
    : count_{std::bit_ceil(std::clamp(max_entries / 4, kLeastPlaces, kMostPlaces))} {}

void EvictedKeys::on_evicted(std::uint32_t tag,
                             const Entry& entry,
                             base::TimePoint now) {
    const auto end = end_of_use(entry);
    if (!is_of_use(end, now)) return;
    if (places_.empty()) places_ = std::vector<Place>(count_);
    place_of(tag).store(std::uint64_t{tag} << kTagShift | end,
                        std::memory_order_relaxed);
}

bool EvictedKeys::take(std::uint32_t tag, base::TimePoint now) noexcept {
    if (places_.empty()) return false;
    auto& place = place_of(tag);
    auto seen = place.load(std::memory_order_relaxed);
    if (tag_in(seen) != tag || !is_of_use(static_cast<std::uint32_t>(seen), now)) {
        return false;
    }
    // Of several that miss it at once, one counts.
    return place.compare_exchange_strong(seen, 0, std::memory_order_relaxed);
}

void EvictedKeys::forget(std::uint32_t tag) noexcept {
    if (places_.empty()) return;
    auto& place = place_of(tag);
    if (tag_in(place.load(std::memory_order_relaxed)) == tag) {
        place.store(0, std::memory_order_relaxed);
    }
}

}  // namespace pyesi::cache
