#include "columns/json_text.h"

#include <cstddef>
#include <cstdint>
#include <utility>

namespace pyesi::columns {

namespace {

namespace od = simdjson::ondemand;

// Deeper than anything that ESI sends, far from the end of a thread's stack.
constexpr int kMaxDepth = 200;

/// The length of a string with escapes in it, up to its closing quote.
std::size_t escaped_length(const char* text) noexcept {
    std::size_t length = 0;
    while (text[length] != '"') length += text[length] == '\\' ? 2 : 1;
    return length;
}

bool is_digit(char sign) noexcept {
    return sign >= '0' && sign <= '9';
}

/// Cuts digits off the front; false if there is none.
bool take_digits(std::string_view& text) noexcept {
    const auto before = text.size();
    while (!text.empty() && is_digit(text.front())) text.remove_prefix(1);
    return text.size() < before;
}

bool take(std::string_view& text, char sign) noexcept {
    if (text.empty() || text.front() != sign) return false;
    text.remove_prefix(1);
    return true;
}

simdjson::error_code check_array(od::value& value, JsonText& texts, int depth) {
    od::array array;
    if (const auto error = value.get_array().get(array)) return error;
    for (auto item : array) {
        od::value inner;
        if (const auto error = item.get(inner)) return error;
        if (const auto error = check_json(inner, texts, depth)) return error;
    }
    return simdjson::SUCCESS;
}

simdjson::error_code check_object(od::value& value, JsonText& texts, int depth) {
    od::object object;
    if (const auto error = value.get_object().get(object)) return error;
    for (auto item : object) {
        od::field field;
        if (const auto error = std::move(item).get(field)) return error;
        if (!texts.read(field.key())) return simdjson::STRING_ERROR;
        if (const auto error = check_json(field.value(), texts, depth)) return error;
    }
    return simdjson::SUCCESS;
}

simdjson::error_code check_string(od::value& value, JsonText& texts) {
    od::raw_json_string raw;
    if (const auto error = value.get_raw_json_string().get(raw)) return error;
    return texts.read(raw) ? simdjson::SUCCESS : simdjson::STRING_ERROR;
}

simdjson::error_code check_null(od::value& value) {
    bool is_null = false;
    if (const auto error = value.is_null().get(is_null)) return error;
    return is_null ? simdjson::SUCCESS : simdjson::N_ATOM_ERROR;
}

}  // namespace

std::optional<std::string_view> JsonText::read(od::raw_json_string raw) {
    const char* const text = raw.raw();
    std::size_t length = 0;
    while (text[length] != '"' && text[length] != '\\') ++length;
    if (text[length] == '"') return std::string_view{text, length};
    // It never grows, but simdjson writes some bytes ahead.
    unescaped_.resize(escaped_length(text) + simdjson::SIMDJSON_PADDING);
    auto* end = reinterpret_cast<std::uint8_t*>(unescaped_.data());
    std::string_view plain;
    if (parser_.unescape(raw, end).get(plain) != simdjson::SUCCESS) return std::nullopt;
    return plain;
}

bool is_json_number(std::string_view text) noexcept {
    take(text, '-');
    if (!take(text, '0') && !take_digits(text)) return false;
    if (take(text, '.') && !take_digits(text)) return false;
    if (take(text, 'e') || take(text, 'E')) {
        if (!take(text, '+')) take(text, '-');
        if (!take_digits(text)) return false;
    }
    return text.empty();
}

std::string_view trimmed(std::string_view token) noexcept {
    const auto end = token.find_last_not_of(" \t\r\n");
    return token.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

simdjson::error_code check_json(od::value& value, JsonText& texts, int depth) {
    if (depth > kMaxDepth) return simdjson::DEPTH_ERROR;
    auto type = od::json_type::null;
    if (const auto error = value.type().get(type)) return error;
    switch (type) {
        case od::json_type::array: return check_array(value, texts, depth + 1);
        case od::json_type::object: return check_object(value, texts, depth + 1);
        case od::json_type::string: return check_string(value, texts);
        case od::json_type::boolean: return value.get_bool().error();
        case od::json_type::null: return check_null(value);
        case od::json_type::number: break;
        default: return simdjson::TAPE_ERROR;
    }
    const auto token = trimmed(value.raw_json_token());
    return is_json_number(token) ? simdjson::SUCCESS : simdjson::NUMBER_ERROR;
}

}  // namespace pyesi::columns
