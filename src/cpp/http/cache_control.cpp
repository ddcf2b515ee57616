#include "http/cache_control.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <string>
#include <utility>

namespace pyesi::http {

namespace {

constexpr std::int64_t kLongest = 2'147'483'648;  // RFC 9111 §1.2.2

struct Directive {
    std::string_view name;
    std::string value;  // unquoted
    bool has_value = false;
};

/// Where the element that begins `text` ends: at a comma that is not quoted.
std::size_t end_of_element(std::string_view text) noexcept {
    bool is_quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') is_quoted = !is_quoted;
        if (text[i] == '\\' && is_quoted) ++i;
        if (i < text.size() && text[i] == ',' && !is_quoted) return i;
    }
    return text.size();
}

/// RFC 9110 §5.6.4; what follows the closing quote is dropped.
std::string unquoted(std::string_view text) {
    if (!text.starts_with('"')) return std::string{text};
    std::string plain;
    for (std::size_t i = 1; i < text.size() && text[i] != '"'; ++i) {
        if (text[i] == '\\' && i + 1 < text.size()) ++i;
        plain += text[i];
    }
    return plain;
}

Directive read_directive(std::string_view element) {
    const auto equals = element.find('=');
    if (equals == std::string_view::npos) return {without_blanks(element), {}};
    return {without_blanks(element.substr(0, equals)),
            unquoted(without_blanks(element.substr(equals + 1))),
            true};
}

std::optional<std::chrono::seconds> read_length(std::string_view digits) noexcept {
    if (digits.empty()) return std::nullopt;
    std::int64_t value = 0;
    for (const char digit : digits) {
        if (digit < '0' || digit > '9') return std::nullopt;
        value = std::min(value * 10 + (digit - '0'), kLongest);
    }
    return std::chrono::seconds{value};
}

std::vector<std::string> read_fields(std::string_view list) {
    std::vector<std::string> fields;
    while (!list.empty()) {
        const auto end = std::min(list.find(','), list.size());
        const auto field = without_blanks(list.substr(0, end));
        if (!field.empty()) fields.emplace_back(field);
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return fields;
}

/// Directives that are there or not; a value they should not have is passed over.
constexpr std::array<std::pair<std::string_view, bool CacheControl::*>, 8> kFlags{{
    {"no-store", &CacheControl::no_store},
    {"no-transform", &CacheControl::no_transform},
    {"must-revalidate", &CacheControl::must_revalidate},
    {"proxy-revalidate", &CacheControl::proxy_revalidate},
    {"must-understand", &CacheControl::must_understand},
    {"immutable", &CacheControl::immutable},
    {"public", &CacheControl::public_},
    {"only-if-cached", &CacheControl::only_if_cached},
}};

using Length = std::optional<std::chrono::seconds>;
constexpr std::array<std::pair<std::string_view, Length CacheControl::*>, 6> kLengths{{
    {"max-age", &CacheControl::max_age},
    {"s-maxage", &CacheControl::s_maxage},
    {"stale-while-revalidate", &CacheControl::stale_while_revalidate},
    {"stale-if-error", &CacheControl::stale_if_error},
    {"min-fresh", &CacheControl::min_fresh},
    {"max-stale", &CacheControl::max_stale},
}};

/// A directive that may be for some fields only.
struct Qualified {
    bool& flag;
    std::vector<std::string>& fields;
};

/// Once it was for the whole response, no other of its kind narrows it.
void apply_qualified(const Directive& directive, Qualified target) {
    const bool is_for_all = target.flag && target.fields.empty();
    target.flag = true;
    auto fields = read_fields(directive.value);
    if (is_for_all || fields.empty()) {
        target.fields.clear();
        return;
    }
    std::ranges::move(fields, std::back_inserter(target.fields));
}

bool try_flag(const Directive& directive, CacheControl& control) {
    for (const auto& [name, flag] : kFlags) {
        if (!equal_without_case(name, directive.name)) continue;
        control.*flag = true;
        return true;
    }
    return false;
}

bool try_length(const Directive& directive, CacheControl& control) {
    for (const auto& [name, length] : kLengths) {
        if (!equal_without_case(name, directive.name)) continue;
        auto& kept = control.*length;
        if (!kept) kept = read_length(directive.value);
        return true;
    }
    return false;
}

void apply(const Directive& directive, CacheControl& control) {
    // RFC 9111 §5.2.1.2: the one length whose absence means something.
    if (!directive.has_value && equal_without_case("max-stale", directive.name)) {
        if (!control.max_stale) control.max_stale = CacheControl::Seconds::max();
        return;
    }
    if (try_flag(directive, control) || try_length(directive, control)) return;
    if (equal_without_case("no-cache", directive.name)) {
        apply_qualified(directive, {control.no_cache, control.no_cache_fields});
    } else if (equal_without_case("private", directive.name)) {
        apply_qualified(directive, {control.private_, control.private_fields});
    }
}

}  // namespace

CacheControl parse_cache_control(std::string_view value) {
    CacheControl control;
    while (!value.empty()) {
        const auto end = end_of_element(value);
        apply(read_directive(value.substr(0, end)), control);
        value.remove_prefix(std::min(end + 1, value.size()));
    }
    return control;
}

CacheControl parse_cache_control(const Headers& headers) {
    return parse_cache_control(headers.joined("cache-control"));
}

}  // namespace pyesi::http
