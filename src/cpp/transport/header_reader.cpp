#include "transport/header_reader.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace pyesi::transport {

namespace {

constexpr int kFirstFinalStatus = 200;

std::string_view without_line_end(std::string_view line) noexcept {
    if (line.ends_with('\n')) line.remove_suffix(1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

// "1.1" and "1.0" as HTTP/1 writes them, "2" as libcurl does.
std::optional<int> parse_version(std::string_view text) noexcept {
    if (text == "1.1") return 11;
    if (text == "2") return 2;
    if (text == "1.0") return 10;
    return std::nullopt;
}

// RFC 9112 §4: three digits, then the end or a blank.
std::optional<int> parse_status(std::string_view text) noexcept {
    if (text.size() < 3 || (text.size() > 3 && text[3] != ' ')) return std::nullopt;
    if (!std::all_of(text.begin(), text.begin() + 3, is_digit)) return std::nullopt;
    const int status = (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
    return status >= 100 ? std::optional{status} : std::nullopt;
}

std::optional<std::uint64_t> parse_length(std::string_view text) noexcept {
    std::uint64_t length = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), length);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return length;
}

bool is_content_length(std::string_view name) noexcept {
    constexpr std::string_view kName = "content-length";
    return name.size() == kName.size() && http::equal_without_case(name, kName);
}

}  // namespace

void HeaderReader::restart() {
    bytes_ = 0;
    stage_ = Stage::StatusLine;
    status_ = 0;
    length_.reset();
    fields_ = {};
    fields_.reserve(usual_fields_, usual_bytes_);
}

HeaderReader::Verdict HeaderReader::on_line(std::string_view line) {
    bytes_ += line.size();
    if (bytes_ > max_bytes_) return Verdict::TooLarge;
    line = without_line_end(line);
    switch (stage_) {
        case Stage::StatusLine: return on_status_line(line);
        case Stage::Fields: return on_field(line);
        case Stage::Trailers: break;
    }
    return Verdict::Accepted;
}

http::Headers HeaderReader::take() noexcept {
    return std::exchange(fields_, {});
}

HeaderReader::Verdict HeaderReader::on_status_line(std::string_view line) {
    constexpr std::string_view kProtocol = "HTTP/";
    const auto blank = line.find(' ');
    if (!line.starts_with(kProtocol) || blank == std::string_view::npos) {
        return Verdict::Malformed;
    }
    const auto version =
        parse_version(line.substr(kProtocol.size(), blank - kProtocol.size()));
    const auto status = parse_status(line.substr(blank + 1));
    if (!version || !status) return Verdict::Malformed;
    version_ = *version;
    status_ = *status;
    stage_ = Stage::Fields;
    return Verdict::Accepted;
}

HeaderReader::Verdict HeaderReader::on_field(std::string_view line) {
    if (line.empty()) {
        on_end_of_head();
        return Verdict::Accepted;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return Verdict::Malformed;
    const auto name = line.substr(0, colon);
    const auto value = http::without_blanks(line.substr(colon + 1));
    // A line that is folded begins with a blank, which no name does.
    if (!http::is_field_name(name) || !http::is_field_value(value)) {
        return Verdict::Malformed;
    }
    fields_.append(name, value);
    return is_content_length(name) ? on_content_length(value) : Verdict::Accepted;
}

// RFC 9112 §6.3: lengths that disagree cannot be recovered from; the same one
// twice is read once.
HeaderReader::Verdict HeaderReader::on_content_length(std::string_view value) {
    const auto length = parse_length(value);
    if (!length || (length_ && *length_ != *length)) return Verdict::Malformed;
    length_ = length;
    return Verdict::Accepted;
}

void HeaderReader::on_end_of_head() {
    if (status_ >= kFirstFinalStatus) {
        stage_ = Stage::Trailers;
        return;
    }
    stage_ = Stage::StatusLine;
    length_.reset();
    fields_ = {};
}

}  // namespace pyesi::transport
