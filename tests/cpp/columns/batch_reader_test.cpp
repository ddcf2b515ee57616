#include "columns/batch_reader.h"

#include "columns/making.h"

#include <gtest/gtest.h>

namespace pyesi::columns {
namespace {

using namespace making;
using nlohmann::json;

std::shared_ptr<const TablePlan> numbers() {
    return shared(plan_of({column("a", Kind::Int64), column("b", Kind::Double, true)}));
}

json rows_read(const std::shared_ptr<const TablePlan>& plan, std::string_view text) {
    const auto batch = read(plan, text);
    if (!batch) return batch.failure().message;
    return rows_of(**batch);
}

std::string why_not(const std::shared_ptr<const TablePlan>& plan,
                    std::string_view text) {
    const auto batch = read(plan, text);
    if (batch) return "it was read";
    EXPECT_EQ(batch.failure().kind, base::ErrorKind::DecodeFailed);
    EXPECT_EQ(batch.failure().route, "/things");
    return batch.failure().message;
}

TEST(BatchReader, EachKindOfColumnHoldsWhatTheDocumentSays) {
    auto item = column("item", Kind::Int64, true);
    auto inner = parent("inner", Kind::Struct, {column("x", Kind::Int64, true)}, true);
    const auto plan = shared(plan_of({column("i", Kind::Int64),
                                      column("d", Kind::Double),
                                      column("b", Kind::Bool),
                                      column("s", Kind::String),
                                      dictionary("e", {"known"}),
                                      column("t", Kind::Timestamp),
                                      column("y", Kind::Date),
                                      inner,
                                      parent("l", Kind::List, {item}, true),
                                      keyed("k", column("value", Kind::Int64)),
                                      column("j", Kind::Json, true)}));
    EXPECT_EQ(
        rows_read(plan,
                  R"([{"i":9223372036854775807,"d":1e3,"b":true,"s":"ü\n\ud83d\ude80",
                "e":"new","t":"1970-01-01T00:00:01Z","y":"1970-01-02","inner":{"x":5},
                "l":[1,null,3],"k":{"p":1,"q":2},"j":{"any":[1,"]"]} } ])"),
        json::parse(R"([{"i":9223372036854775807,"d":1000.0,"b":true,
                "s":"ü\n🚀","e":"new","t":1000,"y":1,"inner":{"x":5},"l":[1,null,3],
                "k":{"p":1,"q":2},"j":{"any":[1,"]"]}}])"));
}

TEST(BatchReader, WhatIsOptionalAndAbsentIsNull) {
    EXPECT_EQ(rows_read(numbers(), R"([{"a":1},{"b":null,"a":2},{"a":3,"b":4}])"),
              json::parse(R"([{"a":1,"b":null},{"a":2,"b":null},{"a":3,"b":4.0}])"));
}

TEST(BatchReader, RowsThatAreNotPlainStandAfterThoseThatWere) {
    const auto three = json::parse(R"([{"a":1},{"a":2},{"a":3}])");
    const auto plan = shared(plan_of({column("a", Kind::Int64)}));
    for (const auto* const last : {R"({"a":3}])",
                                   R"( {"a":3}])",
                                   R"({ "a":3}])",
                                   R"({"a":3} ])",
                                   R"({"\u0061":3}])",
                                   R"({"a":1,"a":3}])",
                                   R"({"a":3,"new":{"a":[4]}}])",
                                   "{\"a\":3}]\n"}) {
        EXPECT_EQ(rows_read(plan, R"([{"a":1},{"a":2},)" + std::string{last}), three)
            << last;
    }
    EXPECT_EQ(why_not(plan, R"([{"a":1},{"a":2},{"a":"3"}])"),
              "/things, page 1, row 2, field a: expected an integer of 64 bits, got "
              "another string");
    for (const auto* const text : {R"([{"a":1},{"a":2},])",
                                   R"([{"a":1},{"a":2})",
                                   R"([{"a":1}{"a":2}])",
                                   R"([{"a":1},{"a":2}]])",
                                   R"([{"a":1},{"a":2}}])",
                                   R"([{"a":1},{"a":2}],)"}) {
        EXPECT_NE(why_not(plan, text), "it was read") << text;
    }
}

