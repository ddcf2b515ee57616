#include "http/entity_tag.h"

#include "http/headers.h"

#include <algorithm>

namespace pyesi::http {

namespace {

bool is_weak(std::string_view text) noexcept {
    return text.starts_with("W/") || text.starts_with("w/");
}

bool is_quoted(std::string_view text) noexcept {
    return text.size() >= 2 && text.front() == '"' && text.back() == '"';
}

/// RFC 9110 §8.8.3 etagc. For a bare tag the comma and blank are out as well:
/// in If-None-Match it would be read as two.
bool is_opaque(std::string_view text, bool is_bare) noexcept {
    return std::ranges::all_of(text, [&](char letter) {
        const auto byte = static_cast<unsigned char>(letter);
        if (byte == '"' || byte < 0x20 || byte == 0x7F) return false;
        return !is_bare || (letter != ',' && letter != ' ');
    });
}

}  // namespace

std::string_view EntityTag::opaque() const noexcept {
    std::string_view inner = text;
    if (is_weak(inner)) inner.remove_prefix(2);
    return is_quoted(inner) ? inner.substr(1, inner.size() - 2) : inner;
}

std::optional<EntityTag> parse_entity_tag(std::string_view value) {
    const auto text = without_blanks(value);
    EntityTag tag{std::string{text}, is_weak(text)};
    const auto opaque = tag.opaque();
    const bool is_bare = !text.ends_with('"');
    if (is_bare && opaque.empty()) return std::nullopt;
    if (!is_opaque(opaque, is_bare)) return std::nullopt;
    return tag;
}

bool weakly_equal(const EntityTag& left, const EntityTag& right) noexcept {
    return left.opaque() == right.opaque();
}

bool strongly_equal(const EntityTag& left, const EntityTag& right) noexcept {
    return !left.weak && !right.weak && weakly_equal(left, right);
}

}  // namespace pyesi::http
