#include "cache/head_answer.h"

#include "http/http_date.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

namespace pyesi::cache {

namespace {

enum class Match : std::uint8_t { NotNamed, Same, Other };

Match match_tag(const Entry& stored, const http::Headers& head) {
    const auto field = head.find("etag");
    const auto tag = field ? http::parse_entity_tag(*field) : std::nullopt;
    if (!tag) return Match::NotNamed;
    const bool is_same = stored.etag && http::weakly_equal(*tag, *stored.etag);
    return is_same ? Match::Same : Match::Other;
}

Match match_modified(const Entry& stored, const http::Headers& head) {
    const auto field = head.find("last-modified");
    const auto instant = field ? http::parse_http_date(*field) : std::nullopt;
    if (!instant) return Match::NotNamed;
    return instant == stored.last_modified ? Match::Same : Match::Other;
}

Match match_length(const Entry& stored, const http::Headers& head) {
    const auto& kept = stored.response.headers;
    const auto mine = kept.find("content-length");
    const auto theirs = head.find("content-length");
    if (!mine || !theirs) return Match::NotNamed;
    if (kept.find("content-encoding") != head.find("content-encoding")) {
        return Match::NotNamed;
    }
    return *mine == *theirs ? Match::Same : Match::Other;
}

}  // namespace

HeadVerdict compare_head(const Entry& stored, const http::Headers& head) {
    const std::array matches = {match_tag(stored, head),
                                match_modified(stored, head),
                                match_length(stored, head)};
    const auto any = [&](Match match) {
        return std::ranges::find(matches, match) != matches.end();
    };
    if (any(Match::Other)) return HeadVerdict::Outdates;
    return any(Match::Same) ? HeadVerdict::Refreshes : HeadVerdict::SaysNothing;
}

EntryPtr outdated(const Entry& stored, base::TimePoint now) {
    auto entry = std::make_shared<Entry>(stored);
    entry->times.fresh_until = std::min(entry->times.fresh_until, now);
    return entry;
}

EntryPtr as_head_answer(const Entry& stored) {
    auto entry = std::make_shared<Entry>(stored);
    entry->response.body = {};
    return entry;
}

}  // namespace pyesi::cache
