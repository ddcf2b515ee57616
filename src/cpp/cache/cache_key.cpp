#include "cache/cache_key.h"

#include <array>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <optional>
#include <utility>

namespace pyesi::cache {

namespace {

constexpr char kRequestMark = 'r';
constexpr char kValueMark = 'v';
constexpr char kNoBody = '-';
constexpr char kWithBody = '+';
constexpr std::size_t kDigestDigits = 32;

// The first digits of pi's fraction: odd, half of the bits set, nothing hidden.
constexpr std::uint64_t kSeed = 0x243f6a8885a308d3;
constexpr std::uint64_t kFirst = 0x13198a2e03707345;
constexpr std::uint64_t kSecond = 0xa4093822299f31d1;
constexpr std::uint64_t kThird = 0x082efa98ec4e6c89;

__extension__ using Product = unsigned __int128;

std::uint64_t fold(std::uint64_t left, std::uint64_t right) noexcept {
    const auto product = static_cast<Product>(left) * right;
    return static_cast<std::uint64_t>(product) ^
           static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t load(const char* at) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof(word));
    return word;
}

// At most eight bytes, padded with zeros.
std::uint64_t load_short(const char* at, std::size_t count) noexcept {
    std::uint64_t word = 0;
    if (count > 0) std::memcpy(&word, at, count);
    return word;
}

// Multiply and fold, sixteen bytes a step, after the way of wyhash.
std::uint64_t hash_with(std::string_view text, std::uint64_t seed) noexcept {
    const char* at = text.data();
    std::size_t left = text.size();
    auto state = seed ^ fold(text.size() ^ kFirst, kThird);
    for (; left > 16; at += 16, left -= 16) {
        state = fold(load(at) ^ kFirst, load(at + 8) ^ state);
    }
    const auto head = left >= 8 ? load(at) : load_short(at, left);
    const auto tail = left > 8 ? load_short(at + 8, left - 8) : 0;
    return fold(kSecond ^ text.size(), fold(head ^ kSecond, tail ^ state));
}

void append_number(std::string& text, std::size_t number) {
    std::array<char, 20> digits;  // as many as 2^64 has
    char* start = digits.data();
    const auto* end = std::to_chars(start, start + digits.size(), number).ptr;
    text.append(start, static_cast<std::size_t>(end - start));
}

// "length:content". Whatever the content holds, it is told from what follows.
void append_part(std::string& text, std::string_view part) {
    append_number(text, part.size());
    text += ':';
    text += part;
}

// The content of what append_part wrote, taken off the front of `text`.
std::optional<std::string_view> take_part(std::string_view& text) noexcept {
    std::size_t length = 0;
    const char* end = text.data() + text.size();
    const auto number = std::from_chars(text.data(), end, length);
    if (number.ec != std::errc{} || number.ptr == end) return std::nullopt;
    const auto start = static_cast<std::size_t>(number.ptr - text.data()) + 1;
    if (length > text.size() - start) return std::nullopt;
    const auto part = text.substr(start, length);
    text.remove_prefix(start + length);
    return part;
}

void append_hex(std::string& text, std::uint64_t number) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (int digit = 0; digit < 16; ++digit) {
        text += kDigits[number >> 60U];
        number <<= 4U;
    }
}

}  // namespace

std::string variant_text(const Variant& variant) {
    std::string text;
    append_part(text, variant.origin);
    append_part(text, variant.compatibility_date);
    append_part(text, variant.tenant);
    append_part(text, variant.language);
    append_part(text, variant.identity);
    return text;
}

BodyDigest digest_body(std::string_view body) noexcept {
    return {hash_with(body, kSecond), hash_with(body, kThird)};
}

void append_key(std::string& text, const RequestKeyParts& parts) {
    text += kRequestMark;
    text += static_cast<char>('0' + static_cast<int>(parts.method));
    text += parts.body == nullptr ? kNoBody : kWithBody;
    if (parts.body != nullptr) {
        append_hex(text, parts.body->high);
        append_hex(text, parts.body->low);
    }
    append_part(text, parts.variant);
    text += parts.target;
}

void append_value_key(std::string& text, std::string_view user_key) {
    text += kValueMark;
    text += user_key;
}

ParsedRequestKey parse_request_key(std::string_view text) noexcept {
    constexpr std::size_t kBodyMarkAt = 2;
    if (text.size() <= kBodyMarkAt || text.front() != kRequestMark) return {};
    const bool with_body = text[kBodyMarkAt] == kWithBody;
    const auto start = kBodyMarkAt + 1 + (with_body ? kDigestDigits : 0);
    if (start > text.size()) return {};

    auto rest = text.substr(start);
    const auto variant = take_part(rest);
    if (!variant) return {};
    return {*variant, rest};
}

std::string_view identity_in(std::string_view variant) noexcept {
    constexpr int kPartsBefore = 4;
    for (int part = 0; part < kPartsBefore; ++part) {
        if (!take_part(variant)) return {};
    }
    return take_part(variant).value_or(std::string_view{});
}

std::uint64_t hash_of(std::string_view text) noexcept {
    return hash_with(text, kSeed);
}

CacheKey make_key(std::string text) {
    const auto hash = hash_of(text);
    return {std::move(text), hash};
}

}  // namespace pyesi::cache
