#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace pyesi::catalog {

/// RFC 3986 §2.3: what never needs encoding.
constexpr bool is_unreserved(char c) noexcept {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '.' || c == '_' || c == '~';
}

/// A digit of base sixteen, in either case.
constexpr bool is_hex(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

/// Appends `text`, all but unreserved characters encoded (RFC 3986 §2.1), so that
/// equal values have equal spellings.
inline void append_encoded(std::string& target, std::string_view text) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    for (const char c : text) {
        if (is_unreserved(c)) {
            target += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        const std::array encoded{'%', kHex[byte >> 4U], kHex[byte & 0x0FU]};
        target.append(encoded.data(), encoded.size());
    }
}

/// True if `text` holds an ASCII control character.
constexpr bool holds_control(std::string_view text) noexcept {
    return std::ranges::any_of(
        text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

}  // namespace pyesi::catalog
