#include "columns/row_filter.h"

#include "columns/making.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace pyesi::columns {
namespace {

using namespace making;
using nlohmann::json;

std::shared_ptr<const TablePlan> keyed_by(Kind kind, bool newest_wins = false) {
    auto plan = plan_of({column("id", kind, true), column("page", Kind::Int64)});
    plan.key = "id";
    plan.newest_wins = newest_wins;
    return shared(plan);
}

std::vector<RecordBatchPtr> batches(const std::shared_ptr<const TablePlan>& plan,
                                    const std::vector<std::string>& pages) {
    std::vector<RecordBatchPtr> read_pages;
    for (const auto& page : pages) {
        auto batch = read(plan, page);
        EXPECT_TRUE(batch) << page;
        read_pages.push_back(*batch);
    }
    return read_pages;
}

json rows_of_all(const std::vector<RecordBatchPtr>& all) {
    auto rows = json::array();
    for (const auto& batch : all) {
        for (const auto& row : rows_of(*batch)) rows.push_back(row);
    }
    return rows;
}

TEST(RowFilter, TheFirstOfTwoRowsStays) {
    const auto all =
        batches(keyed_by(Kind::Int64),
                {R"([{"id":0,"page":1},{"id":5,"page":1}])",
                 R"([{"id":5,"page":2},{"id":0,"page":2},{"id":6,"page":2}])"});
    EXPECT_EQ(
        rows_of_all(without_repeats(all)),
        json::parse(R"([{"id":0,"page":1},{"id":5,"page":1},{"id":6,"page":2}])"));
}

TEST(RowFilter, TheLastOfTwoRowsStaysWhereTheNewestWins) {
    const auto all =
        batches(keyed_by(Kind::String, true),
                {R"([{"id":"a","page":1},{"id":"b","page":1},{"id":"a","page":1}])",
                 R"([{"id":"b","page":2}])"});
    EXPECT_EQ(rows_of_all(without_repeats(all)),
              json::parse(R"([{"id":"a","page":1},{"id":"b","page":2}])"));
}

TEST(RowFilter, RowsWithoutAKeyStay) {
    const auto all = batches(keyed_by(Kind::Int64),
                             {R"([{"page":1},{"page":2},{"id":null,"page":3}])"});
    EXPECT_EQ(without_repeats(all)[0]->rows, 3);
}

TEST(RowFilter, ABatchWithoutRepeatsIsShared) {
    const auto all = batches(keyed_by(Kind::Int64),
                             {R"([{"id":1,"page":1}])", R"([{"id":2,"page":1}])"});
    const auto kept = without_repeats(all);
    EXPECT_EQ(kept[0], all[0]);
    EXPECT_EQ(kept[1], all[1]);
}

TEST(RowFilter, ABatchOfNothingButRepeatsIsEmpty) {
    const auto all = batches(keyed_by(Kind::Int64),
                             {R"([{"id":1,"page":1}])", R"([{"id":1,"page":2}])"});
    EXPECT_EQ(without_repeats(all)[1]->rows, 0);
}

TEST(RowFilter, EachKeyStaysOnceWhateverTheKeys) {
    std::mt19937_64 random{5};
    for (int turn = 0; turn < 200; ++turn) {
        std::vector<std::string> pages;
        std::set<std::int64_t> keys;
        for (int page = 0; page < 4; ++page) {
            auto rows = json::array();
            for (auto left = random() % 20; left > 0; --left) {
                // Runs of ids, far apart, also below 0.
                const auto id =
                    static_cast<std::int64_t>(random() % 3) * 1'000'000'007 +
                    static_cast<std::int64_t>(random() % 12) - 6;
                keys.insert(id);
                rows.push_back({{"id", id}, {"page", page}});
            }
            pages.push_back(rows.dump());
        }
        const auto kept =
            rows_of_all(without_repeats(batches(keyed_by(Kind::Int64), pages)));
        std::set<std::int64_t> seen;
        for (const auto& row : kept)
            ASSERT_TRUE(seen.insert(row["id"].get<std::int64_t>()).second);
        ASSERT_EQ(seen, keys);
    }
}

TEST(RowFilter, RowsOfEveryKindAreTakenAsTheyAre) {
    auto item = parent("item", Kind::Struct, {column("x", Kind::Int64, true)}, true);
    const auto plan = shared(plan_of({column("d", Kind::Double, true),
                                      column("b", Kind::Bool, true),
                                      column("s", Kind::String, true),
                                      dictionary("e", {"q"}),
                                      column("y", Kind::Date, true),
                                      parent("l", Kind::List, {item}, true),
                                      keyed("k", column("value", Kind::String)),
                                      column("j", Kind::Json, true)}));
    const auto batch =
        read(plan, R"([{"d":1.5,"b":true,"s":"x","e":"q","y":"2026-01-01",
        "l":[{"x":1},null,{}],"k":{"p":"1"},"j":[1]},{},{"d":2,"s":"","l":[],"k":{}}])");
    ASSERT_TRUE(batch) << batch.failure().message;
    const auto all = rows_of(**batch);
    const std::vector<std::int64_t> order{2, 0, 1, 0};
    const auto taken = rows_of(*take_rows(*batch, order));
    EXPECT_EQ(taken, json({all[2], all[0], all[1], all[0]}));
}

}  // namespace
}  // namespace pyesi::columns