TEST(BatchReader, ATextThatIsNoJsonIsNotReadHoweverPlainItsRowsAre) {
    using namespace std::string_literals;
    const auto plan =
        shared(plan_of({column("s", Kind::String), column("a", Kind::Int64, true)}));
    EXPECT_EQ(rows_read(plan, R"([{"s":"x"},{"s":"y","b":"z"}])"),
              json::parse(R"([{"s":"x","a":null},{"s":"y","a":null}])"));
    for (const auto& text : {"[{\"s\":\"x\ny\"}]"s,             // a control character
                             "[{\"s\":\"x\0y\"}]"s,             // NUL as well
                             "[{\"s\":\"x\",\"b\":\"\ty\"}]"s,  // where it is unknown
                             "[{\"s\":\"x\",\"b\n\":1}]"s,      // or in the name
                             "[{\"s\":\"x\xff\"}]"s,            // no UTF-8
                             R"([{"s":"x"},{"s":"y)"s,          // without an end
                             R"([{"s":"x"},{"s)"s}) {
        EXPECT_NE(why_not(plan, text), "it was read") << text;
    }
}

TEST(BatchReader, WhatIsRequiredAndAbsentOrNullIsNamed) {
    EXPECT_EQ(why_not(numbers(), R"([{"a":1},{"b":2}])"),
              "/things, page 1, row 1, field a: expected an integer of 64 bits, got "
              "nothing");
    EXPECT_EQ(why_not(numbers(), R"([{"a":null}])"),
              "/things, page 1, row 0, field a: expected an integer of 64 bits, got "
              "null");
}

TEST(BatchReader, AMisfitIsNamedByPageRowAndField) {
    auto inner = parent("in", Kind::Struct, {column("x", Kind::Bool, true)}, true);
    const auto plan = shared(plan_of({parent("l", Kind::List, {inner}, true)}));
    const std::vector documents{Document{
        .json = base::Bytes{std::string_view{R"([{"l":[{"x":true},{"x":5}]}])"}},
        .page = 3}};
    const auto batch = read_batch(plan, documents);
    ASSERT_FALSE(batch);
    EXPECT_EQ(
        batch.failure().message,
        "/things, page 3, row 0, field l[].x: expected true or false, got another "
        "number");
}

TEST(BatchReader, AMisfitIsNullAndCountedWhereThatIsAskedFor) {
    auto lax = plan_of({column("a", Kind::Int64), column("b", Kind::Double, true)});
    lax.misfits_to_null = true;
    const auto batch = read(shared(lax), R"([{"a":"x","b":1},{"b":[1]},{"a":1.5}])");
    ASSERT_TRUE(batch);
    EXPECT_EQ((*batch)->counts.misfits, 4U);
    EXPECT_EQ(rows_of(**batch), json::parse(R"([{"a":null,"b":1.0},{"a":null,"b":null},
                              {"a":null,"b":null}])"));
}

TEST(BatchReader, TheLastOfEqualNamesHolds) {
    EXPECT_EQ(rows_read(numbers(), R"([{"a":1,"b":2,"a":3,"b":null},{"a":5,"a":6}])"),
              json::parse(R"([{"a":3,"b":null},{"a":6,"b":null}])"));
}

TEST(BatchReader, TheLastOfEqualKeysHolds) {
    const auto plan = shared(plan_of({keyed("k", column("value", Kind::Int64))}));
    EXPECT_EQ(rows_read(plan, R"([{"k":{"p":1,"q":2,"p":3}},{"k":{}},{}])"),
              json::parse(R"([{"k":{"p":3,"q":2}},{"k":{}},{"k":null}])"));
}

