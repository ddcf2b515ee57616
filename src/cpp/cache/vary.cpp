#include "cache/vary.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace pyesi::cache {

namespace {

// What variant_text puts into the key; content coding is undone before anybody
// sees a body, so answers that differ in it alone are one.
constexpr std::array<std::string_view, 5> kFieldsInKey = {"accept-encoding",
                                                          "accept-language",
                                                          "authorization",
                                                          "x-compatibility-date",
                                                          "x-tenant"};

bool is_in_key(std::string_view name) noexcept {
    return std::ranges::any_of(
        kFieldsInKey, [&](auto held) { return http::equal_without_case(name, held); });
}

/// Calls `use` with each name in Vary that no key holds.
template <class Use>
void for_each_beyond_key(std::string_view vary, Use&& use) {
    while (!vary.empty()) {
        const auto comma = std::min(vary.find(','), vary.size());
        const auto name = http::without_blanks(vary.substr(0, comma));
        vary.remove_prefix(std::min(comma + 1, vary.size()));
        if (!name.empty() && !is_in_key(name)) use(name);
    }
}

NominatedField nominate(std::string_view name, const http::Headers* request_headers) {
    NominatedField field{std::string{name}, std::nullopt};
    if (request_headers != nullptr && request_headers->find(name)) {
        field.value = request_headers->joined(name);
    }
    return field;
}

}  // namespace

bool varies_beyond_key(const http::Headers& headers) {
    bool found = false;
    for (std::size_t index = 0; index < headers.size(); ++index) {
        const auto [name, value] = headers.at(index);
        if (!http::equal_without_case(name, "vary")) continue;
        for_each_beyond_key(value, [&](std::string_view) { found = true; });
    }
    return found;
}

std::vector<NominatedField> nominate_fields(const http::Headers& headers,
                                            const http::Headers* request_headers) {
    std::vector<NominatedField> fields;
    const auto vary = headers.joined("vary");
    for_each_beyond_key(vary, [&](std::string_view name) {
        fields.push_back(nominate(name, request_headers));
    });
    return fields;
}

bool matches_variant(const Entry& entry, const http::Headers& request_headers) {
    const auto matches = [&](const NominatedField& field) {
        if (!request_headers.find(field.name)) return !field.value;
        return field.value == request_headers.joined(field.name);
    };
    return std::ranges::all_of(entry.nominated_fields, matches);
}

}  // namespace pyesi::cache
