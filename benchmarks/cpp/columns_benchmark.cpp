// One page of a listing, from JSON to columns: of fields in one order, in any order and
// with some that the plan does not know; of some columns only. Then what is left of
// many pages once rows that came twice are gone, and what they cost to hand over.

#include "columns/arrow_export.h"
#include "columns/batch_reader.h"
#include "columns/row_filter.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace pyesi::columns {
namespace {

constexpr int kRows = 1000;
constexpr int kPages = 400;

/// How the objects of a page are written.
enum class Shape : std::uint8_t {
    Ordered,   ///< the same fields in the same order, as ESI writes them
    Shuffled,  ///< each in an order of its own
    Unknown,   ///< two fields more than are known, in plain
    Nested,    ///< one more, an object
};

class Draw {
public:
    int below(int end) { return std::uniform_int_distribution{0, end - 1}(random_); }

    std::string padded(int begin, int end) {
        const auto text = std::to_string(begin + below(end - begin));
        return text.size() < 2 ? "0" + text : text;
    }

    /// Most are small, a few are great.
    int falling(int end) {
        const auto share = std::uniform_real_distribution{0.0, 1.0}(random_);
        return 1 + static_cast<int>(share * share * share * end);
    }

    template <std::size_t Count>
    const char* of(const std::array<const char*, Count>& words) {
        return words.at(static_cast<std::size_t>(below(Count)));
    }

