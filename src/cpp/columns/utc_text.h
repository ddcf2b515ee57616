#pragma once

#include "columns/moments.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

namespace pyesi::columns {

/// Instants in JSON as ESI sends them, such as 2026-11-29T23:59:59Z, eight characters
/// at a time. All others, right or wrong, are for parse_date_time to read.

/// The first days of the months from 2000 to 2099, and one more.
inline constexpr auto kMonths = [] {
    std::array<std::int32_t, 12 * 100 + 1> starts{};
    for (std::size_t place = 0; place < starts.size(); ++place) {
        starts[place] =
            days_until({std::chrono::year{2000 + static_cast<int>(place / 12)},
                        std::chrono::month{static_cast<unsigned>(place % 12 + 1)},
                        std::chrono::day{1}});
    }
    return starts;
}();

/// Eight characters, of which those are digits that are d in its text; the others are
/// as they are there.
///
/// Constant after construction.
class TimePattern {
public:
    constexpr explicit TimePattern(std::string_view text) {
        for (std::size_t place = 0; place < 8; ++place) {
            const bool digit = text[place] == 'd';
            const auto letter = static_cast<unsigned char>(digit ? '0' : text[place]);
            const auto shift = 8 * place;
            text_ |= std::uint64_t{letter} << shift;
            sixes_ |= std::uint64_t{digit ? 0x06U : 0U} << shift;
            fixed_ |= std::uint64_t{digit ? 0xF0U : 0xFFU} << shift;
        }
    }

    /// For each two digits the number they are, at the place of the first; `bad` is no
    /// longer 0 if the characters are others. All at once, as in a vector of bytes.
    std::uint64_t pairs(const char* at, std::uint64_t& bad) const noexcept {
        std::uint64_t word = 0;
        std::memcpy(&word, at, sizeof word);
        word ^= text_;
        bad |= (word | (word + sixes_)) & fixed_;
        return word * 10 + (word >> 8U);
    }

private:
    std::uint64_t text_ = 0;
    std::uint64_t sixes_ = 0;  // added to a digit they leave its high half alone
    std::uint64_t fixed_ = 0;  // the bits that must be those of the text
};

inline constexpr TimePattern kYearAndMonth{"20dd-dd-"};
inline constexpr TimePattern kDayToMinute{"ddTdd:dd"};
inline constexpr TimePattern kMinuteToEnd{":dd:ddZ\""};

/// Pairs of digits, each by the place of its first.
struct DigitPairs {
    std::uint64_t word;

    constexpr unsigned at(unsigned place) const noexcept {
        return static_cast<unsigned>(word >> (8 * place)) & 0xFFU;
    }

    /// Not 0 if the pair is above `most`.
    constexpr std::uint64_t above(unsigned most, unsigned place) const noexcept {
        return (word + (std::uint64_t{127 - most} << (8 * place))) &
               (std::uint64_t{0x80} << (8 * place));
    }
};

/// Milliseconds since 1970 of the 20 characters at `at`, which end in Z and have a
/// quote after them; false if they are anything else, or of another century. REQUIRES:
/// 21 characters from `at` on can be read.
inline bool try_read_utc(const char* at, std::int64_t& milliseconds) noexcept {
    std::uint64_t bad = 0;
    const DigitPairs year_and_month{kYearAndMonth.pairs(at, bad)};
    const DigitPairs day_to_minute{kDayToMinute.pairs(at + 8, bad)};
    const DigitPairs minute_to_end{kMinuteToEnd.pairs(at + 13, bad)};
    bad |= day_to_minute.above(23, 3) | day_to_minute.above(59, 6) |
           minute_to_end.above(59, 4);
    const auto month = year_and_month.at(5) - 1;
    if (bad != 0 || month >= 12) return false;
    const auto* const start = &kMonths[std::size_t{12} * year_and_month.at(2) + month];
    const auto day = day_to_minute.at(0) - 1;
    if (std::cmp_greater_equal(day, start[1] - start[0])) return false;
    const auto hours = (std::int64_t{start[0]} + day) * 24 + day_to_minute.at(3);
    const auto minutes = hours * 60 + day_to_minute.at(6);
    milliseconds = (minutes * 60 + minute_to_end.at(4)) * 1000;
    return true;
}

}  // namespace pyesi::columns
