#pragma once

#include "base/time.h"
#include "metrics/histogram.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

namespace pyesi::metrics {

/// What was counted between two moments, for all routes together.
struct PeriodCounts {
    std::uint64_t requests = 0;       ///< that ended, however
    std::uint64_t errors = 0;         ///< of them: no answer that can be used
    std::uint64_t client_errors = 0;  ///< of them: 4xx
    std::uint64_t avoided = 0;        ///< that ESI never saw
    std::uint64_t attempts = 0;
    std::uint64_t bytes_received = 0;
    std::uint64_t bytes_decoded = 0;

    PeriodCounts& operator+=(const PeriodCounts& more) noexcept;
    PeriodCounts operator-(const PeriodCounts& before) const noexcept;
    bool operator==(const PeriodCounts&) const = default;
};

/// One period of the past. Lengths of time are of requests that were not fresh hits;
/// zero where there were none.
struct HistoryRow {
    base::WallTime begin{};
    PeriodCounts counts;
    base::Duration mean{};
    base::Duration p50{};
    base::Duration p95{};
    base::Duration p99{};

    bool operator==(const HistoryRow&) const = default;
};

/// Minutes of the last day, and ten-minute periods of the last week. A period in which
/// nothing was counted has no row. Some 300 kB at most.
///
/// Thread: any one at a time.
class History {
public:
    static constexpr std::chrono::minutes kMinute{1};
    static constexpr std::chrono::minutes kTenMinutes{10};
    static constexpr std::size_t kMinutes = 1'440;
    static constexpr std::size_t kTens = 1'008;

    /// A part of what was counted, none of it before `at`.
    struct Part {
        base::WallTime at{};
        PeriodCounts counts{};
        std::vector<std::pair<std::size_t, std::uint32_t>> buckets{};  ///< of kFine
        base::Duration sum{};
    };

    /// Counts it to the periods that `at` is in. What is before the last one's period,
    /// as where a clock was set back, counts to that.
    void add(const Part& part);

    /// The oldest first; the last is that which has not ended yet.
    std::vector<HistoryRow> minutes() const { return minutes_.rows(); }
    std::vector<HistoryRow> tens() const { return tens_.rows(); }

    /// Takes in rows of an earlier run: those that begin before what is here.
    void restore(const std::vector<HistoryRow>& minutes,
                 const std::vector<HistoryRow>& tens);

private:
    /// Periods of one length.
    class Periods {
    public:
        Periods(base::Duration length, std::size_t most)
            : length_{length}, most_{most} {}

        void add(const Part& part);
        std::vector<HistoryRow> rows() const;
        void restore(const std::vector<HistoryRow>& rows);

    private:
        HistoryRow open_row() const;
        void trim();

        base::Duration length_;
        std::size_t most_;
        std::deque<HistoryRow> past_;

        // The period that has not ended; empty: none has begun.
        HistoryRow open_;
        std::vector<std::uint64_t> buckets_;
        base::Duration sum_{};
    };

    Periods minutes_{kMinute, kMinutes};
    Periods tens_{kTenMinutes, kTens};
};

}  // namespace pyesi::metrics
