#pragma once

#include "base/large_page_allocator.h"
#include "base/time.h"
#include "cache/cache_key.h"
#include "cache/entry.h"
#include "cache/resident.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace pyesi::cache {

/// Entries found by their keys, in the order in which they came, and SIEVE's hand
/// over them (Zhang et al., "SIEVE is simpler than LRU", NSDI 2024): a hit sets a
/// bit and moves nothing; the hand walks from old to new, clears the bits that it
/// meets, and takes the first entry without one. A second hand goes the same way and
/// only looks, for those who want one that has expired.
///
/// Open addressing over 16 bytes a resident, at most half full: the places of 100,000
/// lie in the processor's cache, so a look-up waits for memory once, for the resident,
/// where std::unordered_map waits five times.
///
/// Thread: any one at a time; several where they only look up and mark as visited.
class SieveTable {
public:
    using Owner = std::shared_ptr<Resident>;

    /// No entry may be heavier: the weight shares its word with the marks.
    static constexpr std::size_t kMaxWeight = ResidentMarks::kMaxWeight;

    /// What an entry takes beside itself and its key, in bytes.
    static constexpr std::size_t kOverhead = sizeof(Resident) + 80;

    /// What the table tells keys apart by, before it looks at their text.
    static std::uint32_t tag_of(CacheKeyView key) noexcept {
        return static_cast<std::uint32_t>(key.hash);
    }

    SieveTable() = default;
    SieveTable(const SieveTable&) = delete;
    SieveTable& operator=(const SieveTable&) = delete;
    ~SieveTable() { clear(); }

    /// Null if there is none. Valid until it is taken out.
    const Resident* find(CacheKeyView key) const noexcept;
    Resident* find(CacheKeyView key) noexcept {
        return const_cast<Resident*>(std::as_const(*this).find(key));
    }

    /// Adds an entry as the newest. REQUIRES: no entry of that key is there, and
    /// weight <= kMaxWeight.
    Resident& insert(CacheKeyView key, EntryPtr entry, std::size_t weight);

    /// REQUIRES: the resident is in the table.
    Owner take_out(const Resident& resident) noexcept;

    /// The one to go first. REQUIRES: size() > 0.
    const Resident& choose_victim() noexcept;

    /// The second hand's next step: the entry that it stood at, if no hit has marked
    /// that and its freshness has ended, or if it is of no use to anybody any more.
    /// Else null.
    const Resident* step_to_expired(base::TimePoint now) noexcept;

    /// Null if the table is empty. The one that came after it is its `newer`.
    const Resident* oldest() const noexcept { return oldest_; }

    /// Marks all as doubtful.
    void doubt_all() noexcept;

    void clear() noexcept;
    void swap(SieveTable& other) noexcept;

    std::size_t size() const noexcept { return size_; }

private:
    using Place = std::uint32_t;

    /// Where a resident is found. Empty without one.
    struct Home {
        Resident* resident = nullptr;
        std::uint32_t tag = 0;  ///< the low half of the key's hash
    };
    using Homes = std::vector<Home, base::LargePageAllocator<Home>>;

    Place mask() const noexcept { return static_cast<Place>(homes_.size() - 1); }
    Place next(Place place) const noexcept { return (place + 1) & mask(); }

    /// How far `to` lies behind `from`, going round.
    Place distance(Place from, Place to) const noexcept { return (to - from) & mask(); }

    void put(const Home& home) noexcept;
    void grow();
    void close_gap(Place gap) noexcept;
    void link_newest(Resident& resident) noexcept;
    void unlink(const Resident& resident) noexcept;

    Homes homes_;  ///< as many as a power of two, or none
    std::size_t size_ = 0;
    Resident* oldest_ = nullptr;
    Resident* newest_ = nullptr;
    Resident* hand_ = nullptr;    ///< the next to be judged; null: the oldest
    Resident* looker_ = nullptr;  ///< the next to be looked at; null: the oldest
};

}  // namespace pyesi::cache
