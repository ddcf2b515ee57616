#include "cache/entry.h"

#include "cache/stored_fields.h"
#include "cache/vary.h"
#include "http/cache_control.h"
#include "http/http_date.h"

#include <charconv>
#include <string_view>
#include <system_error>
#include <utility>

namespace pyesi::cache {

namespace {

// The control block and the allocator's own words.
constexpr std::size_t kSharedOverhead = 64;

std::optional<base::WallTime> parse_last_modified(const http::Headers& headers) {
    const auto field = headers.find("last-modified");
    return field ? http::parse_http_date(*field) : std::nullopt;
}

std::optional<http::EntityTag> parse_etag(const http::Headers& headers) {
    const auto field = headers.find("etag");
    return field ? http::parse_entity_tag(*field) : std::nullopt;
}

std::optional<int> parse_x_pages(const http::Headers& headers) noexcept {
    const auto field = http::without_blanks(headers.find("x-pages").value_or(""));
    const char* end = field.data() + field.size();
    int count = 0;
    const auto number = std::from_chars(field.data(), end, count);
    if (number.ec != std::errc{} || number.ptr != end || count < 0) return std::nullopt;
    return count;
}

StalePermissions read_permissions(const http::CacheControl& control, CacheMode mode) {
    const bool shared_forbids =
        mode == CacheMode::Shared && (control.proxy_revalidate || control.s_maxage);
    return {control.must_revalidate || control.is_no_cache() || shared_forbids,
            control.stale_if_error,
            control.stale_while_revalidate};
}

EntryTimes compute_times(const http::Headers& headers, const Arrival& arrival) {
    const auto& facts = arrival.lifetime_facts;
    const auto lifetime = freshness_lifetime(headers, facts);
    const auto age = age_when_received(headers);
    return {.received_at = arrival.received_at,
            .received_wall = facts.received_wall,
            .age_when_received = age,
            .freshness_lifetime = lifetime,
            .fresh_until = arrival.received_at + lifetime.length - age,
            .expires_at = date_of(headers, facts.received_wall) + lifetime.length};
}

}  // namespace

std::size_t Entry::weight() const noexcept {
    auto bytes = sizeof(Entry) + kSharedOverhead + response.headers.weight() +
                 response.body.bytes.size() + base::Bytes::kSlack;
    if (etag) bytes += etag->text.size();
    for (const auto& field : nominated_fields) {
        bytes += sizeof(field) + field.name.size() + field.value.value_or("").size();
    }
    return bytes;
}

EntryPtr make_entry(http::Response response, const Arrival& arrival) {
    auto entry = std::make_shared<Entry>();
    drop_connection_fields(response.headers);
    const auto& headers = response.headers;
    entry->times = compute_times(headers, arrival);
    entry->permissions = read_permissions(http::parse_cache_control(headers),
                                          arrival.lifetime_facts.mode);
    entry->etag = parse_etag(headers);
    entry->last_modified = parse_last_modified(headers);
    entry->x_pages = parse_x_pages(headers);
    entry->nominated_fields = nominate_fields(headers, arrival.request_headers);
    entry->gone_when_stale = arrival.gone_when_stale;
    entry->response = std::move(response);
    return entry;
}

}  // namespace pyesi::cache
