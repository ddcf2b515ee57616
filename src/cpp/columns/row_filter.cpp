#include "columns/row_filter.h"

#include "columns/batch_builder.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace pyesi::columns {

namespace {

using Batches = std::span<const RecordBatchPtr>;

std::size_t rows_in(Batches batches) {
    std::size_t rows = 0;
    for (const auto& batch : batches) rows += static_cast<std::size_t>(batch->rows);
    return rows;
}

/// The keys of all rows that have one.
template <class Take>
void for_each_number(Batches batches, std::size_t key, const Take& take) {
    for (const auto& batch : batches) {
        const auto& column = batch->columns[key];
        const auto numbers = column.values_as<std::int64_t>();
        for (std::int64_t row = 0; row < batch->rows; ++row) {
            if (!column.is_null(row)) take(numbers[static_cast<std::size_t>(row)]);
        }
    }
}

/// Fibonacci hashing, since ids come in runs; its highest bits, as a share of `places`.
/// REQUIRES: fewer than 2^32 places.
std::size_t place_among(std::size_t places, std::int64_t number) noexcept {
    const auto hash = static_cast<std::uint64_t>(number) * 0x9E3779B97F4A7C15U;
    return (hash >> 32U) * places >> 32U;
}

/// Numbers that were seen. Nearly all come once, and a table of all of them is larger
/// than the processor's caches: so it is of those alone that share a bit with another.
class SeenNumbers {
public:
    SeenNumbers(Batches batches, std::size_t key) {
        constexpr std::size_t kBitsEach = 16;
        const auto bits = kBitsEach * (rows_in(batches) + 1);
        std::vector<bool> taken(bits);
        std::vector<std::int64_t> doubtful;
        for_each_number(batches, key, [&](std::int64_t number) {
            const auto bit = place_among(bits, number);
            if (taken[bit]) doubtful.push_back(number);
            taken[bit] = true;
        });
        places_.resize(16 + 2 * doubtful.size());
        for (const auto number : doubtful) place_of(number) = {number, State::Unseen};
    }

    /// Whether it was not seen before. REQUIRES: it is one of the batches'.
    bool insert(std::int64_t number) noexcept {
        auto& place = place_of(number);
        if (place.state == State::Free) return true;
        return std::exchange(place.state, State::Seen) != State::Seen;
    }

private:
    enum class State : std::uint8_t { Free, Unseen, Seen };
    struct Place {
        std::int64_t number = 0;
        State state = State::Free;
    };

    /// Where the number stands, or would.
    Place& place_of(std::int64_t number) noexcept {
        auto place = place_among(places_.size(), number);
        while (places_[place].state != State::Free && places_[place].number != number) {
            if (++place == places_.size()) place = 0;
        }
        return places_[place];
    }

    std::vector<Place> places_;
};

class SeenTexts {
public:
    SeenTexts(Batches batches, std::size_t /*key*/) { seen_.reserve(rows_in(batches)); }
    bool insert(std::string_view text) { return seen_.insert(text).second; }

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

/// The rows of each batch that stay; nothing where all do.
using Kept = std::vector<std::optional<std::vector<std::int64_t>>>;

std::size_t place_of_key(const RecordBatch& batch) {
    const auto& columns = batch.columns;
    const auto found = std::ranges::find_if(columns, [&](const auto& column) {
        return column.type->name == batch.plan->key;
    });
    return static_cast<std::size_t>(found - columns.begin());
}

/// The rows of one batch that were not seen before, in the order of the batch.
template <class Seen>
std::vector<std::int64_t> unseen_rows(const RecordBatch& batch,
                                      std::size_t key,
                                      Seen& seen) {
    const auto& column = batch.columns[key];
    const bool backwards = batch.plan->newest_wins;
    std::vector<std::int64_t> stay;
    stay.reserve(static_cast<std::size_t>(batch.rows));
    for (std::int64_t step = 0; step < batch.rows; ++step) {
        const auto row = backwards ? batch.rows - 1 - step : step;
        const bool named = !column.is_null(row);
        if (named && !seen.insert(key_at(column, row, seen))) continue;
        stay.push_back(row);
    }
    if (backwards) std::ranges::reverse(stay);
    return stay;
}

/// Asks the batches in turn, from the one whose claim is best.
template <class Seen>
Kept kept_rows(Batches batches, std::size_t key) {
    Seen seen{batches, key};
    Kept kept(batches.size());
    const bool backwards = batches.front()->plan->newest_wins;
    for (std::size_t turn = 0; turn < batches.size(); ++turn) {
        const auto place = backwards ? batches.size() - 1 - turn : turn;
        auto stay = unseen_rows(*batches[place], key, seen);
        if (std::ssize(stay) != batches[place]->rows) kept[place] = std::move(stay);
    }
    return kept;
}

}  // namespace

std::vector<RecordBatchPtr> without_repeats(std::span<const RecordBatchPtr> batches) {
    std::vector<RecordBatchPtr> all{batches.begin(), batches.end()};
    if (all.empty() || all.front()->plan->key.empty()) return all;
    const auto key = place_of_key(*all.front());
    if (key == all.front()->columns.size()) return all;
    const bool texts = all.front()->columns[key].type->kind == Kind::String;
    const auto kept = texts ? kept_rows<SeenTexts>(batches, key)
                            : kept_rows<SeenNumbers>(batches, key);
    for (std::size_t place = 0; place < all.size(); ++place) {
        if (kept[place]) all[place] = take_rows(all[place], *kept[place]);
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
