#include "catalog/value_check.h"

#include "catalog/percent_encoding.h"
#include "catalog/spelling.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

namespace pyesi::catalog {
namespace {

constexpr std::string_view kUuidForm = "00000000-0000-0000-0000-000000000000";

/// RFC 9562 §4: the textual form.
bool is_uuid(std::string_view text) noexcept {
    const auto fits_form = [](char c, char form) {
        return form == '-' ? c == '-' : is_hex(c);
    };
    return text.size() == kUuidForm.size() &&
           std::ranges::equal(text, kUuidForm, fits_form);
}

/// In characters: bytes that do not continue one.
std::size_t length_of(std::string_view utf8) noexcept {
    return static_cast<std::size_t>(std::ranges::count_if(
        utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// What would leave the segment that it stands in (RFC 3986 §5.2.4).
bool breaks_path(const Parameter& parameter, std::string_view text) noexcept {
    return parameter.location == Location::Path &&
           (text.empty() || text == "." || text == "..");
}

bool has_length(const Parameter& parameter, std::string_view text) noexcept {
    const std::size_t length = length_of(text);
    return parameter.min_length <= length && length <= parameter.max_length;
}

bool is_allowed(const Parameter& parameter, std::string_view text) noexcept {
    const auto& allowed = parameter.allowed;
    return allowed.empty() || std::ranges::find(allowed, text) != allowed.end();
}

bool takes(const Parameter& parameter, ScalarType type) noexcept {
    return parameter.type == type || parameter.type == ScalarType::Any;
}

bool scalar_fits(const Parameter& parameter, std::int64_t value) noexcept {
    if (parameter.type == ScalarType::Number) {
        const auto number = static_cast<double>(value);
        return parameter.least_number <= number && number <= parameter.most_number;
    }
    return takes(parameter, ScalarType::Integer) && parameter.least <= value &&
           value <= parameter.most;
}

bool scalar_fits(const Parameter& parameter, double value) noexcept {
    return takes(parameter, ScalarType::Number) && std::isfinite(value) &&
           parameter.least_number <= value && value <= parameter.most_number;
}

bool scalar_fits(const Parameter& parameter, bool) noexcept {
    return takes(parameter, ScalarType::Boolean);
}

bool scalar_fits(const Parameter& parameter, std::string_view value) noexcept {
    return takes(parameter, ScalarType::String) && !holds_control(value) &&
           !breaks_path(parameter, value) && has_length(parameter, value) &&
           is_allowed(parameter, value) && (!parameter.is_uuid || is_uuid(value));
}

bool scalar_fits(const Parameter& parameter, const Scalar& value) {
    return std::visit([&](const auto& known) { return scalar_fits(parameter, known); },
                      value);
}

bool has_twins(const List& items) {
    for (auto item = items.begin(); item != items.end(); ++item) {
        if (std::find(items.begin(), item, *item) != item) return true;
    }
    return false;
}

bool has_count(const Parameter& parameter, const List& items) noexcept {
    return parameter.min_items <= items.size() && items.size() <= parameter.max_items;
}

bool takes_lists(const Parameter& parameter) noexcept {
    return parameter.is_list ||
           (parameter.type == ScalarType::Any && parameter.location == Location::Query);
}

bool list_fits(const Parameter& parameter, const List& items) {
    const auto item_fits = [&](const Scalar& item) {
        return scalar_fits(parameter, item);
    };
    return takes_lists(parameter) && has_count(parameter, items) &&
           std::ranges::all_of(items, item_fits) &&
           !(parameter.unique && has_twins(items));
}

template <class T>
std::string number_text(T value) {
    std::string text;
    append_number(text, value);
    return text;
}

/// ` from 10 to 100`, with what is unbounded left out.
template <class T>
std::string range_text(T least, T most) {
    const bool bounded = most < std::numeric_limits<std::int32_t>::max();
    const bool starts = least > std::numeric_limits<std::int32_t>::min();
    if (starts && bounded)
        return " from " + number_text(least) + " to " + number_text(most);
    if (starts) return " of at least " + number_text(least);
    return bounded ? " of at most " + number_text(most) : "";
}

std::string expected_string(const Parameter& parameter) {
    if (!parameter.allowed.empty()) {
        return "one of " + in_quotes(std::vector<std::string_view>{
                               parameter.allowed.begin(), parameter.allowed.end()});
    }
    if (parameter.is_uuid) return "a UUID such as \"" + std::string{kUuidForm} + "\"";
    std::string text = "a string";
    if (parameter.min_length > 0) {
        text += " of at least " + std::to_string(parameter.min_length) + " characters";
    }
    if (parameter.max_length < std::string::npos) {
        text += " of at most " + std::to_string(parameter.max_length) + " characters";
    }
    return text;
}

std::string expected_scalar(const Parameter& parameter) {
    switch (parameter.type) {
        case ScalarType::Integer:
            return "an integer" + range_text(parameter.least, parameter.most);
        case ScalarType::Number:
            return "a finite number" +
                   range_text(parameter.least_number, parameter.most_number);
        case ScalarType::Boolean: return "true or false";
        case ScalarType::String: return expected_string(parameter);
        case ScalarType::Any: break;
    }
    return "a string, a finite number or a boolean";
}

std::string described_scalar(const Parameter&, std::int64_t value) {
    return std::to_string(value);
}

std::string described_scalar(const Parameter&, double value) {
    return number_text(value);
}

std::string described_scalar(const Parameter&, bool value) {
    return value ? "true" : "false";
}

std::string described_scalar(const Parameter& parameter, std::string_view value) {
    if (!takes(parameter, ScalarType::String)) return "a string";
    if (holds_control(value)) return "a string with a control character";
    if (value.empty()) return "an empty string";
    if (breaks_path(parameter, value)) return "a string of dots";
    if (!has_length(parameter, value)) {
        return "a string of " + std::to_string(length_of(value));
    }
    return "another string";
}

std::string described_scalar(const Parameter& parameter, const Scalar& value) {
    return std::visit(
        [&](const auto& known) { return described_scalar(parameter, known); }, value);
}

std::string described_scalar(const Parameter& parameter, const List& items) {
    if (!takes_lists(parameter)) return "a list";
    if (items.empty()) return "an empty list";
    if (!has_count(parameter, items)) {
        return "a list of " + std::to_string(items.size());
    }
    for (const auto& item : items) {
        if (!scalar_fits(parameter, item)) {
            return "a list with " + described_scalar(parameter, item);
        }
    }
    return "a list with an item twice";
}

}  // namespace

bool fits(const Parameter& parameter, const Value& value) {
    if (const auto* items = std::get_if<List>(&value))
        return list_fits(parameter, *items);
    if (parameter.is_list) return false;
    return std::visit(
        [&](const auto& known) {
            if constexpr (std::is_same_v<std::decay_t<decltype(known)>, List>) {
                return false;
            } else {
                return scalar_fits(parameter, known);
            }
        },
        value);
}

std::string expected(const Parameter& parameter) {
    if (!parameter.is_list) return expected_scalar(parameter);
    std::string text = "a list of " + std::to_string(parameter.min_items);
    text += parameter.max_items < std::string::npos
                ? " to " + std::to_string(parameter.max_items)
                : " or more";
    text += parameter.unique ? " different items" : " items";
    return text + ", each " + expected_scalar(parameter);
}

std::string described(const Parameter& parameter, const Value& value) {
    return std::visit(
        [&](const auto& known) { return described_scalar(parameter, known); }, value);
}

std::string_view meant_word(const Parameter& parameter, const Value& value) {
    const std::vector<std::string_view> words{parameter.allowed.begin(),
                                              parameter.allowed.end()};
    if (const auto* word = std::get_if<std::string_view>(&value)) {
        return nearest(*word, words);
    }
    const auto* items = std::get_if<List>(&value);
    if (items == nullptr) return {};
    for (const auto& item : *items) {
        const auto* word = std::get_if<std::string_view>(&item);
        if (word != nullptr && !is_allowed(parameter, *word))
            return nearest(*word, words);
    }
    return {};
}

void append_number(std::string& text, std::int64_t value) {
    std::array<char, 24> digits{};
    char* const end =
        std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    text.append(digits.data(), end);
}

void append_number(std::string& text, double value) {
    std::array<char, 32> digits{};
    // -0.0 and 0.0 are equal, so they must not make two targets.
    const double positive_zero = value + 0.0;
    char* const end =
        std::to_chars(digits.data(), digits.data() + digits.size(), positive_zero).ptr;
    text.append(digits.data(), end);
}

}  // namespace pyesi::catalog
