#include "http/http_date.h"

#include "http/headers.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>

namespace pyesi::http {

namespace {

using std::chrono::days;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

constexpr std::array<std::string_view, 7> kDays{
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths{
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::size_t kShortName = 3;

constexpr sys_seconds kEarliest{};
constexpr sys_seconds kLatest =
    sys_days{std::chrono::year{2199} / 12 / 31} + days{1} - seconds{1};

/// What a date says, not yet known to be one.
struct Parts {
    int year = 0;
    int month = 0;
    int day = 0;
    int second_of_day = 0;
    bool is_short_year = false;
};

/// Takes a text apart from its front. Once something is not as expected, all that
/// follows fails as well, so that only the end need be asked.
class Reader {
public:
    explicit Reader(std::string_view text) noexcept : rest_{text} {}

    bool ok() const noexcept { return ok_ && rest_.empty(); }
    bool is_next(char letter) const noexcept { return rest_.starts_with(letter); }

    void expect(std::string_view text) noexcept {
        ok_ = ok_ && rest_.starts_with(text);
        if (ok_) rest_.remove_prefix(text.size());
    }

    int number(std::size_t digits) noexcept {
        ok_ = ok_ && rest_.size() >= digits;
        int value = 0;
        for (std::size_t i = 0; ok_ && i < digits; ++i) {
            ok_ = rest_[i] >= '0' && rest_[i] <= '9';
            value = value * 10 + (rest_[i] - '0');
        }
        if (ok_) rest_.remove_prefix(digits);
        return value;
    }

    /// "06" or " 6", as asctime writes a day.
    int padded_number() noexcept {
        if (!is_next(' ')) return number(2);
        expect(" ");
        return number(1);
    }

    /// From 1 on.
    int month() noexcept {
        const auto* const found =
            std::ranges::find(kMonths, rest_.substr(0, kShortName));
        ok_ = ok_ && found != kMonths.end();
        if (ok_) rest_.remove_prefix(kShortName);
        return static_cast<int>(found - kMonths.begin()) + 1;
    }

    int second_of_day() noexcept {
        const int hour = number(2);
        expect(":");
        const int minute = number(2);
        expect(":");
        const int second = number(2);
        ok_ = ok_ && hour < 24 && minute < 60 && second <= 60;
        return (hour * 60 + minute) * 60 + second;
    }

private:
    std::string_view rest_;
    bool ok_ = true;
};

/// " 08:49:37 GMT"
void read_time(Reader& reader, Parts& parts) noexcept {
    reader.expect(" ");
    parts.second_of_day = reader.second_of_day();
    reader.expect(" ");
    reader.expect(reader.is_next('U') ? "UTC" : "GMT");
}

/// "06 Nov 1994 08:49:37 GMT"
void read_fixed(Reader& reader, Parts& parts) noexcept {
    parts.day = reader.number(2);
    reader.expect(" ");
    parts.month = reader.month();
    reader.expect(" ");
    parts.year = reader.number(4);
    read_time(reader, parts);
}

/// "06-Nov-94 08:49:37 GMT"
void read_rfc850(Reader& reader, Parts& parts) noexcept {
    parts.day = reader.number(2);
    reader.expect("-");
    parts.month = reader.month();
    reader.expect("-");
    parts.year = reader.number(2);
    parts.is_short_year = true;
    read_time(reader, parts);
}

/// "Nov  6 08:49:37 1994"
void read_asctime(Reader& reader, Parts& parts) noexcept {
    parts.month = reader.month();
    reader.expect(" ");
    parts.day = reader.padded_number();
    reader.expect(" ");
    parts.second_of_day = reader.second_of_day();
    reader.expect(" ");
    parts.year = reader.number(4);
}

using Form = void (*)(Reader&, Parts&) noexcept;

std::optional<Parts> read_as(Form form, std::string_view text) noexcept {
    Reader reader{text};
    Parts parts;
    form(reader, parts);
    if (!reader.ok()) return std::nullopt;
    return parts;
}

/// The name of the day tells the form: "Sun, " or "Sunday, " or "Sun ".
std::optional<Parts> read_parts(std::string_view text) noexcept {
    text = without_blanks(text);
    for (const auto name : kDays) {
        const auto short_name = name.substr(0, kShortName);
        if (!text.starts_with(short_name)) continue;
        const auto rest = text.substr(kShortName);
        if (rest.starts_with(", ")) return read_as(read_fixed, rest.substr(2));
        if (rest.starts_with(' ')) return read_as(read_asctime, rest.substr(1));
        if (!text.starts_with(name)) return std::nullopt;
        const auto after = text.substr(name.size());
        if (!after.starts_with(", ")) return std::nullopt;
        return read_as(read_rfc850, after.substr(2));
    }
    return std::nullopt;
}

std::optional<sys_seconds> instant_of(const Parts& parts) noexcept {
    const std::chrono::year_month_day date{
        std::chrono::year{parts.year},
        std::chrono::month{static_cast<unsigned>(parts.month)},
        std::chrono::day{static_cast<unsigned>(parts.day)}};
    if (!date.ok()) return std::nullopt;
    return sys_days{date} + seconds{parts.second_of_day};
}

/// RFC 9110 §5.6.7: a year of two digits that seems to lie more than 50 years
/// ahead is the last one before that ended so.
int full_year(const Parts& parts, base::WallTime now) noexcept {
    const std::chrono::year_month_day today{std::chrono::floor<days>(now)};
    const int this_year = static_cast<int>(today.year());
    const int year = this_year / 100 * 100 + parts.year;
    if (year > this_year + 50) return year - 100;
    if (year + 100 <= this_year + 50) return year + 100;
    return year;
}

std::optional<base::WallTime> resolve(const Parts& parts) noexcept {
    const auto instant = instant_of(parts);
    if (!instant) return std::nullopt;
    return base::WallTime{std::clamp(*instant, kEarliest, kLatest)};
}

void append_number(std::string& text, unsigned value, std::size_t digits) {
    text.resize(text.size() + digits);
    for (auto place = text.rbegin(); digits > 0; ++place, --digits) {
        *place = static_cast<char>('0' + value % 10);
        value /= 10;
    }
}

}  // namespace

std::optional<base::WallTime> parse_http_date(std::string_view text) noexcept {
    const auto parts = read_parts(text);
    if (!parts) return std::nullopt;
    // The clock is asked only by the form that needs it.
    if (!parts->is_short_year) return resolve(*parts);
    return parse_http_date(text, std::chrono::system_clock::now());
}

std::optional<base::WallTime> parse_http_date(std::string_view text,
                                              base::WallTime now) noexcept {
    auto parts = read_parts(text);
    if (!parts) return std::nullopt;
    if (parts->is_short_year) parts->year = full_year(*parts, now);
    return resolve(*parts);
}

std::string format_http_date(base::WallTime instant) {
    const auto whole = std::chrono::floor<seconds>(instant);
    const auto day = std::chrono::floor<days>(whole);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss time{whole - day};
    const auto day_of_week = std::chrono::weekday{day}.c_encoding();

    std::string text;
    text.reserve(sizeof "Sun, 06 Nov 1994 08:49:37 GMT");
    text.append(kDays.at(day_of_week).substr(0, kShortName)).append(", ");
    append_number(text, static_cast<unsigned>(date.day()), 2);
    text.append(" ").append(kMonths.at(static_cast<unsigned>(date.month()) - 1));
    text += ' ';
    append_number(text, static_cast<unsigned>(static_cast<int>(date.year())), 4);
    text += ' ';
    append_number(text, static_cast<unsigned>(time.hours().count()), 2);
    text += ':';
    append_number(text, static_cast<unsigned>(time.minutes().count()), 2);
    text += ':';
    append_number(text, static_cast<unsigned>(time.seconds().count()), 2);
    return text += " GMT";
}

}  // namespace pyesi::http
