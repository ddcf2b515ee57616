#pragma once

#include "base/time.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace pyesi::scheduler {

/// Holds retries to a share of ordinary requests, so that a struggling upstream is
/// not sent a multiple of its usual traffic.
///
/// Of the last ten seconds' first attempts, `share` may be retried, and `floor` more.
/// What is older is forgotten, so a quiet hour cannot save up for a storm, and a storm
/// does not bar the retries of the hour after it.
///
/// Thread: network thread only.
class RetryBudget {
public:
    struct Settings {
        double share = 0.2;
        std::uint32_t floor = 3;
        bool limited = true;  ///< false: every retry is allowed
    };

    RetryBudget() noexcept : RetryBudget{Settings{}} {}

    /// REQUIRES: 0 <= share.
    explicit RetryBudget(const Settings& settings) noexcept : settings_{settings} {}

    void on_first_attempt(base::TimePoint now) noexcept;

    /// Charges one retry. False if there is none left, and then charges nothing.
    [[nodiscard]] bool try_spend(base::TimePoint now) noexcept;

    /// How many retries are left now.
    std::int64_t left(base::TimePoint now) noexcept;

private:
    static constexpr std::size_t kCells = 10;

    struct Cell {
        std::int64_t second = -1;
        std::int64_t first_attempts = 0;
        std::int64_t retries = 0;
    };

    /// The cell of `now`'s second; cells out of the span are emptied on the way.
    Cell& current(base::TimePoint now) noexcept;

    Settings settings_;
    std::array<Cell, kCells> cells_{};
};

}  // namespace pyesi::scheduler
