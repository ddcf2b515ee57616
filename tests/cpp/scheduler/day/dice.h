#pragma once

#include "base/time.h"
#include "scheduler/hashing.h"

#include <cmath>
#include <cstdint>

namespace pyesi::scheduler::day {

/// Chance that falls alike for one seed, on every machine.
///
/// Thread: any one at a time.
class Dice {
public:
    explicit Dice(std::uint64_t seed) noexcept : state_{spread(seed + 1)} {}

    std::uint64_t draw() noexcept {
        state_ += 0x9e3779b97f4a7c15U;
        return spread(state_);
    }

    /// In [0, 1).
    double share() noexcept { return static_cast<double>(draw() >> 11U) * 0x1.0p-53; }

    bool chance(double probability) noexcept { return share() < probability; }

    /// REQUIRES: bound > 0.
    std::uint32_t below(std::uint32_t bound) noexcept {
        return static_cast<std::uint32_t>(draw() % bound);
    }

    base::Duration between(base::Duration least, base::Duration most) noexcept {
        return least + base::from_seconds(share() * base::in_seconds(most - least));
    }

    /// The time to the next of many unrelated events.
    base::Duration around(base::Duration mean) noexcept {
        return base::from_seconds(-std::log(1 - share()) * base::in_seconds(mean));
    }

private:
    std::uint64_t state_;
};

}  // namespace pyesi::scheduler::day
