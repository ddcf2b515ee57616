#include "http/headers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace pyesi::http {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

Headers made_of(const Fields& fields) {
    Headers headers;
    for (const auto& [name, value] : fields) headers.append(name, value);
    return headers;
}

Fields fields_of(const Headers& headers) {
    Fields fields;
    for (std::size_t i = 0; i < headers.size(); ++i) {
        const auto field = headers.at(i);
        fields.emplace_back(field.name, field.value);
    }
    return fields;
}

TEST(Headers, KeepsFieldsInOrderAndAsWritten) {
    const Fields fields{{"ETag", "\"a\""}, {"x-pages", "411"}, {"Vary", ""}};
    EXPECT_EQ(fields_of(made_of(fields)), fields);
}

TEST(Headers, FindsTheFirstOfANameWithoutCase) {
    const auto headers = made_of({{"A", "1"}, {"Date", "x"}, {"DATE", "y"}});
    EXPECT_EQ(headers.find("dAtE"), "x");
    EXPECT_EQ(headers.find("dat"), std::nullopt);
    EXPECT_EQ(headers.find("b"), std::nullopt);
}

TEST(Headers, FindsAnEmptyValueWhichIsNotAMissingOne) {
    const auto headers = made_of({{"X-Pages", ""}});
    EXPECT_NE(headers.find("x-pages"), std::nullopt);
    EXPECT_EQ(headers.find("x-pages"), "");
}

TEST(Headers, JoinsAllValuesOfAName) {
    const auto headers =
        made_of({{"Vary", "Accept"}, {"A", "1"}, {"vary", ""}, {"VARY", "Origin"}});
    EXPECT_EQ(headers.joined("vary"), "Accept, , Origin");
    EXPECT_EQ(headers.joined("a"), "1");
    EXPECT_EQ(headers.joined("none"), "");
}

TEST(Headers, SetReplacesAllByOneInTheFirstsPlace) {
    auto headers =
        made_of({{"A", "1"}, {"ETag", "old"}, {"B", "2"}, {"etag", "older"}});
    headers.set("ETAG", "a much longer one than what was there before");
    EXPECT_EQ(fields_of(headers),
              (Fields{{"A", "1"},
                      {"ETag", "a much longer one than what was there before"},
                      {"B", "2"}}));
}

TEST(Headers, SetOfAMissingNameAppends) {
    auto headers = made_of({{"A", "1"}});
    headers.set("B", "2");
    EXPECT_EQ(fields_of(headers), (Fields{{"A", "1"}, {"B", "2"}}));
}

TEST(Headers, EraseTakesAllOfThatNameAndNoOther) {
    auto headers = made_of({{"A", "1"}, {"B", "2"}, {"a", "3"}, {"AA", "4"}});
    headers.erase("a");
    EXPECT_EQ(fields_of(headers), (Fields{{"B", "2"}, {"AA", "4"}}));
    headers.erase("none");
    EXPECT_EQ(headers.size(), 2U);
}

TEST(Headers, EraseIfTakesTheFieldsWhoseNameIsDropped) {
    auto headers = made_of({{"A", "1"}, {"Bee", "2"}, {"C", "3"}, {"Bee", "4"}});
    headers.erase_if([](std::string_view name) { return name.size() == 1; });
    EXPECT_EQ(fields_of(headers), (Fields{{"Bee", "2"}, {"Bee", "4"}}));
    EXPECT_FALSE(headers.find("a"));
    headers.append("D", "5");
    EXPECT_EQ(headers.find("d"), "5");
}

TEST(Headers, TakeViewsIntoThemselves) {
    Headers headers;
    headers.append("Name", "value");
    for (int i = 0; i < 200; ++i) {
        const auto first = headers.at(0);
        headers.append(first.name, first.value);
    }
    EXPECT_EQ(headers.at(200).value, "value");
    headers.append("Other", "a longer value");
    headers.set("name", headers.find("other").value_or(""));
    EXPECT_EQ(headers.find("name"), "a longer value");
    EXPECT_EQ(headers.size(), 2U);
}

TEST(Headers, AreEqualWhenNamesWithoutCaseAndValuesAre) {
    const auto headers = made_of({{"A", "x"}, {"B", "y"}});
    EXPECT_EQ(headers, made_of({{"a", "x"}, {"b", "y"}}));
    EXPECT_FALSE(headers == made_of({{"A", "X"}, {"B", "y"}}));
    EXPECT_FALSE(headers == made_of({{"B", "y"}, {"A", "x"}}));
    EXPECT_FALSE(headers == made_of({{"A", "x"}}));
}

