#pragma once

#include "base/time.h"
#include "cache/entry.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace pyesi::cache {

/// Remembers what was evicted while it was still of use, so that a look-up which
/// misses it is known for one that more room would have answered.
///
/// A key is remembered by its tag, in the one place that the tag names; who comes there
/// later takes its place. So what is counted by this is less than the truth rather than
/// more: of keys that are evicted and looked up again after as many others as there are
/// places, a third is still known. Places are for a quarter of the entries, eight bytes
/// each and 64 kB at most; there are none before the first eviction.
///
/// Thread: any one at a time; several where they only `take`.
class EvictedKeys {
public:
    explicit EvictedKeys(std::size_t max_entries) noexcept;

    /// No effect for an entry that nobody could use at `now` any more.
    void on_evicted(std::uint32_t tag, const Entry& entry, base::TimePoint now);

    /// Whether that key was evicted and would be of use `now`. Forgets it: two look-ups
    /// of one request count once.
    bool take(std::uint32_t tag, base::TimePoint now) noexcept;

    /// It is there again, or nobody wants it to be.
    void forget(std::uint32_t tag) noexcept;
    void forget_all() noexcept { places_.clear(); }

private:
    // The tag in the high half; in the low one the second from which on it is of no
    // use. 0: nothing.
    using Place = std::atomic<std::uint64_t>;

    Place& place_of(std::uint32_t tag) noexcept { return places_[tag & (count_ - 1)]; }

    std::size_t count_;  ///< a power of two
    std::vector<Place> places_;
};

}  // namespace pyesi::cache
