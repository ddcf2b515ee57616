#pragma once

#include "cache/entry.h"
#include "cache/resident.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace pyesi::cache {

/// A lock that readers on several threads pass without meeting: each takes the one
/// stripe that is its thread's, and who changes anything takes all of them. What every
/// look-up writes lies in the stripes too: the counts of hits and misses, and the
/// count of owners of entries that are hit again and again, each stripe handing out
/// owners of its own.
///
/// Thread-safe.
class ReaderStripes {
public:
    /// As many threads may look up at the same time without meeting.
    static constexpr std::size_t kStripes = 8;

    struct Counts {
        std::uint64_t hits = 0;
        std::uint64_t misses = 0;
        std::uint64_t evicted_missed = 0;  ///< see StoreStatistics
    };

    class Reading;
    class Changing;

    ReaderStripes() = default;

    /// What all stripes have counted.
    Counts counts() const;

    /// No stripe owns its entry any more. REQUIRES: a Changing of the caller's lives.
    void let_go(const Resident& resident) noexcept;
    void let_all_go() noexcept;

private:
    static constexpr std::size_t kHotPlaces = 4;
    static constexpr std::uint32_t kHotAfter = 16;  // hits in a row

    /// A resident whose entry this stripe hands out through a count of owners that no
    /// other stripe touches.
    struct HotPlace {
        const Resident* resident = nullptr;  ///< compared, never read through
        std::uint32_t hits = 0;
        EntryPtr owned_here;
    };

    struct alignas(128) Stripe {  // two lines: processors fetch them in pairs
        mutable std::mutex mutex;
        Counts counts;
        std::array<HotPlace, kHotPlaces> hot;
    };

    static std::size_t index_of_this_thread();

    std::array<Stripe, kStripes> stripes_;
};

/// One reader's passage.
///
/// Thread: any one at a time.
class ReaderStripes::Reading {
public:
    explicit Reading(ReaderStripes& stripes)
        : stripe_{stripes.stripes_[index_of_this_thread()]}, lock_{stripe_.mutex} {}

    void count_hit() noexcept { ++stripe_.counts.hits; }
    void count_miss() noexcept { ++stripe_.counts.misses; }
    void count_evicted_missed() noexcept { ++stripe_.counts.evicted_missed; }

    /// An owner of its entry. REQUIRES: whoever takes the resident out of its table
    /// calls `let_go`.
    EntryPtr share(const Resident& resident);

private:
    Stripe& stripe_;
    std::lock_guard<std::mutex> lock_;
};

/// While it lives nobody reads, and nobody else changes anything.
///
/// Thread: any one at a time.
class ReaderStripes::Changing {
public:
    explicit Changing(ReaderStripes& stripes) : stripes_{stripes} {
        for (auto& stripe : stripes_.stripes_) stripe.mutex.lock();
    }
    Changing(const Changing&) = delete;
    Changing& operator=(const Changing&) = delete;
    ~Changing() {
        for (auto& stripe : stripes_.stripes_) stripe.mutex.unlock();
    }

private:
    ReaderStripes& stripes_;
};

}  // namespace pyesi::cache
