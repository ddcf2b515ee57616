#include "catalog/path_template.h"

#include "catalog/percent_encoding.h"

#include <algorithm>

namespace pyesi::catalog {
namespace {

/// RFC 3986 §3.3: pchar without percent-encoding, and the slash.
bool is_path_character(char c) noexcept {
    return is_unreserved(c) ||
           std::string_view{"/!$&'()*+,;=:@"}.find(c) != std::string_view::npos;
}

bool is_literal(std::string_view text) noexcept {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool encoded = text[i] == '%' && i + 2 < text.size() &&
                             is_hex(text[i + 1]) && is_hex(text[i + 2]);
        if (encoded) {
            i += 2;
        } else if (!is_path_character(text[i])) {
            return false;
        }
    }
    return true;
}

bool is_letter(char c) noexcept {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

bool is_placeholder_name(std::string_view name) noexcept {
    const auto follows = [](char c) {
        return is_letter(c) || (c >= '0' && c <= '9') || c == '-';
    };
    return !name.empty() && is_letter(name.front()) &&
           std::ranges::all_of(name, follows);
}

/// Cuts the next segment, up to the next slash, off the front of `rest`.
std::string_view take_segment(std::string_view& rest) noexcept {
    const std::size_t end = std::min(rest.find('/'), rest.size());
    const auto segment = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return segment;
}

/// No empty segment but the last, and none that a server would resolve away.
bool has_plain_segments(std::string_view path) noexcept {
    path.remove_prefix(1);
    while (!path.empty()) {
        const auto segment = take_segment(path);
        if (segment.empty() || segment == "." || segment == "..") return false;
    }
    return true;
}

/// Cuts `{name}` off the front of `rest`; an unclosed one has an empty name.
std::string_view take_placeholder(std::string_view& rest) noexcept {
    const std::size_t close = rest.find('}');
    if (close == std::string_view::npos) return {};
    const auto name = rest.substr(1, close - 1);
    rest.remove_prefix(close + 1);
    return name;
}

bool is_new_name(std::string_view name, const std::vector<std::string_view>& names) {
    return is_placeholder_name(name) && std::ranges::find(names, name) == names.end();
}

}  // namespace

std::optional<PathTemplate> parse_path_template(std::string_view text) {
    if (!text.starts_with('/') || !has_plain_segments(text)) return std::nullopt;
    PathTemplate parsed;
    while (!text.empty()) {
        const auto literal = text.substr(0, text.find('{'));
        if (!is_literal(literal)) return std::nullopt;
        text.remove_prefix(literal.size());
        Piece piece{std::string{literal}};
        if (!text.empty()) {
            const auto name = take_placeholder(text);
            if (!is_new_name(name, parsed.names)) return std::nullopt;
            piece.parameter = parsed.names.size();
            parsed.names.push_back(name);
        }
        parsed.pieces.push_back(std::move(piece));
    }
    return parsed;
}

bool is_filled_in(std::string_view path, std::string_view path_template) noexcept {
    while (!path.empty() && !path_template.empty()) {
        const auto given = take_segment(path);
        const auto wanted = take_segment(path_template);
        const bool fits = wanted.starts_with('{') ? !given.empty() : given == wanted;
        if (!fits) return false;
    }
    return path.empty() && path_template.empty();
}

}  // namespace pyesi::catalog
