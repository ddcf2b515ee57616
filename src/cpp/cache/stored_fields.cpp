#include "cache/stored_fields.h"

#include "http/cache_control.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pyesi::cache {

namespace {

constexpr std::array<std::string_view, 10> kOfConnection = {"connection",
                                                            "keep-alive",
                                                            "proxy-authenticate",
                                                            "proxy-authentication-info",
                                                            "proxy-authorization",
                                                            "proxy-connection",
                                                            "te",
                                                            "trailer",
                                                            "transfer-encoding",
                                                            "upgrade"};

// The lengths that they have, a bit each: most names of an answer have another.
constexpr auto kTheirLengths = [] {
    std::uint64_t lengths = 0;
    for (const auto name : kOfConnection) lengths |= std::uint64_t{1} << name.size();
    return lengths;
}();

using Names = std::vector<std::string>;

bool is_of_connection(std::string_view name) noexcept {
    if (name.size() >= 64 || (kTheirLengths >> name.size() & 1U) == 0) return false;
    return std::ranges::any_of(
        kOfConnection, [&](auto held) { return http::equal_without_case(name, held); });
}

Names names_in(std::string_view list) {
    Names names;
    while (!list.empty()) {
        const auto comma = std::min(list.find(','), list.size());
        const auto name = http::without_blanks(list.substr(0, comma));
        list.remove_prefix(std::min(comma + 1, list.size()));
        if (!name.empty()) names.emplace_back(name);
    }
    return names;
}

bool is_named(std::string_view name, const Names& names) noexcept {
    return std::ranges::any_of(
        names, [&](const auto& one) { return http::equal_without_case(name, one); });
}

/// A copy that has nothing of what is left out, not even in its memory.
http::Headers without(const http::Headers& headers, const Names& names) {
    http::Headers kept;
    for (std::size_t index = 0; index < headers.size(); ++index) {
        const auto [name, value] = headers.at(index);
        if (!is_named(name, names)) kept.append(name, value);
    }
    return kept;
}

/// What Cache-Control keeps out of the cache field by field.
Names unstorable_fields(const http::Headers& headers, CacheMode mode) {
    auto control = http::parse_cache_control(headers);
    auto names = std::move(control.no_cache_fields);
    if (mode == CacheMode::Shared) {
        std::ranges::move(control.private_fields, std::back_inserter(names));
    }
    return names;
}

}  // namespace

void drop_connection_fields(http::Headers& headers) {
    const auto named = names_in(headers.joined("connection"));
    headers.erase_if([&](std::string_view name) {
        return is_of_connection(name) || is_named(name, named);
    });
}

EntryPtr as_stored(const EntryPtr& entry, CacheMode mode) {
    const auto names = unstorable_fields(entry->response.headers, mode);
    if (names.empty()) return entry;
    auto stored = std::make_shared<Entry>(*entry);
    stored->response.headers = without(entry->response.headers, names);
    if (is_named("etag", names)) stored->etag.reset();
    if (is_named("last-modified", names)) stored->last_modified.reset();
    if (is_named("x-pages", names)) stored->x_pages.reset();
    return stored;
}

}  // namespace pyesi::cache