    void shuffle(std::vector<std::string>& words) {
        std::shuffle(words.begin(), words.end(), random_);
    }

private:
    std::mt19937_64 random_{1};
};

constexpr std::array kRanges{
    "region", "region", "region", "station", "solarsystem", "1", "5", "10", "40"};
constexpr std::array kDurations{"90", "90", "90", "365", "30", "14", "7"};
constexpr std::array kPlaces{"60003760", "60003760", "60000162", "1034323745897"};

std::string instant(Draw& draw) {
    return "2026-" + draw.padded(8, 11) + "-" + draw.padded(1, 31) + "T" +
           draw.padded(0, 24) + ":" + draw.padded(0, 60) + ":" + draw.padded(0, 60) +
           "Z";
}

std::vector<std::string> fields(Draw& draw, std::int64_t order_id, Shape shape) {
    const bool buys = draw.below(10) < 3;
    std::vector<std::string> written{
        std::string{R"("duration":)"} + draw.of(kDurations),
        std::string{R"("is_buy_order":)"} + (buys ? "true" : "false"),
        R"("issued":")" + instant(draw) + R"(")",
        std::string{R"("location_id":)"} + draw.of(kPlaces),
        R"("min_volume":1)",
        R"("order_id":)" + std::to_string(order_id),
        R"("price":)" + std::to_string(draw.falling(30'000'000)) + "." +
            draw.padded(0, 100),
        std::string{R"("range":")"} + (buys ? draw.of(kRanges) : "region") + R"(")",
        R"("system_id":)" + std::to_string(30'000'142 + draw.below(40)),
        R"("type_id":)" + std::to_string(draw.falling(60'000)),
        R"("volume_remain":)" + std::to_string(draw.falling(5'000)),
        R"("volume_total":)" + std::to_string(draw.falling(10'000)),
    };
    if (shape == Shape::Shuffled) draw.shuffle(written);
    if (shape == Shape::Unknown) {
        written.insert(written.begin() + 3, R"("issued_by":95465499)");
        written.emplace_back(R"("state":"open")");
    }
    if (shape == Shape::Nested) {
        written.emplace_back(R"("state":{"is_open":true,"changes":[1,2]})");
    }
    return written;
}

/// A page of 1,000 orders, 238 kB or so.
std::string page(Shape shape, std::int64_t first_id = 6'900'000'000) {
    Draw draw;
    std::string text = "[";
    for (int row = 0; row < kRows; ++row) {
        text += row == 0 ? "{" : ",{";
        for (const auto& field : fields(draw, first_id + row, shape)) {
            text += field + ",";
        }
        text.back() = '}';
    }
    return text + "]";
}

ColumnType column(std::string name, Kind kind = Kind::Int64) {
    return {.name = std::move(name), .kind = kind, .nullable = false};
}

/// As the catalog has it.
std::vector<ColumnType> columns_of_orders() {
    auto range = column("range", Kind::Dictionary);
    range.dictionary =
        std::make_shared<Dictionary>(std::vector<std::string>{"station",
                                                              "region",
                                                              "solarsystem",
                                                              "1",
                                                              "2",
                                                              "3",
                                                              "4",
                                                              "5",
                                                              "10",
                                                              "20",
                                                              "30",
                                                              "40"});
    return {column("duration"),
            column("is_buy_order", Kind::Bool),
            column("issued", Kind::Timestamp),
            column("location_id"),
            column("min_volume"),
            column("order_id"),
            column("price", Kind::Double),
            range,
            column("system_id"),
            column("type_id"),
            column("volume_remain"),
            column("volume_total")};
}

std::shared_ptr<const TablePlan> plan_of(std::vector<ColumnType> columns) {
    return std::make_shared<const TablePlan>(
        TablePlan{.route = "/markets/{region_id}/orders",
                  .columns = std::move(columns),
                  .key = "order_id"});
}

RecordBatchPtr read(const std::shared_ptr<const TablePlan>& plan,
                    const std::vector<Document>& documents) {
    auto batch = read_batch(plan, documents);
    if (!batch) throw std::runtime_error{"a page cannot be read"};
    return *batch;
}

void read_page(benchmark::State& state,
               const std::shared_ptr<const TablePlan>& plan,
               Shape shape) {
    const std::vector documents{Document{.json = base::Bytes{page(shape)}}};
    for (auto _ : state) benchmark::DoNotOptimize(read(plan, documents));
    const auto size = static_cast<std::int64_t>(documents.front().json.size());
    state.SetBytesProcessed(state.iterations() * size);
    state.counters["plain"] = static_cast<double>(size);
}

void read_ordered(benchmark::State& state) {
    read_page(state, plan_of(columns_of_orders()), Shape::Ordered);
}
BENCHMARK(read_ordered);

void read_shuffled(benchmark::State& state) {
    read_page(state, plan_of(columns_of_orders()), Shape::Shuffled);
}
BENCHMARK(read_shuffled);

void read_unknown(benchmark::State& state) {
    read_page(state, plan_of(columns_of_orders()), Shape::Unknown);
}
BENCHMARK(read_unknown);

void read_unknown_nested(benchmark::State& state) {
    read_page(state, plan_of(columns_of_orders()), Shape::Nested);
}
BENCHMARK(read_unknown_nested);

void read_two_columns(benchmark::State& state) {
    auto columns = columns_of_orders();
    for (auto& type : columns) {
        const bool wanted = type.name == "order_id" || type.name == "price";
        if (!wanted) type = column(type.name, Kind::Skipped);
    }
    read_page(state, plan_of(std::move(columns)), Shape::Ordered);
}
BENCHMARK(read_two_columns);

/// The pages of a sweep; each begins with so many rows of the one before.
std::vector<RecordBatchPtr> sweep(const std::shared_ptr<const TablePlan>& plan,
                                  std::int64_t repeats) {
    std::vector<RecordBatchPtr> batches;
    for (int number = 0; number < kPages; ++number) {
        const auto first_id = 6'900'000'000 + number * (kRows - repeats);
        batches.push_back(read(
            plan, {Document{.json = base::Bytes{page(Shape::Ordered, first_id)}}}));
    }
    return batches;
}

void leave_repeats_out(benchmark::State& state) {
    const auto batches = sweep(plan_of(columns_of_orders()), state.range(0));
    for (auto _ : state) benchmark::DoNotOptimize(without_repeats(batches));
    state.SetItemsProcessed(state.iterations() * kPages * kRows);
}
BENCHMARK(leave_repeats_out)->Arg(0)->Arg(1)->Unit(benchmark::kMicrosecond);

void hand_over(benchmark::State& state) {
    const auto plan = plan_of(columns_of_orders());
    std::vector<BatchSlice> slices;
    for (const auto& batch : sweep(plan, 0)) slices.push_back({batch, 0, batch->rows});
    for (auto _ : state) {
        ArrowArrayStream stream{};
        export_stream(plan, slices, &stream);
        ArrowArray array{};
        while (stream.get_next(&stream, &array) == 0 && array.release != nullptr) {
            array.release(&array);
        }
        stream.release(&stream);
    }
    state.SetItemsProcessed(state.iterations() * kPages);
}
BENCHMARK(hand_over)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace pyesi::columns
