#include "cache/precondition.h"

#include "cache/ttl_policy.h"
#include "http/http_date.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace pyesi::cache {

namespace {

constexpr std::array<std::string_view, 6> kOfNotModified = {
    "cache-control", "content-location", "date", "etag", "expires", "vary"};

/// Where the first tag of a list ends: at a comma that is not quoted.
std::size_t end_of_tag(std::string_view list) noexcept {
    bool is_quoted = false;
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (list[i] == '"') is_quoted = !is_quoted;
        if (list[i] == ',' && !is_quoted) return i;
    }
    return list.size();
}

/// RFC 9110 §13.1.2.
bool is_listed(const Entry& stored, std::string_view list) {
    if (http::without_blanks(list) == "*") return true;
    while (!list.empty() && stored.etag) {
        const auto end = end_of_tag(list);
        const auto tag = http::parse_entity_tag(list.substr(0, end));
        if (tag && http::weakly_equal(*tag, *stored.etag)) return true;
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return false;
}

base::WallTime modified_at(const Entry& stored) {
    if (stored.last_modified) return *stored.last_modified;
    return date_of(stored.response.headers, stored.times.received_wall);
}

}  // namespace

bool is_not_modified(const Entry& stored, const http::Headers& request_headers) {
    if (stored.response.status != 200) return false;
    if (request_headers.find("if-none-match")) {
        return is_listed(stored, request_headers.joined("if-none-match"));
    }
    const auto field = request_headers.find("if-modified-since");
    const auto since = field ? http::parse_http_date(*field) : std::nullopt;
    return since && modified_at(stored) <= *since;
}

http::Headers not_modified_fields(const Entry& stored) {
    http::Headers fields;
    const auto& kept = stored.response.headers;
    for (std::size_t index = 0; index < kept.size(); ++index) {
        const auto [name, value] = kept.at(index);
        const bool is_asked_for = std::ranges::any_of(kOfNotModified, [&](auto one) {
            return http::equal_without_case(one, name);
        });
        if (is_asked_for) fields.append(name, value);
    }
    const auto modified = kept.find("last-modified");
    if (!stored.etag && modified) fields.append("last-modified", *modified);
    return fields;
}

}  // namespace pyesi::cache
