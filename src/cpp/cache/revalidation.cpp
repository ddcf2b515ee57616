#include "cache/revalidation.h"

#include "cache/stored_fields.h"
#include "http/http_date.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>

namespace pyesi::cache {

namespace {

using Names = std::span<const std::string_view>;

// RFC 9111 §3.2: they tell of the body, and a 304 has not the stored one.
constexpr std::array<std::string_view, 4> kStaysStored = {
    "content-encoding", "content-length", "content-range", "content-type"};

// They told of the earlier arrival.
constexpr std::array<std::string_view, 2> kEndsWithArrival = {"age", "date"};

bool is_among(std::string_view name, Names names) noexcept {
    return std::ranges::any_of(
        names, [&](auto held) { return http::equal_without_case(name, held); });
}

// RFC 9111 §4.3.4: a tag selects; where one side has none, the date does. A 304 that
// names neither is about the one answer whose validators went along.
bool is_about_another(const Entry& stored, const http::Headers& newer) {
    const auto field = newer.find("etag");
    const auto tag = field ? http::parse_entity_tag(*field) : std::nullopt;
    if (tag && stored.etag) return !http::weakly_equal(*tag, *stored.etag);
    if (stored.etag || !stored.last_modified) return false;
    const auto modified = newer.find("last-modified");
    const auto instant = modified ? http::parse_http_date(*modified) : std::nullopt;
    return instant && instant != stored.last_modified;
}

// An Expires that the 304 did not repeat: it may still hold, after a reload.
bool is_past_expires(const http::Headers::Field& field, base::WallTime date) {
    if (!http::equal_without_case(field.name, "expires")) return false;
    const auto expires = http::parse_http_date(field.value);
    return !expires || *expires <= date;
}

http::Headers merge_headers(const http::Headers& stored,
                            const http::Headers& newer,
                            base::WallTime date) {
    http::Headers merged;
    for (std::size_t index = 0; index < stored.size(); ++index) {
        const auto field = stored.at(index);
        const bool replaced =
            newer.find(field.name) && !is_among(field.name, kStaysStored);
        if (replaced || is_among(field.name, kEndsWithArrival)) continue;
        if (is_past_expires(field, date)) continue;
        merged.append(field.name, field.value);
    }
    for (std::size_t index = 0; index < newer.size(); ++index) {
        const auto field = newer.at(index);
        if (!is_among(field.name, kStaysStored)) merged.append(field.name, field.value);
    }
    return merged;
}

}  // namespace

bool append_validators(const Entry& entry, http::Headers& request_headers) {
    if (entry.etag) request_headers.append("if-none-match", entry.etag->text);
    if (!entry.last_modified) return entry.etag.has_value();
    const auto date = entry.response.headers.find("last-modified");
    request_headers.append("if-modified-since", date.value_or(""));
    return true;
}

EntryPtr merge_not_modified(const Entry& stored,
                            const http::Headers& not_modified,
                            const Arrival& arrival) {
    auto newer = not_modified;
    drop_connection_fields(newer);
    if (is_about_another(stored, newer)) return nullptr;
    const auto date = date_of(newer, arrival.lifetime_facts.received_wall);
    return make_entry({stored.response.status,
                       merge_headers(stored.response.headers, newer, date),
                       stored.response.body},
                      arrival);
}

}  // namespace pyesi::cache
