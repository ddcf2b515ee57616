#include "http/headers.h"

#include <algorithm>
#include <array>
#include <utility>

namespace pyesi::http {

namespace {

// What the first field makes room for. An answer of ESI has a dozen fields in 600
// bytes: whoever reads one says so by reserve().
constexpr std::size_t kFirstFields = 8;
constexpr std::size_t kFirstBytes = 240;

constexpr unsigned char to_lower(char letter) noexcept {
    const auto byte = static_cast<unsigned char>(letter);
    const bool is_upper = byte >= 'A' && byte <= 'Z';
    return is_upper ? static_cast<unsigned char>(byte | 0x20U) : byte;
}

constexpr bool is_token_character(char letter) noexcept {
    const auto lower = to_lower(letter);
    if ((lower >= 'a' && lower <= 'z') || (letter >= '0' && letter <= '9')) return true;
    return std::string_view{"!#$%&'*+-.^_`|~"}.find(letter) != std::string_view::npos;
}

// Each name of each answer goes through here: a look-up costs less than the rule.
constexpr auto kIsToken = [] {
    std::array<bool, 256> is_token{};
    for (std::size_t byte = 0; byte < is_token.size(); ++byte) {
        is_token[byte] = is_token_character(static_cast<char>(byte));
    }
    return is_token;
}();

constexpr bool is_value_character(char letter) noexcept {
    const auto byte = static_cast<unsigned char>(letter);
    return (byte >= 0x20 && byte != 0x7F) || byte == '\t';
}

}  // namespace

void Headers::reserve(std::size_t fields, std::size_t bytes) {
    spans_.reserve(fields);
    block_.reserve(bytes);
}

void Headers::append(std::string_view name, std::string_view value) {
    const Span span{static_cast<std::uint32_t>(block_.size()),
                    static_cast<std::uint32_t>(name.size()),
                    static_cast<std::uint32_t>(value.size())};
    if (spans_.capacity() == 0) spans_.reserve(kFirstFields);
    append_text(name, value);
    spans_.push_back(span);
}

void Headers::append_text(std::string_view name, std::string_view value) {
    const auto needed = block_.size() + name.size() + value.size();
    if (needed <= block_.capacity()) {
        block_.append(name).append(value);
        return;
    }
    // The old block lives until both are copied: they may point into it.
    std::string grown;
    grown.reserve(std::max({needed, 2 * block_.capacity(), kFirstBytes}));
    grown.append(block_).append(name).append(value);
    block_ = std::move(grown);
}

void Headers::set(std::string_view name, std::string_view value) {
    const auto first = std::ranges::find_if(
        spans_, [&](const Span& span) { return is_named(span, name); });
    if (first == spans_.end()) {
        append(name, value);
        return;
    }
    Headers changed;
    changed.reserve(spans_.size(), block_.size() + value.size());
    for (auto span = spans_.begin(); span != spans_.end(); ++span) {
        if (span == first) {
            changed.append(name_of(*span), value);
        } else if (!is_named(*span, name)) {
            changed.append(name_of(*span), value_of(*span));
        }
    }
    *this = std::move(changed);
}

void Headers::erase(std::string_view name) {
    if (!find(name)) return;
    Headers kept;
    kept.reserve(spans_.size() - 1, block_.size());
    for (const auto& span : spans_) {
        if (!is_named(span, name)) kept.append(name_of(span), value_of(span));
    }
    *this = std::move(kept);
}

std::optional<std::string_view> Headers::find(std::string_view name) const noexcept {
    for (const auto& span : spans_) {
        if (is_named(span, name)) return value_of(span);
    }
    return std::nullopt;
}

std::string Headers::joined(std::string_view name) const {
    std::string all;
    bool is_first = true;
    for (const auto& span : spans_) {
        if (!is_named(span, name)) continue;
        if (!is_first) all += ", ";
        all += value_of(span);
        is_first = false;
    }
    return all;
}

Headers::Field Headers::at(std::size_t index) const noexcept {
    const auto& span = spans_[index];
    return {name_of(span), value_of(span)};
}

void Headers::shrink_to_fit() {
    block_.shrink_to_fit();
    spans_.shrink_to_fit();
}

std::size_t Headers::weight() const noexcept {
    return block_.capacity() + spans_.capacity() * sizeof(Span);
}

bool Headers::operator==(const Headers& other) const noexcept {
    return std::ranges::equal(
        spans_, other.spans_, [&](const Span& mine, const Span& theirs) {
            return is_named(mine, other.name_of(theirs)) &&
                   value_of(mine) == other.value_of(theirs);
        });
}

std::string_view Headers::value_of(const Span& span) const noexcept {
    return {block_.data() + span.offset + span.name_length, span.value_length};
}

bool Headers::is_named(const Span& span, std::string_view name) const noexcept {
    return equal_without_case(name_of(span), name);
}

bool is_field_value(std::string_view value) noexcept {
    // Not ended at the first wrong one, so that the compiler takes many at once.
    unsigned char wrong = 0;
    for (const char letter : value) {
        wrong |= static_cast<unsigned char>(!is_value_character(letter));
    }
    return wrong == 0;
}

bool is_field_name(std::string_view name) noexcept {
    bool is_token = !name.empty();
    for (const char letter : name) {
        is_token &= kIsToken[static_cast<unsigned char>(letter)];
    }
    return is_token;
}

std::string_view without_blanks(std::string_view text) noexcept {
    const auto is_blank = [](char letter) { return letter == ' ' || letter == '\t'; };
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

bool has_equal_letters(std::string_view left, std::string_view right) noexcept {
    for (std::size_t i = 0; i < left.size(); ++i) {
        if (to_lower(left[i]) != to_lower(right[i])) return false;
    }
    return true;
}

}  // namespace pyesi::http