TEST(BatchReader, ANameMayBeWrittenWithEscapes) {
    EXPECT_EQ(rows_read(numbers(), R"([{"\u0061":1,"b":2}])"),
              json::parse(R"([{"a":1,"b":2.0}])"));
}

TEST(BatchReader, UnknownFieldsAreToldOnceEach) {
    auto inner = parent("in", Kind::Struct, {column("x", Kind::Int64, true)}, true);
    const auto plan = shared(plan_of({column("a", Kind::Int64), inner}));
    const auto batch = read(
        plan, R"([{"a":1,"new":[{}]},{"a":2,"new":1,"in":{"y":{},"x":1},"more":"z"}])");
    ASSERT_TRUE(batch) << batch.failure().message;
    const std::set<std::string> expected{"in.y", "more", "new"};
    EXPECT_EQ((*batch)->counts.unknown_fields, expected);
}

TEST(BatchReader, ANameMayBeEmpty) {
    const auto plan = shared(plan_of({column("a", Kind::Int64)}));
    const auto batch = read(plan, R"([{"a":1,"":2},{"":3,"a":4}])");
    ASSERT_TRUE(batch) << batch.failure().message;
    EXPECT_EQ(rows_of(**batch), json::parse(R"([{"a":1},{"a":4}])"));
    EXPECT_EQ((*batch)->counts.unknown_fields, std::set<std::string>{""});
}

TEST(BatchReader, WhatIsSkippedIsJsonAllTheSame) {
    const auto plan =
        shared(plan_of({column("a", Kind::Int64), column("s", Kind::Skipped)}));
    EXPECT_EQ(rows_read(plan, R"([{"a":1,"s":[{"x":"\u00e9"},1e400,null,-0.5E-3]}])"),
              json::parse(R"([{"a":1}])"));
    for (const auto* bad : {"tru",
                            "01",
                            "1.",
                            "+1",
                            "-",
                            "nul",
                            R"("\x")",
                            R"("\ud800")",
                            "[1,]",
                            "{\"x\"}",
                            "{\"x\":1,}",
                            "[1 2]",
                            "{1:2}",
                            "'x'",
                            R"({"\ud800":1})",
                            "[[[",
                            "NaN",
                            "1e",
                            "\"\x01\""}) {
        const auto row = std::string{R"([{"a":1,"s":)"} + bad + "}]";
        EXPECT_NE(why_not(plan, row), "it was read") << bad;
        const auto unknown = std::string{R"([{"a":1,"z":)"} + bad + "}]";
        EXPECT_NE(why_not(plan, unknown), "it was read") << bad;
    }
}

TEST(BatchReader, WhatFollowsTheDocumentMakesItNone) {
    for (const auto* bad : {"[] []",
                            "[]x",
                            "[{\"a\":1}]]",
                            "{}",
                            "5",
                            "\"x\"",
                            "  ",
                            "[{\"a\":1}",
                            "[1]",
                            "[null]",
                            "\xff",
                            "[{\"a\":1}],"}) {
        EXPECT_NE(why_not(numbers(), bad), "it was read") << bad;
    }
    EXPECT_EQ(rows_read(numbers(), " [ ] \n"), json::array());
}

TEST(BatchReader, ADocumentWithoutABodyHasNoRows) {
    EXPECT_EQ(rows_read(numbers(), ""), json::array());
}

