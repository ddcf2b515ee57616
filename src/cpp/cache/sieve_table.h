#pragma once

#include "base/time.h"
#include "cache/cache_key.h"
#include "cache/entry.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace pyesi::cache {

/// Entries found by their keys, in the order in which they came, and SIEVE's hand
/// over them (Zhang et al., "SIEVE is simpler than LRU", NSDI 2024): a hit sets a
/// bit and moves nothing; the hand walks from old to new, clears the bits that it
/// meets, and takes the first entry without one. A second hand goes the same way and
/// only looks, for those who want one that has expired.
///
/// Open addressing over whole residents, at most half full: a look-up waits for
/// memory twice, once for the resident and once for its key and its entry at the
/// same time, where std::unordered_map waits five times.
///
/// Thread: any one at a time.
class SieveTable {
public:
    using Place = std::uint32_t;
    static constexpr Place kNowhere = UINT32_MAX;

    /// No entry may be heavier: the weight shares its word with the bits.
    static constexpr std::size_t kMaxWeight = (std::size_t{1} << 30U) - 1;

    /// An entry at home, in one line of memory. Empty without an entry.
    struct alignas(64) Resident {
        std::string key;
        EntryPtr entry;
        std::uint32_t tag = 0;  ///< the low half of the key's hash
        std::uint32_t weight : 30 = 0;
        std::uint32_t visited : 1 = 0;
        std::uint32_t doubtful : 1 = 0;  ///< see Store::doubt
        Place newer = kNowhere;
        Place older = kNowhere;
    };

    /// Null if there is none. Valid until the next change of the table.
    Resident* find(CacheKeyView key) noexcept;

    /// Adds an entry as the newest. REQUIRES: no entry of that key is there, and
    /// weight <= kMaxWeight.
    Resident& insert(CacheKey key, EntryPtr entry, std::size_t weight);

    /// REQUIRES: the resident is in the table.
    Resident take_out(const Resident& resident) noexcept;

    /// The one to go first. REQUIRES: size() > 0.
    const Resident& choose_victim() noexcept;

    /// The second hand's next step: the entry that it stood at, if no hit has marked
    /// that and its freshness has ended, or if it is of no use to anybody any more.
    /// Else null.
    const Resident* step_to_expired(base::TimePoint now) noexcept;

    /// Null if the table is empty.
    const Resident* oldest() const noexcept { return at(oldest_); }

    /// Marks all as doubtful.
    void doubt_all() noexcept {
        for (auto& resident : residents_) resident.doubtful = 1;
    }

    /// Null after the newest.
    const Resident* newer_than(const Resident& resident) const noexcept {
        return at(resident.newer);
    }

    std::size_t size() const noexcept { return size_; }

private:
    const Resident* at(Place place) const noexcept {
        return place == kNowhere ? nullptr : &residents_[place];
    }
    Place mask() const noexcept { return static_cast<Place>(residents_.size() - 1); }
    Place next(Place place) const noexcept { return (place + 1) & mask(); }

    /// How far `to` lies behind `from`, going round.
    Place distance(Place from, Place to) const noexcept { return (to - from) & mask(); }

    Place put(Resident&& resident) noexcept;
    void grow();
    void close_gap(Place gap) noexcept;
    void move_resident(Place from, Place to) noexcept;
    void point_neighbours_at(const Resident& resident, Place place) noexcept;
    void link_newest(Place place) noexcept;
    void unlink(Place place) noexcept;

    std::vector<Resident> residents_;  ///< as many as a power of two, or none
    std::size_t size_ = 0;
    Place oldest_ = kNowhere;
    Place newest_ = kNowhere;
    Place hand_ = kNowhere;    ///< the next to be judged; nowhere: the oldest
    Place looker_ = kNowhere;  ///< the next to be looked at; nowhere: the oldest
};

}  // namespace pyesi::cache
