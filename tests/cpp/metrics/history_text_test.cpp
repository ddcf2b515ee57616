// What a file keeps of the past: whatever is written is read again, and anything else
// is not taken for it.

#include "metrics/history_text.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace pyesi::metrics {
namespace {

using namespace std::chrono_literals;

std::vector<HistoryRow> drawn_rows(std::mt19937_64& random, std::size_t count) {
    std::vector<HistoryRow> rows(count);
    auto begin = base::WallTime{1'793'534'400s};
    for (auto& row : rows) {
        begin += std::chrono::minutes{1 + random() % 50};
        const auto number = [&] { return random() % 10'000'000'000'000; };
        const auto length = [&] { return base::Duration{random() % 100'000'000'000}; };
        row = {.begin = begin,
               .counts = {.requests = number(),
                          .errors = number(),
                          .client_errors = number(),
                          .avoided = number(),
                          .attempts = number(),
                          .bytes_received = number(),
                          .bytes_decoded = number()},
               .mean = length(),
               .p50 = length(),
               .p95 = length(),
               .p99 = length()};
    }
    return rows;
}

Past drawn_past(unsigned seed) {
    std::mt19937_64 random{seed};
    Past past;
    past.minutes = drawn_rows(random, random() % 30);
    past.tens = drawn_rows(random, random() % 30);
    return past;
}

TEST(HistoryText, WhatIsWrittenIsReadAgain) {
    for (unsigned seed = 0; seed < 100; ++seed) {
        const auto past = drawn_past(seed);
        ASSERT_EQ(past_of(text_of(past)), past) << seed;
    }
}

TEST(HistoryText, APartOfATextIsNone) {
    const auto text = text_of(drawn_past(3));
    for (std::size_t size = 0; size < text.size(); ++size) {
        ASSERT_FALSE(past_of(std::string_view{text}.substr(0, size))) << size;
    }
}

TEST(HistoryText, AnotherTextIsNone) {
    const std::string head{"pyesi history 1\n"};
    EXPECT_FALSE(past_of(""));
    EXPECT_FALSE(past_of("end\n"));
    EXPECT_FALSE(past_of("pyesi history 2\nend\n"));
    for (const auto* const line : {"",
                                   "m",
                                   "m 1 2 3",
                                   "m 1 2 3 4 5 6 7 8 9 10 11 -1",
                                   "m 1 2 3 4 5 6 7 8 9 10 11 x",
                                   "q 1 2 3 4 5 6 7 8 9 10 11 12",
                                   "m 1 2 3 4 5 6 7 8 9 10 11 12 13"}) {
        const auto text = head + line + "\nend\n";
        EXPECT_FALSE(past_of(text)) << text;
    }
}

TEST(HistoryText, ATextThatWasSpoiledIsNoneOrSomePast) {
    std::mt19937_64 random{7};
    const auto whole = text_of(drawn_past(5));
    for (int turn = 0; turn < 20'000; ++turn) {
        auto text = whole;
        text[random() % text.size()] = static_cast<char>(random() % 256);
        const auto past = past_of(text);
        if (past) {
            ASSERT_EQ(past_of(text_of(*past)), past);
        }
    }
}

}  // namespace
}  // namespace pyesi::metrics
