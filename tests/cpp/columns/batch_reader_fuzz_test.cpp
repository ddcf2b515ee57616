// Documents that were drawn, changed and cut: whatever is read is JSON and says what
// the document says, whichever way it was read.

#include "columns/making.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <string_view>

namespace pyesi::columns {
namespace {

using namespace making;
using nlohmann::json;

/// Draws documents of one plan, and spoils them. The same seed draws the same.
class Draw {
public:
    explicit Draw(unsigned seed) : random_{seed} {}

    std::size_t below(std::size_t count) { return random_() % count; }

    std::string integer() {
        constexpr std::array<std::int64_t, 4> kBounds{1, 10, 1'000, 99'999'999'999};
        const auto value = static_cast<std::int64_t>(random_()) % kBounds[below(4)];
        return std::to_string(value);
    }

    std::string number() {
        constexpr std::array<const char*, 6> kEnds{
            "", ".5", ".125", "e2", ".10E-3", ".0"};
        return integer() + kEnds[below(6)];
    }

    std::string text() {
        constexpr std::array<const char*, 10> kParts{"a",
                                                     "bcd",
                                                     "\\n",
                                                     "\\u00e9",
                                                     "\\\\",
                                                     "\\\"",
                                                     "ü",
                                                     "\\ud83d\\ude80",
                                                     " ",
                                                     "of many letters"};
        std::string made = "\"";
        for (auto left = below(6); left > 0; --left) made += kParts[below(10)];
        return made + '"';
    }

    /// Of few values, in more ways to write them than one.
    std::string word() {
        constexpr std::array<const char*, 7> kWords{
            R"("known")",
            R"("kno\u0077n")",
            R"("known\"")",
            R"("known\"known")",
            R"("a\\")",
            R"("of the sixteen..")",
            R"("of more letters than are ever compared at once")"};
        return kWords[below(7)];
    }

    std::string instant() {
        constexpr std::array<const char*, 6> kMinutes{"2026-08-18T11:05",
                                                      "2024-02-29T23:59",
                                                      "2000-01-01T00:00",
                                                      "2099-12-31T23:59",
                                                      "2100-01-01T00:00",
                                                      "1999-12-31T23:59"};
        return "\"" + std::string{kMinutes[below(6)]} + ":0" + digit() + "Z\"";
    }

    std::string value_of(const ColumnType& type) {
        switch (type.kind) {
            case Kind::Int64: return integer();
            case Kind::Double: return number();
            case Kind::Bool: return below(2) == 0 ? "true" : "false";
            case Kind::Timestamp: return instant();
            case Kind::Date: return "\"2026-08-1" + digit() + "\"";
            case Kind::Dictionary:
                return below(2) == 0 ? word() : "\"" + integer() + "\"";
            default: return text();
        }
    }

    std::string row(const TablePlan& plan) {
        std::vector<std::string> fields;
        for (const auto& type : plan.columns) {
            if (type.nullable && below(4) == 0) continue;
            const auto value = type.nullable && below(8) == 0 ? "null" : value_of(type);
            fields.push_back("\"" + type.name + "\":" + value);
        }
        if (below(3) == 0) std::ranges::shuffle(fields, random_);
        if (below(9) == 0) fields.emplace_back(R"("extra":[{"x":null},-0.5e-2])");
        std::string made = "{";
        for (const auto& field : fields) made += (made.size() > 1 ? "," : "") + field;
        return made + '}';
    }

    std::string rows(const TablePlan& plan) {
        std::string made = "[";
        for (auto left = below(6); left > 0; --left) {
            made += made.size() > 1 ? "," : "";
            made += plan.bare ? value_of(plan.columns.front()) : row(plan);
        }
        return made + ']';
    }

    void spoil(std::string& text) {
        if (text.empty()) return;
        constexpr std::string_view kSigns = "\"\\{}[]:,0-.eE+ntf\x01\x80\xff u";
        const auto place = below(text.size());
        const auto sign = kSigns[below(kSigns.size())];
        switch (below(5)) {
            case 0: text[place] = sign; break;
            case 1: text.erase(place, 1 + below(4)); break;
            case 2: text.insert(place, 1, sign); break;
            case 3: text.resize(place); break;
            default: text.insert(place, text.substr(below(text.size()), 8)); break;
        }
    }

private:
    std::string digit() { return std::to_string(below(10)); }

    std::mt19937_64 random_;
};

std::shared_ptr<const TablePlan> flat_plan() {
    return shared(plan_of({column("id", Kind::Int64),
                           column("price", Kind::Double, true),
                           column("is_buy_order", Kind::Bool, true),
                           column("name", Kind::String, true),
                           dictionary("range", {"known"}),
                           column("issued", Kind::Timestamp, true),
                           column("day", Kind::Date, true)}));
}

/// The document as nlohmann's reader, which goes another way, has it.
bool is_json(const std::string& text) {
    return json::accept(text);
}

void expect_both_ways_agree(const std::shared_ptr<const TablePlan>& plan,
                            const std::string& text) {
    const auto straight = read(plan, text);
    // Blanks between the tokens: no row is read straight through.
    const auto spaced = read(plan, json::parse(text).dump(1));
    ASSERT_TRUE(straight) << text << straight.failure().message;
    ASSERT_TRUE(spaced) << text << spaced.failure().message;
    ASSERT_EQ(rows_of(**straight), rows_of(**spaced)) << text;
}

TEST(BatchReaderFuzz, WhicheverWayARowIsReadItSaysTheSame) {
    Draw draw{1};
    for (int turn = 0; turn < 1'000; ++turn) {
        const auto plan = flat_plan();
        expect_both_ways_agree(plan, draw.rows(*plan));
    }
}