TEST(BatchReader, NestingWithoutEndIsRefused) {
    const auto deep = R"([{"a":1,"z":)" + std::string(100'000, '[') +
                      std::string(100'000, ']') + "}]";
    EXPECT_NE(why_not(numbers(), deep), "it was read");
}

TEST(BatchReader, BareRowsAreOneColumn) {
    auto plan = plan_of({column("value", Kind::Int64)});
    plan.bare = true;
    EXPECT_EQ(rows_read(shared(plan), "[1,22222222222222222,3]"),
              json::parse(R"([{"value":1},{"value":22222222222222222},{"value":3}])"));
    plan.many = false;
    EXPECT_EQ(rows_read(shared(plan), " 7 "), json::parse(R"([{"value":7}])"));
    EXPECT_NE(why_not(shared(plan), "1,2"), "it was read");
    EXPECT_NE(why_not(shared(plan), "[1]"), "it was read");
}

TEST(BatchReader, ADocumentThatMayBeAnythingIsOneCell) {
    auto plan = plan_of({column("value", Kind::Json, true)});
    plan.bare = true;
    plan.many = false;
    const auto cell = shared(plan);
    EXPECT_EQ(rows_read(cell, " [] "), json::parse(R"([{"value":[]}])"));
    EXPECT_EQ(rows_read(cell, R"({"a":[1]})"), json::parse(R"([{"value":{"a":[1]}}])"));
    EXPECT_EQ(rows_read(cell, "\"x\""), json::parse(R"([{"value":"x"}])"));
    EXPECT_NE(why_not(cell, "[tru]"), "it was read");
}

TEST(BatchReader, AnObjectIsOneRow) {
    auto plan = plan_of({column("a", Kind::Int64)});
    plan.many = false;
    EXPECT_EQ(rows_read(shared(plan), R"({"a":1})"), json::parse(R"([{"a":1}])"));
    EXPECT_NE(why_not(shared(plan), R"([{"a":1}])"), "it was read");
    EXPECT_NE(why_not(shared(plan), R"({"a":1}{"a":2})"), "it was read");
}

TEST(BatchReader, RowsMayLieInAFieldOfTheDocument) {
    auto plan = plan_of({column("a", Kind::Int64)});
    plan.rows_field = "rows";
    const auto rows = shared(plan);
    EXPECT_EQ(rows_read(rows, R"({"cursor":{"b":[1]},"rows":[{"a":1},{"a":2}]})"),
              json::parse(R"([{"a":1},{"a":2}])"));
    EXPECT_EQ(rows_read(rows, R"({"rows":[{"a":1},{"a":2}],"rows":[{"a":3}]})"),
              json::parse(R"([{"a":3}])"));
    for (const auto* bad : {"{}", "[]", R"({"rows":{}})", R"({"rows":[],"x":tru})"}) {
        EXPECT_NE(why_not(rows, bad), "it was read") << bad;
    }
}

TEST(BatchReader, GivenColumnsHaveOneValueForEachDocument) {
    auto plan = plan_of({column("a", Kind::Int64)});
    plan.given = {{column("region", Kind::Int64, true), GivenFrom::Caller},
                  {column("page", Kind::Int64), GivenFrom::Page},
                  {column("made", Kind::Timestamp, true), GivenFrom::LastModified}};
    const std::vector documents{
        Document{.json = base::Bytes{std::string_view{R"([{"a":1},{"a":2}])"}},
                 .page = 1,
                 .last_modified = base::WallTime{std::chrono::seconds{5}},
                 .given = {std::int64_t{10}}},
        Document{.json = base::Bytes{std::string_view{R"([{"a":3}])"}},
                 .page = 2,
                 .given = {std::monostate{}}}};
    const auto batch = read_batch(shared(plan), documents);
    ASSERT_TRUE(batch);
    EXPECT_EQ(rows_of(**batch),
              json::parse(R"([{"a":1,"region":10,"page":1,"made":5000},
                              {"a":2,"region":10,"page":1,"made":5000},
                              {"a":3,"region":null,"page":2,"made":null}])"));
}

TEST(BatchReader, ADictionaryGrowsByWhatItDidNotKnow) {
    const auto plan = shared(plan_of({dictionary("e", {"x", "y"})}));
    const auto batch = read(plan, R"([{"e":"y"},{"e":"z"},{"e":"y"},{"e":"w"}])");
    ASSERT_TRUE(batch);
    const auto& known = *plan->columns[0].dictionary;
    EXPECT_EQ(known.known(), 2U);
    EXPECT_EQ(known.values(), (std::vector<std::string>{"x", "y", "z", "w"}));
}

}  // namespace
}  // namespace pyesi::columns