TEST(Headers, SetOverAndOverDoesNotGrow) {
    auto headers = made_of({{"Date", "1"}, {"Expires", "2"}});
    headers.set("date", std::string(40, 'x'));
    const auto weight = headers.weight();
    for (int i = 0; i < 1000; ++i) headers.set("date", std::string(40, 'y'));
    EXPECT_LE(headers.weight(), weight + 40);
}

TEST(Headers, WeighWhatTheyHold) {
    auto headers = made_of({{"A", std::string(1000, 'x')}});
    EXPECT_GE(headers.weight(), 1001U);
    headers.reserve(100, 10'000);
    EXPECT_GE(headers.weight(), 10'000U);
    headers.shrink_to_fit();
    EXPECT_LT(headers.weight(), 1100U);
    EXPECT_EQ(headers.find("a"), std::string(1000, 'x'));
}

/// What Headers do, written to be read.
struct PlainList {
    Fields fields;

    void append(const std::string& name, const std::string& value) {
        fields.emplace_back(name, value);
    }

    void erase(const std::string& name) {
        std::erase_if(fields, [&](const auto& field) { return same(field, name); });
    }

    void set(const std::string& name, const std::string& value) {
        const auto first = std::ranges::find_if(
            fields, [&](const auto& field) { return same(field, name); });
        if (first == fields.end()) {
            append(name, value);
            return;
        }
        const auto place = first - fields.begin();
        const auto written = first->first;
        erase(name);
        fields.emplace(fields.begin() + place, written, value);
    }

    static bool same(const Fields::value_type& field, const std::string& name) {
        return equal_without_case(field.first, name);
    }
};

template <class Map>
void change(Map& map, unsigned which, const Fields::value_type& field) {
    switch (which) {
        case 0: map.set(field.first, field.second); break;
        case 1: map.erase(field.first); break;
        default: map.append(field.first, field.second);
    }
}

TEST(Headers, DoWhatAPlainListOfPairsDoes) {
    std::mt19937 random{7};
    const std::vector<std::string> names{"a", "A", "b", "etag", "ETag", "x-pages"};
    for (int round = 0; round < 200; ++round) {
        Headers headers;
        PlainList model;
        for (int step = 0; step < 30; ++step) {
            const std::string value(random() % 80, static_cast<char>('a' + step % 26));
            const Fields::value_type field{names[random() % names.size()], value};
            const auto which = static_cast<unsigned>(random() % 4);
            change(headers, which, field);
            change(model, which, field);
            ASSERT_EQ(fields_of(headers), model.fields);
        }
    }
}

TEST(FieldValue, MayHoldNoControlCharacterButATab) {
    for (int byte = 0; byte < 256; ++byte) {
        const std::string value(1, static_cast<char>(byte));
        const bool is_control = (byte < 0x20 && byte != '\t') || byte == 0x7F;
        EXPECT_EQ(is_field_value("a" + value + "b"), !is_control) << byte;
    }
    EXPECT_TRUE(is_field_value(""));
}

TEST(FieldName, IsAToken) {
    EXPECT_TRUE(is_field_name("X-Esi-Error-Limit-Remain"));
    EXPECT_TRUE(is_field_name("!#$%&'*+-.^_`|~09azAZ"));
    EXPECT_FALSE(is_field_name(""));
    const std::string separators = "\"(),/:;<=>?@[\\]{} \t\r\n\x7F\x80";
    for (const char separator : separators + std::string(1, '\0')) {
        EXPECT_FALSE(is_field_name(std::string{"a"} + separator)) << int{separator};
    }
}

TEST(EqualWithoutCase, FoldsAsciiLettersOnly) {
    EXPECT_TRUE(equal_without_case("AZaz09-", "azAZ09-"));
    EXPECT_FALSE(equal_without_case("a", "ab"));
    EXPECT_FALSE(equal_without_case("@", "`"));
    EXPECT_FALSE(equal_without_case("[", "{"));
    EXPECT_FALSE(equal_without_case("\xC4", "\xE4"));
}

TEST(WithoutBlanks, TakesBlanksAndTabsOffBothEnds) {
    EXPECT_EQ(without_blanks(" \t a b\t "), "a b");
    EXPECT_EQ(without_blanks(" \t"), "");
    EXPECT_EQ(without_blanks(""), "");
}

}  // namespace
}  // namespace pyesi::http
