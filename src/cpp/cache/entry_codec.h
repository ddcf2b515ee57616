#pragma once

#include "base/time.h"
#include "cache/cache_key.h"
#include "cache/entry.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace pyesi::cache {

/// By which clocks an entry's times were written, or are to be read.
struct ClockReading {
    base::TimePoint now;
    base::WallTime wall_now;

    /// Names the run of the policy clock: within one its instants can be compared.
    std::uint64_t run = 0;
};

/// An entry as bytes, for a tier that outlives the process.
///
/// Version, check-sum, key, then the entry: whatever the server said, and what was
/// made of it that its headers alone do not tell. Numbers lie as in memory of the
/// machines that we build for, little end first; a tier does not travel.
std::string encode_entry(CacheKeyView key, const Entry& entry, std::uint64_t clock_run);

/// What decode_entry found.
struct DecodedEntry {
    std::shared_ptr<Entry> entry;

    /// It was written by a clock that is ahead of ours: see restore_times.
    bool from_the_future = false;
};

/// The entry that encode_entry wrote under that very key, its times as the clocks of
/// this process tell them. Nothing if the bytes are of another key or version, are
/// cut or damaged, or hold what may not stand in a header.
std::optional<DecodedEntry> decode_entry(CacheKeyView key,
                                         std::string_view bytes,
                                         const ClockReading& clocks);

/// Turns times that another process wrote into instants of this one's policy clock.
///
/// Within one run of the clock they stay as they are. Else the wall clock tells how
/// long the entry has lain. One that was set back meanwhile, so that it has lain for
/// less than nothing, has told nothing: then the entry is as old as when it came,
/// which is never early; true is returned, and whoever keeps it writes it anew, so
/// that it ages from now on and is not served for ever.
bool restore_times(EntryTimes& times,
                   std::uint64_t written_in_run,
                   const ClockReading& clocks) noexcept;

}  // namespace pyesi::cache
