#include "columns/flat_rows.h"

#include "columns/batch_builder.h"
#include "columns/making.h"
#include "columns/number_text.h"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pyesi::columns {
namespace {

using namespace making;
using namespace std::string_literals;
using nlohmann::json;

/// Rows of one plan, one after the other, as they stand in a document.
class Reading {
public:
    explicit Reading(const std::shared_ptr<const TablePlan>& plan)
        : builder_{plan},
          row_{make_row_reader(*plan, builder_.columns())},
          flat_{row_, plan->bare} {}

    /// Whether the row is read straight through, to its end and no further.
    bool reads(const std::string& row) {
        const base::Bytes text{row + ","};
        const auto* const end = flat_.try_read(text.data());
        return end == text.data() + row.size();
    }

    /// Whether what may be no row is left to others.
    bool leaves(const std::string& text) {
        const base::Bytes alone{text};
        return flat_.try_read(alone.data()) == nullptr;
    }

private:
    BatchBuilder builder_;
    ObjectReader row_;
    FlatRows flat_;
};

std::shared_ptr<const TablePlan> numbers(const std::vector<std::string>& names) {
    TablePlan plan{.route = "/things"};
    for (const auto& name : names) {
        plan.columns.push_back(column(name, Kind::Int64, true));
    }
    return shared(std::move(plan));
}

/// One column of each kind that is read straight through.
std::shared_ptr<const TablePlan> each_kind() {
    return shared(plan_of({column("i", Kind::Int64),
                           column("d", Kind::Double),
                           column("b", Kind::Bool),
                           column("s", Kind::String),
                           dictionary("e", {"known"}),
                           column("t", Kind::Timestamp),
                           column("y", Kind::Date),
                           column("k", Kind::Skipped)}));
}

using Fields = std::vector<std::pair<std::string, std::string>>;

Fields usual_fields() {
    return {{"i", "12"},
            {"d", "1.5"},
            {"b", "true"},
            {"s", R"("x")"},
            {"e", R"("known")"},
            {"t", R"("2026-11-29T23:59:59Z")"},
            {"y", R"("2026-11-29")"},
            {"k", "7"}};
}

std::string object(const Fields& fields) {
    std::string made = "{";
    for (const auto& [name, value] : fields) {
        made += made.size() > 1 ? ",\"" : "\"";
        made += name;
        made += "\":";
        made += value;
    }
    return made + '}';
}

json said(const std::shared_ptr<const TablePlan>& plan, const std::string& text) {
    const auto batch = read(plan, text);
    if (!batch) return batch.failure().message;
    return rows_of(**batch);
}

bool is_refused(const std::shared_ptr<const TablePlan>& plan, const std::string& text) {
    return !read(plan, text).ok();
}

TEST(FlatRows, FieldsAreFollowedWhereverTheyStand) {
    const auto plan = numbers({"a", "b", "c", "d"});
    const std::vector<std::string> rows{R"({"a":1,"b":2,"c":3,"d":4})",
                                        R"({"a":1,"b":2,"c":3,"d":5})",
                                        R"({"a":1,"c":3,"b":2,"d":6})",
                                        R"({"d":7,"c":3,"b":2,"a":1})",
                                        R"({"a":1,"b":2,"d":8})",
                                        R"({"b":2,"d":9})",
                                        R"({"a":1,"x":5,"b":2,"c":3,"d":10})",
                                        R"({"x":5,"a":1,"b":2,"c":3,"d":11})",
                                        R"({"a":1,"b":2,"c":3,"d":12,"x":5})",
                                        R"({"c":3})",
                                        R"({"x":5})",
                                        R"({"a":1,"b":2,"c":3,"d":13})"};
    Reading reading{plan};
    auto expected = json::array();
    std::string text = "[";
    for (const auto& row : rows) {
        EXPECT_TRUE(reading.reads(row)) << row;
        text += (text.size() > 1 ? "," : "") + row;
        auto values = json::object();
        for (const auto* name : {"a", "b", "c", "d"}) {
            values[name] = json::parse(row).value(name, json{});
        }
        expected.push_back(std::move(values));
    }
    EXPECT_EQ(said(plan, text + "]"), expected);
}

TEST(FlatRows, AFieldThatStandsTwiceIsLeftToOthersWhateverWasExpected) {
    // After the last field of a row the first is expected, and here it comes.
    for (const auto* row : {R"({"a":1,"b":2,"a":3})",
                            R"({"a":1,"a":2,"b":3})",
                            R"({"a":1,"b":2,"b":3})",
                            R"({"b":1,"a":2,"b":3,"a":4})",
                            R"({"a":1,"x":2,"a":3})"}) {
        const auto plan = numbers({"a", "b"});
        Reading reading{plan};
        EXPECT_TRUE(reading.leaves(row)) << row;
        EXPECT_TRUE(reading.reads(R"({"a":1,"b":2})"));
        EXPECT_TRUE(reading.leaves(row)) << row;
        const auto last = json::parse(row);
        const auto expected = json::array(
            {{{"a", last.value("a", json{})}, {"b", last.value("b", json{})}}});
        EXPECT_EQ(said(plan, "["s + row + "]"), expected) << row;
    }
}

TEST(FlatRows, ANameThatBeginsAnotherIsNotTheOther) {
    const auto plan =
        numbers({"v", "volume", "volume_r", "volume_remain", "volume_remains"});
    const std::string text =
        R"([{"volume":1,"volume_remain":2,"v":3},)"
        R"({"volume_remain":4,"volume":5,"volume_remains":6},)"
        R"({"volume_r":7,"volume_re":8,"volume_remains":9,"v":10},)"
        R"({"volume":11,"volume_remain":12,"v":13}])";
    auto expected = json::parse(text);
    for (auto& row : expected) {
        for (const auto& type : plan->columns) row.emplace(type.name, nullptr);
        row.erase("volume_re");
    }
    EXPECT_EQ(said(plan, text), expected);
}

TEST(FlatRows, NamesOfAnyLengthAreFoundAndNoneIsTakenForUnknown) {
    for (std::size_t length = 1; length < 48; ++length) {
        const std::string name(length, 'n');
        const auto plan = numbers({"a", name, "z"});
        const auto row = R"({"a":1,")" + name + R"(":2,"z":3})";
        const auto turned = R"({"z":3,"a":1,")" + name + R"(":2})";
        auto text = "[" + row;
        for (const auto& next : {turned, row, turned}) text += "," + next;
        const auto batch = read(plan, text + "]");
        ASSERT_TRUE(batch) << name;
        EXPECT_EQ(rows_of(**batch), json::parse(text + "]")) << name;
        EXPECT_TRUE((*batch)->counts.unknown_fields.empty()) << name;
        EXPECT_EQ(Reading{plan}.reads(row), length <= 28) << length;
    }
}

TEST(FlatRows, AFieldThatIsFoundNowhereIsNotFoundAfterTheTextEither) {
    for (const auto& name : {"a\"b"s, "a\nb"s, std::string(40, 'n')}) {
        const auto plan = numbers({"a", name});
        EXPECT_TRUE(Reading{plan}.leaves(R"({"a":1)")) << name;
        EXPECT_TRUE(is_refused(plan, R"([{"a":1)")) << name;
        const auto value = "{\"a\":1}\0:2}"s;
        EXPECT_TRUE(is_refused(plan, "[" + value + "]")) << name;
        const auto row = json{{"a", 1}, {name, 2}};
        EXPECT_EQ(said(plan, json::array({row, row}).dump()), json::array({row, row}));
    }
}

TEST(FlatRows, AValueEndsBeforeACommaOrTheBraceAndNowhereElse) {
    const auto plan = each_kind();
    const auto fields = usual_fields();
    Reading reading{plan};
    ASSERT_TRUE(reading.reads(object(fields)));
    for (std::size_t place = 0; place < fields.size(); ++place) {
        for (const auto* after :
             {"x", "0x", "\"", " ", ".", ":1", "]", ",", "}", "-"}) {
            auto spoilt = fields;
            spoilt[place].second += after;
            const auto row = object(spoilt);
            // A brace ends the row there, and what follows is for the caller to judge.
            EXPECT_FALSE(reading.reads(row)) << row;
            if (after == " "s) continue;
            EXPECT_TRUE(is_refused(plan, "[" + object(fields) + "," + row + "]"))
                << row;
        }
    }
}

TEST(FlatRows, AValueOfAnotherKindIsLeftToOthers) {
    const auto fields = usual_fields();
    constexpr std::array kOthers{"null",
                                 "{}",
                                 "[1]",
                                 R"("\u0061")",
                                 "tru",
                                 "01",
                                 "-",
                                 "1e5",
                                 "",
                                 "1.",
                                 "\"x\n",
                                 "falsey",
                                 "-01.5",
                                 "00",
                                 "\"x",
                                 "truefalse",
                                 "99999999999999999x"};
    Reading reading{each_kind()};
    for (std::size_t place = 0; place < fields.size(); ++place) {
        for (const auto* other : kOthers) {
            auto spoilt = fields;
            spoilt[place].second = other;
            EXPECT_TRUE(reading.leaves(object(spoilt))) << object(spoilt);
        }
        EXPECT_TRUE(reading.reads(object(fields)));
    }
}

TEST(FlatRows, NoCutOfARowIsARow) {
    const auto plan = each_kind();
    Reading reading{plan};
    for (int turn = 0; turn < 2; ++turn) {  // before and after the order was seen
        const auto row = object(usual_fields());
        for (std::size_t length = 1; length < row.size(); ++length) {
            EXPECT_TRUE(reading.leaves(row.substr(0, length))) << length;
        }
        EXPECT_TRUE(reading.reads(row));
    }
}

TEST(FlatRows, NumbersAreWhatTheyAreAtEveryLength) {
    const auto plan = shared(plan_of({column("i", Kind::Int64),
                                      column("d", Kind::Double),
                                      column("k", Kind::Skipped)}));
    auto text = "["s;
    const auto digits = "987654321012345678"s;
    for (std::size_t length = 1; length <= digits.size(); ++length) {
        for (const auto& whole :
             {digits.substr(0, length), "-" + digits.substr(0, length)}) {
            for (std::size_t decimals = 0; decimals < 18; ++decimals) {
                auto number = whole;
                if (decimals > 0) number += "." + digits.substr(0, decimals);
                text += text.size() > 1 ? "," : "";
                text += object({{"i", whole}, {"d", number}, {"k", number}});
            }
        }
    }
    auto expected = json::parse(text + "]");
    for (auto& row : expected) {
        row.erase("k");
        row["d"] = row["d"].get<double>();
    }
    EXPECT_EQ(said(plan, text + "]"), expected);
}

TEST(FlatRows, WordsAreToldApartWhateverWasLastMet) {
    // Some share the eight letters by which they are looked for first.
    const std::vector<std::string> words{"region",
                                         "station",
                                         "solarsystem",
                                         "solarsys",
                                         "1",
                                         "5",
                                         "40",
                                         "",
                                         "contract_price",
                                         "contract_reward",
                                         "contract",
                                         "r\u00e9gion"};
    const auto plan = shared(plan_of({dictionary("e", {"region"})}));
    auto rows = json::array();
    for (std::size_t turn = 0; turn < 400; ++turn) {
        rows.push_back({{"e", words[turn * turn % 61 % words.size()]}});
    }
    EXPECT_EQ(said(plan, rows.dump()), rows);
    EXPECT_EQ(said(plan, rows.dump()), rows);
}

TEST(FlatRows, MoreWordsThanAreKeptAreWordsAllTheSame) {
    const auto plan = shared(plan_of({dictionary("e", {})}));
    auto rows = json::array();
    for (int turn = 0; turn < 500; ++turn) {
        rows.push_back({{"e", "word " + std::to_string(turn % 130)}});
    }
    EXPECT_EQ(said(plan, rows.dump()), rows);
}

TEST(FlatRows, OnlyUtf8IsText) {
    const std::array valid{"\u00fc"s, "\U0001f680"s, "many letters \u00fc and more"s};
    const std::array none{"\xff"s,
                          "\xc3"s,
                          "\x80"s,
                          "\xed\xa0\x80"s,
                          "\xc0\xaf"s,
                          "twelve letters\xf0\x9f\x9a"s,
                          "\xc3\xbc\xff"s,
                          "a letter\xc3"s};
    const auto plan = shared(plan_of({column("s", Kind::String, true),
                                      dictionary("e", {}),
                                      column("k", Kind::Skipped)}));
    for (const auto* field : {"s", "e", "k", "new"}) {
        for (const auto& text : valid) {
            Reading reading{plan};
            EXPECT_TRUE(reading.reads(object({{field, '"' + text + '"'}}))) << text;
        }
        for (const auto& text : none) {
            Reading reading{plan};
            const auto row = object({{field, '"' + text + '"'}});
            EXPECT_TRUE(reading.leaves(row)) << row;
            EXPECT_TRUE(is_refused(plan, R"([{"s":"x"},)" + row + "]")) << row;
        }
    }
    for (const auto& text : none) {
        EXPECT_TRUE(Reading{plan}.leaves(object({{text, "1"}}))) << text;
    }
    const auto words = plan->columns[1].dictionary->values();
    EXPECT_EQ(words, (std::vector<std::string>{valid[0], valid[1], valid[2]}));
}

TEST(FlatRows, WhereThereIsNoValueStandsNothingOfARowBefore) {
    auto plan = plan_of({column("i", Kind::Int64, true),
                         column("d", Kind::Double, true),
                         column("b", Kind::Bool, true),
                         dictionary("e", {"zero", "one"}),
                         column("t", Kind::Timestamp, true),
                         column("y", Kind::Date, true),
                         column("s", Kind::String, true)});
    const auto same = shared(std::move(plan));
    const auto full = R"({"i":7,"d":7.5,"b":true,"e":"one",)"
                      R"("t":"2026-11-29T23:59:59Z","y":"2026-11-29","s":"x"})"s;
    ASSERT_TRUE(read(same, "[" + full + "," + full + "]"));
    const auto batch = read(same, R"([{"i":1},{"d":1}])");
    ASSERT_TRUE(batch);
    const auto& columns = (*batch)->columns;
    EXPECT_EQ(columns[0].values_as<std::int64_t>()[1], 0);
    EXPECT_EQ(columns[1].values_as<std::int64_t>()[0], 0);
    EXPECT_FALSE(columns[2].bit_at(0));
    EXPECT_EQ(columns[3].values_as<std::int32_t>()[0], 0);
    EXPECT_EQ(columns[4].values_as<std::int64_t>()[1], 0);
    EXPECT_EQ(columns[5].values_as<std::int32_t>()[1], 0);
    EXPECT_EQ(columns[6].offsets[2], 0);
}

TEST(FlatRows, ABareValueHasNoFieldsAfterIt) {
    auto plan = plan_of({column("value", Kind::Int64)});
    plan.bare = true;
    const auto bare = shared(std::move(plan));
    EXPECT_TRUE(Reading{bare}.reads("5"));
    EXPECT_TRUE(is_refused(bare, R"([5,"value":6])"));
    EXPECT_TRUE(is_refused(bare, R"([5,"value":6,7])"));
}

TEST(FlatRows, APageOfOneRowIsFollowedByLongOnesAndTheOtherWayRound) {
    const auto plan = numbers({"a"});
    for (const int count : {1, 2, 3, 500, 1, 7, 2'000, 1, 3}) {
        auto rows = json::array();
        for (int row = 0; row < count; ++row) rows.push_back({{"a", row * 1'000'003L}});
        EXPECT_EQ(said(plan, rows.dump()), rows) << count;
    }
}

}  // namespace
}  // namespace pyesi::columns
