#include "columns/number_text.h"

#include <gtest/gtest.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <random>
#include <string>

namespace pyesi::columns {
namespace {

/// The text with what follows a number, and bytes that may be read after it.
std::string in_place(const std::string& text, char next = ',') {
    return text + next + std::string(kNumberRoom, '7');
}

TEST(NumberText, AnIntegerIsReadAsTheStandardLibraryReadsIt) {
    std::mt19937_64 random{1};
    for (int turn = 0; turn < 200'000; ++turn) {
        const auto digits = 1 + random() % 15;
        auto text = std::to_string(random() % 9 + 1);
        while (text.size() < digits) text += static_cast<char>('0' + random() % 10);
        if (random() % 3 == 0) text.insert(0, "-");
        const auto there = in_place(text, ",}] \t\r\n"[random() % 7]);
        std::int64_t value = 0;
        const auto* const end = try_read_int64(there.data(), value);
        ASSERT_EQ(end, there.data() + text.size()) << text;
        ASSERT_EQ(value, std::strtoll(text.c_str(), nullptr, 10)) << text;
    }
}

TEST(NumberText, WhatIsNoShortIntegerIsLeftAlone) {
    for (const auto* text : {"",
                             "-",
                             "01",
                             "-01",
                             "1.5",
                             "1e3",
                             "+1",
                             " 1",
                             "a",
                             "0x1",
                             "1234567890123456",
                             "--1",
                             "1a",
                             "null",
                             "\"1\"",
                             "00"}) {
        std::int64_t value = 42;
        EXPECT_EQ(try_read_int64(in_place(text).data(), value), nullptr) << text;
        EXPECT_EQ(value, 42) << text;
    }
}

TEST(NumberText, EveryDigitAndNoOtherByteIsADigit) {
    for (int byte = 0; byte < 256; ++byte) {
        const auto sign = static_cast<char>(byte);
        for (int place = 0; place < 8; ++place) {
            auto text = std::string(8, '1') + ",";
            text[static_cast<std::size_t>(place)] = sign;
            const auto count = read_digits(in_place(text).data()).count;
            const bool digit = sign >= '0' && sign <= '9';
            ASSERT_EQ(count, static_cast<std::size_t>(digit ? 8 : place)) << byte;
        }
    }
}

TEST(NumberText, ANumberIsTheDoubleThatIsNearest) {
    std::mt19937_64 random{2};
    for (int turn = 0; turn < 200'000; ++turn) {
        const auto whole = 1 + random() % 10;
        const auto decimals = random() % 6;
        auto text = std::to_string(whole == 1 ? random() % 10 : random() % 9 + 1);
        while (text.size() < whole) text += static_cast<char>('0' + random() % 10);
        if (decimals > 0) text += '.';
        for (std::size_t digit = 0; digit < decimals; ++digit) {
            text += static_cast<char>('0' + random() % 10);
        }
        if (random() % 3 == 0) text.insert(0, "-");
        const auto there = in_place(text);
        double value = 0;
        const auto* const end = try_read_double(there.data(), value);
        ASSERT_EQ(end, there.data() + text.size()) << text;
        ASSERT_EQ(value, std::strtod(text.c_str(), nullptr)) << text;
    }
}

TEST(NumberText, MinusZeroKeepsItsSign) {
    double value = 1;
    ASSERT_NE(try_read_double(in_place("-0").data(), value), nullptr);
    EXPECT_TRUE(std::signbit(value));
    ASSERT_NE(try_read_double(in_place("-0.0").data(), value), nullptr);
    EXPECT_TRUE(std::signbit(value));
}

TEST(NumberText, WhatIsNoShortNumberIsLeftAlone) {
    for (const auto* text : {"",
                             "-",
                             "01",
                             "00.5",
                             "1.",
                             ".5",
                             "1e3",
                             "1.5E3",
                             "+1",
                             "1234567890123456",
                             "12345678.12345678",
                             "1.2.3",
                             "nan",
                             "-a",
                             "1.5x"}) {
        double value = 42;
        EXPECT_EQ(try_read_double(in_place(text).data(), value), nullptr) << text;
        EXPECT_EQ(value, 42) << text;
    }
}

TEST(NumberText, ANumberThatNobodyWantsMayHaveAnyLength) {
    for (const auto* text : {"0",
                             "-0",
                             "7",
                             "12345678",
                             "-1234567890123456789012345678901234567890",
                             "0.5",
                             "-0.0",
                             "12345678.12345678",
                             "1.1234567890123456789"}) {
        const auto there = in_place(text);
        EXPECT_EQ(scan_number(there.data()), there.data() + std::string{text}.size())
            << text;
    }
    for (const auto* text :
         {"", "-", "01", "-01", "00.5", "1.", "-1.", ".5", "+1", "a"}) {
        EXPECT_EQ(scan_number(in_place(text).data()), nullptr) << text;
    }
}

TEST(NumberText, TrueAndFalseAreWholeWords) {
    bool value = false;
    EXPECT_NE(try_read_bool(in_place("true").data(), value), nullptr);
    EXPECT_TRUE(value);
    EXPECT_NE(try_read_bool(in_place("false", '}').data(), value), nullptr);
    EXPECT_FALSE(value);
    for (const auto* text : {"True", "tru", "truee", "falsey", "null", "1", ""}) {
        EXPECT_EQ(try_read_bool(in_place(text).data(), value), nullptr) << text;
    }
}

}  // namespace
}  // namespace pyesi::columns
