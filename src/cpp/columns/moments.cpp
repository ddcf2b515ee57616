#include "columns/moments.h"

#include <array>
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

bool is_leap(int year) noexcept {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int length_of(int year, int month) noexcept {
    static constexpr std::array kLengths{
        31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return kLengths[static_cast<std::size_t>(month - 1)] +
           (month == 2 && is_leap(year) ? 1 : 0);
}

/// Days from 1970 to the month's first. Gregorian throughout, as RFC 3339 §1 has it.
std::int32_t days_before(int year, int month) noexcept {
    static constexpr std::array kBefore{
        0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    constexpr int kTo1970 = 719'162;  // from the first of January of the year 1
    const int past = year - 1;
    // Year 0 has a year before it that is counted down from 1.
    const int leaps = year == 0 ? -1 : past / 4 - past / 100 + past / 400;
    const int leap_day = month > 2 && is_leap(year) ? 1 : 0;
    return 365 * past + leaps + kBefore[static_cast<std::size_t>(month - 1)] +
           leap_day - kTo1970;
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
    if (month == 0 || month > 12 || day == 0 || day > length_of(year, month)) {
        return std::nullopt;
    }
    return days_before(year, month) + day - 1;
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

bool try_read_utc(const char* at, std::int64_t& milliseconds) noexcept {
    unsigned bad = 0;
    const auto digit = [&](int place) {
        const auto value = static_cast<unsigned>(at[place]) - '0';
        bad |= static_cast<unsigned>(value > 9);
        return static_cast<int>(value);
    };
    const auto pair = [&](int place) { return 10 * digit(place) + digit(place + 1); };
    const bool marked = at[4] == '-' && at[7] == '-' && at[10] == 'T' &&
                        at[13] == ':' && at[16] == ':' && at[19] == 'Z' &&
                        at[20] == '"';
    if (!marked) return false;
    const auto year = 100 * pair(0) + pair(2);
    const auto month = pair(5);
    const auto day = pair(8);
    const auto hour = pair(11);
    const auto minute = pair(14);
    const auto second = pair(17);
    const bool usual = bad == 0 && year > 0 && month > 0 && month < 13 && day > 0 &&
                       hour < 24 && minute < 60 && second < 60;
    if (!usual || day > length_of(year, month)) return false;
    const std::int64_t minutes =
        (std::int64_t{days_before(year, month) + day - 1} * 24 + hour) * 60 + minute;
    milliseconds = (minutes * 60 + second) * 1000;
    return true;
}

}  // namespace pyesi::columns
