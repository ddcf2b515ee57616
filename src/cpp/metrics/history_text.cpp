#include "metrics/history_text.h"

#include <array>
#include <charconv>
#include <cstdint>

namespace pyesi::metrics {

namespace {

constexpr std::string_view kHead = "pyesi history 1\n";
constexpr std::string_view kEnd = "end\n";

constexpr std::size_t kNumbers = 12;
using Numbers = std::array<std::int64_t, kNumbers>;

Numbers numbers_of(const HistoryRow& row) {
    const auto& counts = row.counts;
    const auto begin =
        std::chrono::duration_cast<std::chrono::seconds>(row.begin.time_since_epoch());
    return {begin.count(),
            static_cast<std::int64_t>(counts.requests),
            static_cast<std::int64_t>(counts.errors),
            static_cast<std::int64_t>(counts.client_errors),
            static_cast<std::int64_t>(counts.avoided),
            static_cast<std::int64_t>(counts.attempts),
            static_cast<std::int64_t>(counts.bytes_received),
            static_cast<std::int64_t>(counts.bytes_decoded),
            row.mean.count(),
            row.p50.count(),
            row.p95.count(),
            row.p99.count()};
}

HistoryRow row_of(const Numbers& numbers) {
    const auto count = [&](std::size_t place) {
        return static_cast<std::uint64_t>(numbers.at(place));
    };
    return {.begin = base::WallTime{std::chrono::seconds{numbers[0]}},
            .counts = {.requests = count(1),
                       .errors = count(2),
                       .client_errors = count(3),
                       .avoided = count(4),
                       .attempts = count(5),
                       .bytes_received = count(6),
                       .bytes_decoded = count(7)},
            .mean = base::Duration{numbers[8]},
            .p50 = base::Duration{numbers[9]},
            .p95 = base::Duration{numbers[10]},
            .p99 = base::Duration{numbers[11]}};
}

void add(std::string& text, char kind, const std::vector<HistoryRow>& rows) {
    for (const auto& row : rows) {
        text += kind;
        for (const auto number : numbers_of(row)) {
            text += ' ';
            text += std::to_string(number);
        }
        text += '\n';
    }
}

/// The line up to its end, which is taken off `text`; nothing if it has none.
std::optional<std::string_view> take_line(std::string_view& text) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const auto line = text.substr(0, end);
    text.remove_prefix(end + 1);
    return line;
}

std::optional<HistoryRow> row_in(std::string_view line) {
    Numbers numbers{};
    for (auto& number : numbers) {
        if (line.empty() || line.front() != ' ') return std::nullopt;
        line.remove_prefix(1);
        const auto [end, error] =
            std::from_chars(line.data(), line.data() + line.size(), number);
        const bool is_usual = error == std::errc{} && number >= 0;
        if (!is_usual) return std::nullopt;
        line.remove_prefix(static_cast<std::size_t>(end - line.data()));
    }
    // Later than that the clock cannot tell.
    constexpr std::int64_t kLatest = 9'000'000'000;
    if (!line.empty() || numbers[0] > kLatest) return std::nullopt;
    return row_of(numbers);
}

}  // namespace

std::string text_of(const Past& past) {
    std::string text{kHead};
    add(text, 'm', past.minutes);
    add(text, 't', past.tens);
    text += kEnd;
    return text;
}

std::optional<Past> past_of(std::string_view text) {
    if (!text.starts_with(kHead) || !text.ends_with(kEnd)) return std::nullopt;
    text.remove_prefix(kHead.size());
    text.remove_suffix(kEnd.size());
    Past past;
    while (!text.empty()) {
        const auto line = take_line(text);
        if (!line || line->empty()) return std::nullopt;
        const auto row = row_in(line->substr(1));
        const bool is_known = line->front() == 'm' || line->front() == 't';
        if (!row || !is_known) return std::nullopt;
        auto& rows = line->front() == 'm' ? past.minutes : past.tens;
        if (!rows.empty() && rows.back().begin >= row->begin) return std::nullopt;
        rows.push_back(*row);
    }
    return past;
}

}  // namespace pyesi::metrics