TEST(BatchReaderFuzz, EachFieldIsWhatTheDocumentSays) {
    Draw draw{2};
    for (int turn = 0; turn < 1'000; ++turn) {
        const auto plan = flat_plan();
        const auto text = draw.rows(*plan);
        const auto batch = read(plan, text);
        ASSERT_TRUE(batch) << text;
        const auto said = json::parse(text);
        const auto rows = rows_of(**batch);
        ASSERT_EQ(rows.size(), said.size()) << text;
        for (std::size_t row = 0; row < rows.size(); ++row) {
            for (const auto* name : {"id", "price", "is_buy_order", "name", "range"}) {
                ASSERT_EQ(rows[row][name], said[row].value(name, json{})) << text;
            }
        }
    }
}

TEST(BatchReaderFuzz, WhatIsReadIsJson) {
    Draw draw{3};
    int readable = 0;
    for (int turn = 0; turn < 10'000; ++turn) {
        const auto plan = flat_plan();
        auto text = draw.rows(*plan);
        for (auto left = 1 + draw.below(3); left > 0; --left) draw.spoil(text);
        const auto batch = read(plan, text);
        if (!batch) continue;
        ++readable;
        if (text.empty()) continue;
        ASSERT_TRUE(is_json(text)) << text;
        ASSERT_EQ((*batch)->rows, std::ssize(json::parse(text)));
    }
    EXPECT_GT(readable, 300);
}

/// A column of each kind, by itself.
std::vector<std::shared_ptr<const TablePlan>> bare_plans() {
    const auto all = flat_plan();
    std::vector<std::shared_ptr<const TablePlan>> plans;
    plans.reserve(all->columns.size());
    for (const auto& type : all->columns) {
        auto plan = plan_of({type});
        plan.bare = true;
        plans.push_back(shared(std::move(plan)));
    }
    return plans;
}

TEST(BatchReaderFuzz, WhicheverWayABareValueIsReadItSaysTheSame) {
    Draw draw{5};
    for (const auto& plan : bare_plans()) {
        for (int turn = 0; turn < 300; ++turn) {
            expect_both_ways_agree(plan, draw.rows(*plan));
        }
    }
}

TEST(BatchReaderFuzz, BareValuesThatAreReadAreJson) {
    Draw draw{6};
    int readable = 0;
    for (const auto& plan : bare_plans()) {
        for (int turn = 0; turn < 2'000; ++turn) {
            auto text = draw.rows(*plan);
            draw.spoil(text);
            const auto batch = read(plan, text);
            if (!batch || text.empty()) continue;
            ++readable;
            ASSERT_TRUE(is_json(text)) << text;
            ASSERT_EQ((*batch)->rows, std::ssize(json::parse(text))) << text;
        }
    }
    EXPECT_GT(readable, 300);
}

TEST(BatchReaderFuzz, DocumentsOfOneBatchSayWhatEachSaysAlone) {
    Draw draw{7};
    for (int turn = 0; turn < 500; ++turn) {
        const auto plan = flat_plan();
        std::vector<Document> documents;
        auto apart = json::array();
        for (auto left = 1 + draw.below(4); left > 0; --left) {
            const auto text = draw.rows(*plan);
            documents.push_back(document(text));
            const auto alone = read(plan, text);
            ASSERT_TRUE(alone) << text;
            for (auto& row : rows_of(**alone)) apart.push_back(std::move(row));
        }
        const auto together = read_batch(plan, documents);
        ASSERT_TRUE(together);
        ASSERT_EQ(rows_of(**together), apart);
    }
}

TEST(BatchReaderFuzz, ADocumentSaysTheSameWhateverWasReadBefore) {
    Draw draw{9};
    const auto plan = flat_plan();
    for (int turn = 0; turn < 2'000; ++turn) {
        auto text = draw.rows(*plan);
        if (draw.below(3) == 0) draw.spoil(text);
        const auto after_others = read(plan, text);
        const auto alone = read(flat_plan(), text);
        ASSERT_EQ(after_others.ok(), alone.ok()) << text;
        if (!alone) {
            ASSERT_EQ(after_others.failure().message, alone.failure().message);
            continue;
        }
        ASSERT_EQ(rows_of(**after_others), rows_of(**alone)) << text;
        ASSERT_EQ((*after_others)->counts.bytes, text.size());
        ASSERT_EQ((*after_others)->counts.unknown_fields,
                  (*alone)->counts.unknown_fields);
    }
}

TEST(BatchReaderFuzz, RowsOfAFieldAreThoseOfAnArray) {
    Draw draw{8};
    for (int turn = 0; turn < 500; ++turn) {
        auto plan = *flat_plan();
        const auto text = draw.rows(plan);
        const auto expected = read(shared(plan), text);
        plan.rows_field = "rows";
        const auto first = draw.rows(plan);
        // A name that stands twice: of its rows the last ones hold.
        auto in_field = R"({"rows":)" + first;
        in_field += R"(,"cursor":[1],"rows":)";
        in_field += text + "}";
        const auto batch = read(shared(plan), in_field);
        ASSERT_TRUE(batch) << in_field << batch.failure().message;
        ASSERT_EQ(rows_of(**batch), rows_of(**expected)) << in_field;
    }
}

TEST(BatchReaderFuzz, EveryCutOfADocumentIsAnError) {
    Draw draw{4};
    for (int turn = 0; turn < 60; ++turn) {
        const auto plan = flat_plan();
        const auto text = draw.rows(*plan);
        for (std::size_t length = 1; length < text.size(); ++length) {
            ASSERT_FALSE(read(plan, text.substr(0, length))) << text.substr(0, length);
        }
    }
}

}  // namespace
}  // namespace pyesi::columns
