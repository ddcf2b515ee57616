#pragma once

#include "base/time.h"
#include "cache/dynamic_ttl.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace pyesi::cache {

/// How much one key is used.
struct Uses {
    Popularity popularity;    ///< fading
    std::uint64_t count = 0;  ///< in all, since the table knows the key
};

/// How much the application uses what it asks the cache for, by the key's hash.
///
/// Bounded: 65,536 keys in 2 MiB. Four places may hold a key, and a newcomer takes that
/// of the least popular, whose uses are forgotten; so what is used much stays, whatever
/// else is asked for once. Two keys of one hash are taken for one: they share a
/// popularity, and nothing else.
///
/// Until `start` there is no table: a use costs one look at a null pointer.
///
/// Thread-safe.
class PopularityTable {
public:
    static constexpr std::size_t kKeys = 65'536;

    /// Counts from now on, by `decay`. Has no effect a second time.
    void start(base::Duration decay);

    bool is_started() const noexcept {
        return slots_.load(std::memory_order_acquire) != nullptr;
    }

    void on_use(std::uint64_t hash, base::TimePoint now) noexcept {
        auto* slots = slots_.load(std::memory_order_acquire);
        if (slots != nullptr) count(*slots, hash, now);
    }

    /// Nothing used if the table does not know the key.
    Uses uses_of(std::uint64_t hash) const noexcept;

private:
    static constexpr std::size_t kWays = 4;
    static constexpr std::size_t kLocks = 64;

    struct Slot {
        std::uint64_t hash = 0;
        Uses uses;  ///< count 0: an empty place
    };
    static_assert(kKeys * sizeof(Slot) == std::size_t{2} << 20U);
    using Set = std::array<Slot, kWays>;

    struct Slots {
        base::Duration decay;
        std::vector<Set> sets = std::vector<Set>(kKeys / kWays);
        // A use holds one of them for some ten nanoseconds.
        std::array<std::mutex, kLocks> locks;

        Set& set_of(std::uint64_t hash) { return sets[hash % sets.size()]; }
        std::mutex& lock_of(std::uint64_t hash) { return locks[hash % kLocks]; }
    };

    static void count(Slots& slots, std::uint64_t hash, base::TimePoint now) noexcept;

    std::once_flag once_;
    std::unique_ptr<Slots> owned_;
    std::atomic<Slots*> slots_{nullptr};  ///< owned_, for those who come later
};

}  // namespace pyesi::cache
