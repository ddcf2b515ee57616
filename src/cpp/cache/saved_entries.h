#pragma once

#include "base/clock.h"
#include "cache/store.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace pyesi::cache {

/// What a store holds, in a file of the form that the disk tier has.
///
/// Thread: any one at a time. Waits for the disk.
class SavedEntries {
public:
    /// `clock` must outlive it; `clock_run`: see ClockReading::run.
    SavedEntries(std::string path, const base::Clock& clock, std::uint64_t clock_run)
        : path_{std::move(path)}, clock_{clock}, clock_run_{clock_run} {}

    /// Writes all but what is gone when it is stale, in place of what the file held,
    /// and tells how many. Until it is whole the old file stays. Nothing if the file
    /// cannot be written.
    /// REQUIRES: `store` is the memory tier: its erase_if has ended when it returns.
    std::optional<std::size_t> save(Store& store) const;

    /// Stores what the file holds, but for keys that `store` finds already, and tells
    /// how many. Nothing if there is no such file, or it is none of ours.
    std::optional<std::size_t> load(Store& store) const;

private:
    std::string path_;
    const base::Clock& clock_;
    std::uint64_t clock_run_;
};

}  // namespace pyesi::cache
