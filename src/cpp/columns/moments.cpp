#include "columns/moments.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstring>

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

constexpr std::int32_t days_until(std::chrono::year_month_day date) noexcept {
    return static_cast<std::int32_t>(
        std::chrono::sys_days{date}.time_since_epoch().count());
}

/// Days since 1970. Gregorian throughout, as RFC 3339 §1 has it.
std::optional<std::int32_t> day_of(int year, unsigned month, unsigned day) noexcept {
    const std::chrono::year_month_day date{
        std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
    if (!date.ok()) return std::nullopt;
    return days_until(date);
}

/// The first days of months, in whose years all of ESI's moments lie; and one more.
class Months {
public:
    static constexpr int kFirstYear = 2000;
    static constexpr int kYears = 100;

    constexpr Months() {
        for (std::size_t place = 0; place < starts_.size(); ++place) {
            const std::chrono::year_month_day first{
                std::chrono::year{kFirstYear + static_cast<int>(place / 12)},
                std::chrono::month{static_cast<unsigned>(place % 12 + 1)},
                std::chrono::day{1}};
            starts_[place] = days_until(first);
        }
    }

    /// As day_of, which is for years that are none of these.
    std::optional<std::int32_t> day_of(unsigned year,
                                       unsigned month,
                                       unsigned day) const noexcept {
        const auto years = year - unsigned{kFirstYear};
        if (years >= unsigned{kYears} || month - 1 >= 12) return std::nullopt;
        const auto place = std::size_t{12} * years + month - 1;
        const auto start = starts_[place];
        if (day - 1 >= static_cast<unsigned>(starts_[place + 1] - start)) {
            return std::nullopt;
        }
        return start + static_cast<std::int32_t>(day) - 1;
    }

private:
    std::array<std::int32_t, 12 * kYears + 1> starts_{};
};

constexpr Months kMonths;

/// Eight characters, of which those are digits that are 0 in its text; the others are
/// as they are there.
class Pattern {
public:
    constexpr explicit Pattern(std::string_view text) {
        for (std::size_t place = 0; place < 8; ++place) {
            const auto letter = static_cast<unsigned char>(text[place]);
            const auto shift = 8 * place;
            text_ |= std::uint64_t{letter} << shift;
            sixes_ |= std::uint64_t{letter == '0' ? 0x06U : 0U} << shift;
            fixed_ |= std::uint64_t{letter == '0' ? 0xF0U : 0xFFU} << shift;
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

constexpr unsigned byte_of(std::uint64_t word, unsigned place) noexcept {
    return static_cast<unsigned>(word >> (8 * place)) & 0xFFU;
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

bool try_read_utc(const char* at, std::int64_t& milliseconds) noexcept {
    // 2026-11-29T23:59:59Z", in three words that overlap.
    static constexpr Pattern kYear{"0000-00-"};
    static constexpr Pattern kMonthToHour{"00-00T00"};
    static constexpr Pattern kMinuteToEnd{":00:00Z\""};
    std::uint64_t bad = 0;
    const auto year = kYear.pairs(at, bad);
    const auto month_to_hour = kMonthToHour.pairs(at + 5, bad);
    const auto minute_to_end = kMinuteToEnd.pairs(at + 13, bad);
    const auto hour = byte_of(month_to_hour, 6);
    const auto minute = byte_of(minute_to_end, 1);
    const auto second = byte_of(minute_to_end, 4);
    if (bad != 0 || hour > 23 || minute > 59 || second > 59) return false;
    const auto in_full = 100 * byte_of(year, 0) + byte_of(year, 2);
    const auto month = byte_of(month_to_hour, 0);
    const auto of_month = byte_of(month_to_hour, 3);
    auto day = kMonths.day_of(in_full, month, of_month);
    if (!day) day = day_of(static_cast<int>(in_full), month, of_month);
    if (!day) return false;
    const auto minutes = (std::int64_t{*day} * 24 + hour) * 60 + minute;
    milliseconds = (minutes * 60 + second) * 1000;
    return true;
}

}  // namespace pyesi::columns
