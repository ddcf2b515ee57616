#include "columns/row_filter.h"

#include "base/large_page_allocator.h"
#include "columns/batch_builder.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace pyesi::columns {

namespace {

/// Numbers that were seen, in a table of half as many places again: what is twice as
/// large costs more to fetch than a few more steps do, unless all of it is near. 0 has
/// a place of its own.
class SeenNumbers {
public:
    explicit SeenNumbers(std::size_t most)
        : places_(16 + (most <= kNear ? 3 * most : most + most / 2)) {}

    /// Whether it was not seen before.
    bool insert(std::int64_t number) noexcept {
        if (number == 0) return !std::exchange(seen_zero_, true);
        auto place = place_of(number);
        while (places_[place] != 0) {
            if (places_[place] == number) return false;
            if (++place == places_.size()) place = 0;
        }
        places_[place] = number;
        return true;
    }

    /// Says that `number` is asked for soon. Its place is in no cache, most likely, and
    /// comes while others are asked for.
    void expect(std::int64_t number) const noexcept {
        __builtin_prefetch(&places_[place_of(number)], 1);
    }

private:
    // Two pages, whose table is in the second cache of a core.
    static constexpr std::size_t kNear = 4'096;

    /// Fibonacci hashing, since ids come in runs; its highest bits, as a share of the
    /// table. REQUIRES: fewer than 2^32 places.
    std::size_t place_of(std::int64_t number) const noexcept {
        const auto hash = static_cast<std::uint64_t>(number) * 0x9E3779B97F4A7C15U;
        return (hash >> 32U) * places_.size() >> 32U;
    }

    std::vector<std::int64_t, base::LargePageAllocator<std::int64_t>> places_;
    bool seen_zero_ = false;
};

class SeenTexts {
public:
    explicit SeenTexts(std::size_t most) { seen_.reserve(most); }
    bool insert(std::string_view text) { return seen_.insert(text).second; }
    void expect(std::string_view /*text*/) const noexcept {}

private:
    std::unordered_set<std::string_view> seen_;
};

std::int64_t key_at(const ColumnArray& column, std::int64_t row, SeenNumbers& /*of*/) {
    return column.values_as<std::int64_t>()[static_cast<std::size_t>(row)];
}

std::string_view key_at(const ColumnArray& column,
                        std::int64_t row,
                        SeenTexts& /*of*/) {
    return column.text_at(row);
}

using Rows = std::vector<std::int64_t>;

std::size_t place_of_key(const RecordBatch& batch) {
    const auto& columns = batch.columns;
    const auto found = std::ranges::find_if(columns, [&](const auto& column) {
        return column.type->name == batch.plan->key;
    });
    return static_cast<std::size_t>(found - columns.begin());
}

std::size_t rows_in(std::span<const RecordBatchPtr> batches) {
    std::size_t rows = 0;
    for (const auto& batch : batches) rows += static_cast<std::size_t>(batch->rows);
    return rows;
}

/// The rows of one batch that were seen before, in the order in which they are asked.
template <class Seen>
Rows repeated_rows(const RecordBatch& batch, std::size_t key, Seen& seen) {
    constexpr std::int64_t kAhead = 16;
    const auto& column = batch.columns[key];
    const bool backwards = batch.plan->newest_wins;
    const auto row_of = [&](std::int64_t step) {
        return backwards ? batch.rows - 1 - step : step;
    };
    Rows repeated;
    for (std::int64_t step = 0; step < batch.rows; ++step) {
        const auto ahead = step + kAhead;
        if (ahead < batch.rows) seen.expect(key_at(column, row_of(ahead), seen));
        const auto row = row_of(step);
        if (column.is_null(row)) continue;
        if (!seen.insert(key_at(column, row, seen))) repeated.push_back(row);
    }
    return repeated;
}

/// All rows of a batch but those.
Rows rows_without(std::int64_t rows, Rows gone) {
    std::ranges::sort(gone);
    Rows stay;
    stay.reserve(static_cast<std::size_t>(rows) - gone.size());
    auto next = gone.begin();
    for (std::int64_t row = 0; row < rows; ++row) {
        if (next != gone.end() && *next == row) {
            ++next;
        } else {
            stay.push_back(row);
        }
    }
    return stay;
}

/// Asks the batches in turn, from the one whose claim is best.
template <class Seen>
void drop_repeats(std::vector<RecordBatchPtr>& batches, std::size_t key) {
    Seen seen{rows_in(batches)};
    std::vector<Rows> repeated(batches.size());
    const bool backwards = batches.front()->plan->newest_wins;
    for (std::size_t turn = 0; turn < batches.size(); ++turn) {
        const auto place = backwards ? batches.size() - 1 - turn : turn;
        repeated[place] = repeated_rows(*batches[place], key, seen);
    }
    // Not before: texts that were seen are the batches' own.
    for (std::size_t place = 0; place < batches.size(); ++place) {
        if (repeated[place].empty()) continue;
        auto& batch = batches[place];
        batch = take_rows(batch, rows_without(batch->rows, std::move(repeated[place])));
    }
}

}  // namespace

std::vector<RecordBatchPtr> without_repeats(std::span<const RecordBatchPtr> batches) {
    std::vector<RecordBatchPtr> all{batches.begin(), batches.end()};
    if (all.empty() || all.front()->plan->key.empty()) return all;
    const auto key = place_of_key(*all.front());
    if (key == all.front()->columns.size()) return all;
    const bool texts = all.front()->columns[key].type->kind == Kind::String;
    if (texts) {
        drop_repeats<SeenTexts>(all, key);
    } else {
        drop_repeats<SeenNumbers>(all, key);
    }
    return all;
}

RecordBatchPtr take_rows(const RecordBatchPtr& batch,
                         std::span<const std::int64_t> rows) {
    BatchBuilder builder{batch->plan};
    for (const auto row : rows) builder.append_from(*batch, row);
    return builder.freeze(std::ssize(rows), batch->counts);
}

}  // namespace pyesi::columns
