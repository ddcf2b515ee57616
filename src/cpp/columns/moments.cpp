#include "columns/moments.h"

#include <chrono>
#include <cstddef>

namespace pyesi::columns {

namespace {

constexpr std::size_t kDateLength = 10;
constexpr std::size_t kTimeLength = 19;  // with the date, without zone and fraction

/// The number that `count` digits at `at` are; -1 if one is no digit.
int digits(std::string_view text, std::size_t at, std::size_t count) noexcept {
    int value = 0;
    for (const char digit : text.substr(at, count)) {
        if (digit < '0' || digit > '9') return -1;
        value = value * 10 + (digit - '0');
    }
    return value;
}

/// Minutes of an offset such as +01:30; nothing if it is none.
std::optional<int> parse_offset(std::string_view text) noexcept {
    if (text == "Z" || text == "z") return 0;
    if (text.size() != 6 || text[3] != ':') return std::nullopt;
    const auto hours = digits(text, 1, 2);
    const auto minutes = digits(text, 4, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return std::nullopt;
    if (text[0] == '+') return 60 * hours + minutes;
    if (text[0] == '-') return -(60 * hours + minutes);
    return std::nullopt;
}

/// Milliseconds of a fraction such as .25, which is cut off the text; 0 without one,
/// -1 if it has no digits.
int take_fraction(std::string_view& text) noexcept {
    if (text.empty() || text[0] != '.') return 0;
    text.remove_prefix(1);
    int thousandths = 0;
    std::size_t count = 0;
    for (; count < text.size() && text[count] >= '0' && text[count] <= '9'; ++count) {
        if (count < 3) thousandths = thousandths * 10 + (text[count] - '0');
    }
    if (count == 0) return -1;
    text.remove_prefix(count);
    for (; count < 3; ++count) thousandths *= 10;
    return thousandths;
}

/// Days since 1970. Gregorian throughout, as RFC 3339 §1 has it.
std::optional<std::int32_t> day_of(int year, unsigned month, unsigned day) noexcept {
    const std::chrono::year_month_day date{
        std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
    if (!date.ok()) return std::nullopt;
    return days_until(date);
}

}  // namespace

std::optional<std::int32_t> parse_date(std::string_view text) noexcept {
    if (text.size() != kDateLength || text[4] != '-' || text[7] != '-') {
        return std::nullopt;
    }
    const auto year = digits(text, 0, 4);
    const auto month = digits(text, 5, 2);
    const auto day = digits(text, 8, 2);
    if (year < 0 || month < 0 || day < 0) return std::nullopt;
    return day_of(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
}

std::optional<std::int64_t> parse_date_time(std::string_view text) noexcept {
    if (text.size() < kTimeLength + 1) return std::nullopt;
    const auto date = parse_date(text.substr(0, kDateLength));
    if (!date || (text[10] != 'T' && text[10] != 't') || text[13] != ':' ||
        text[16] != ':') {
        return std::nullopt;
    }
    const auto hour = digits(text, 11, 2);
    const auto minute = digits(text, 14, 2);
    const auto second = digits(text, 17, 2);
    // 60: a leap second, which is told as the first of the next minute.
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
        second > 60) {
        return std::nullopt;
    }
    auto rest = text.substr(kTimeLength);
    const auto milliseconds = take_fraction(rest);
    const auto offset = parse_offset(rest);
    if (milliseconds < 0 || !offset) return std::nullopt;
    const std::int64_t minutes = (std::int64_t{*date} * 24 + hour) * 60 + minute;
    return ((minutes - *offset) * 60 + second) * 1000 + milliseconds;
}

}  // namespace pyesi::columns
