#include "metrics/history.h"

#include <algorithm>
#include <ranges>
#include <utility>

namespace pyesi::metrics {

PeriodCounts& PeriodCounts::operator+=(const PeriodCounts& more) noexcept {
    requests += more.requests;
    errors += more.errors;
    client_errors += more.client_errors;
    avoided += more.avoided;
    attempts += more.attempts;
    bytes_received += more.bytes_received;
    bytes_decoded += more.bytes_decoded;
    return *this;
}

PeriodCounts PeriodCounts::operator-(const PeriodCounts& before) const noexcept {
    return {.requests = requests - before.requests,
            .errors = errors - before.errors,
            .client_errors = client_errors - before.client_errors,
            .avoided = avoided - before.avoided,
            .attempts = attempts - before.attempts,
            .bytes_received = bytes_received - before.bytes_received,
            .bytes_decoded = bytes_decoded - before.bytes_decoded};
}

void History::add(const Part& part) {
    minutes_.add(part);
    tens_.add(part);
}

void History::restore(const std::vector<HistoryRow>& minutes,
                      const std::vector<HistoryRow>& tens) {
    minutes_.restore(minutes);
    tens_.restore(tens);
}

void History::Periods::add(const Part& part) {
    const auto since_1970 = part.at.time_since_epoch();
    const auto begin = base::WallTime{since_1970 - since_1970 % length_};
    if (buckets_.empty() || begin > open_.begin) {
        if (!buckets_.empty()) past_.push_back(open_row());
        open_ = HistoryRow{};
        open_.begin = begin;
        // An earlier run may have ended in this period, or the clock was set back
        // since: that row goes on, so that no period has two.
        if (!past_.empty() && past_.back().begin >= begin) {
            open_ = past_.back();
            past_.pop_back();
        }
        buckets_.assign(kFine.count(), 0);
        sum_ = {};
        trim();
    }
    open_.counts += part.counts;
    for (const auto& [bucket, count] : part.buckets) buckets_[bucket] += count;
    sum_ += part.sum;
}

std::vector<HistoryRow> History::Periods::rows() const {
    std::vector<HistoryRow> all{past_.begin(), past_.end()};
    if (!buckets_.empty()) all.push_back(open_row());
    return all;
}

void History::Periods::restore(const std::vector<HistoryRow>& rows) {
    auto first = buckets_.empty() ? base::WallTime::max() : open_.begin;
    if (!past_.empty()) first = past_.front().begin;
    for (const auto& row : std::views::reverse(rows)) {
        if (row.begin < first) {
            past_.push_front(row);
        } else if (past_.empty() && row.begin == open_.begin) {
            open_.counts += row.counts;
        }
    }
    trim();
}

HistoryRow History::Periods::open_row() const {
    auto row = open_;
    const HistogramSnapshot lengths{kFine, buckets_, sum_};
    if (lengths.count() == 0) return row;
    row.mean = sum_ / static_cast<std::int64_t>(lengths.count());
    row.p50 = lengths.quantile(0.5);
    row.p95 = lengths.quantile(0.95);
    row.p99 = lengths.quantile(0.99);
    return row;
}

/// By number and by age, so that rare traffic does not keep last year.
void History::Periods::trim() {
    const auto oldest = (buckets_.empty() ? base::WallTime{} : open_.begin) -
                        std::chrono::duration_cast<base::WallTime::duration>(length_) *
                            static_cast<std::int64_t>(most_);
    while (!past_.empty() && (past_.size() > most_ || past_.front().begin < oldest)) {
        past_.pop_front();
    }
}

}  // namespace pyesi::metrics
