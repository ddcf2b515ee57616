#include "scheduler/limit_headers.h"

#include "http/http_date.h"
#include "scheduler/decimal.h"
#include "scheduler/retry_after.h"

#include <chrono>
#include <cstddef>

namespace pyesi::scheduler {

namespace {

using std::chrono::seconds;

constexpr std::uint64_t kMostTokens = 10'000'000;
constexpr base::Duration kLongestWindow = std::chrono::hours{24};
constexpr std::uint64_t kMostErrors = 1'000'000;
// ESI's error window is a minute; what tells of more than five is not believed, so
// that a single wrong field cannot shut a client out.
constexpr std::uint64_t kLongestErrorReset = 300;
constexpr std::size_t kLongestGroup = 64;

/// The fields of interest, told apart by length before a letter is compared.
struct Fields {
    std::string_view retry_after;
    std::string_view date;
};

std::optional<std::uint32_t> parse_count(std::string_view text,
                                         std::uint64_t most) noexcept {
    const auto number = parse_decimal(trimmed(text));
    if (!number || *number > most) return std::nullopt;
    return static_cast<std::uint32_t>(*number);
}

std::optional<base::Duration> parse_reset(std::string_view text) noexcept {
    const auto count = parse_count(text, kLongestErrorReset);
    if (!count) return std::nullopt;
    return seconds{*count};
}

std::optional<base::Duration> parse_unit(std::string_view unit) noexcept {
    if (unit.empty() || unit == "s") return seconds{1};
    if (unit == "m") return std::chrono::minutes{1};
    if (unit == "h") return std::chrono::hours{1};
    if (unit == "d") return std::chrono::hours{24};
    return std::nullopt;
}

std::optional<base::Duration> parse_window_length(std::string_view text) noexcept {
    const auto digits = text.find_first_not_of("0123456789");
    const auto count = parse_count(text.substr(0, digits), 86'400);
    const auto unit = parse_unit(
        digits == std::string_view::npos ? std::string_view{} : text.substr(digits));
    if (!count || !unit || *count == 0) return std::nullopt;
    const auto length = *unit * static_cast<std::int64_t>(*count);
    return length <= kLongestWindow ? std::optional{length} : std::nullopt;
}

bool is_group_name(std::string_view text) noexcept {
    return text.size() <= kLongestGroup && http::is_field_name(text);
}

void read_ratelimit(const http::Headers::Field& field, LimitHeaders& told) {
    if (http::equal_without_case(field.name, "x-ratelimit-group")) {
        const auto group = trimmed(field.value);
        if (is_group_name(group)) told.group = group;
    } else if (http::equal_without_case(field.name, "x-ratelimit-limit")) {
        told.window = parse_limit(field.value);
    } else if (http::equal_without_case(field.name, "x-ratelimit-remaining")) {
        told.remaining = parse_count(field.value, kMostTokens);
    }
}

void read_error_limit(const http::Headers::Field& field, LimitHeaders& told) {
    if (http::equal_without_case(field.name, "x-esi-error-limit-remain")) {
        told.errors_left = parse_count(field.value, kMostErrors);
    } else if (http::equal_without_case(field.name, "x-esi-error-limit-reset")) {
        told.error_reset = parse_reset(field.value);
    }
}

void read_field(const http::Headers::Field& field, LimitHeaders& told, Fields& texts) {
    switch (field.name.size()) {
        case 4:
            if (http::equal_without_case(field.name, "date")) texts.date = field.value;
            break;
        case 11:
            if (http::equal_without_case(field.name, "retry-after")) {
                texts.retry_after = field.value;
            }
            break;
        case 17:
        case 21: read_ratelimit(field, told); break;
        case 23:
        case 24: read_error_limit(field, told); break;
        default: break;
    }
}

std::optional<base::Duration> read_retry_after(const Fields& texts,
                                               base::WallTime now) noexcept {
    if (texts.retry_after.empty()) return std::nullopt;
    // Two dates of one clock: the server's own skew does not matter then.
    const auto date = http::parse_http_date(texts.date, now);
    return parse_retry_after(texts.retry_after, date.value_or(now));
}

}  // namespace

std::optional<LimitHeaders::Window> parse_limit(std::string_view text) noexcept {
    const auto value = trimmed(text);
    const auto slash = value.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto tokens = parse_count(value.substr(0, slash), kMostTokens);
    const auto length = parse_window_length(trimmed(value.substr(slash + 1)));
    if (!tokens || !length || *tokens == 0) return std::nullopt;
    return LimitHeaders::Window{*tokens, *length};
}

LimitHeaders read_limit_headers(const http::Headers& headers, base::WallTime now) {
    LimitHeaders told;
    Fields texts;
    for (std::size_t index = 0; index < headers.size(); ++index) {
        read_field(headers.at(index), told, texts);
    }
    told.retry_after = read_retry_after(texts, now);
    return told;
}

}  // namespace pyesi::scheduler
