// Lets the property tests ask the core's own cache functions: each line that comes is
// a question in JSON, each line that goes its answer. Lengths are whole seconds.

#include "cache/cache_status.h"
#include "cache/dynamic_ttl.h"
#include "cache/head_answer.h"
#include "cache/invalidation.h"
#include "cache/request_directives.h"
#include "cache/reuse.h"
#include "cache/revalidation.h"
#include "cache/stored_fields.h"
#include "cache/ttl_policy.h"
#include "cache/vary.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <string>

namespace {

using namespace pyesi;
using namespace std::chrono_literals;
using nlohmann::json;
using std::chrono::seconds;

constexpr base::TimePoint kArrival{1000h};

std::optional<base::Duration> length_in(const json& object, const char* name) {
    if (!object.contains(name) || object[name].is_null()) return std::nullopt;
    return seconds{object[name].get<std::int64_t>()};
}

json seconds_of(std::optional<base::Duration> length) {
    if (!length) return nullptr;
    return std::chrono::floor<seconds>(*length).count();
}

http::Headers headers_in(const json& pairs) {
    http::Headers headers;
    for (const auto& pair : pairs) {
        headers.append(pair[0].get<std::string>(), pair[1].get<std::string>());
    }
    return headers;
}

json pairs_of(const http::Headers& headers) {
    auto pairs = json::array();
    for (std::size_t index = 0; index < headers.size(); ++index) {
        const auto [name, value] = headers.at(index);
        pairs.push_back({std::string{name}, std::string{value}});
    }
    return pairs;
}

cache::LifetimeFacts facts_in(const json& facts) {
    return {.received_wall =
                base::WallTime{seconds{facts["received_wall"].get<std::int64_t>()}},
            .catalog_lifetime = length_in(facts, "catalog_lifetime"),
            .mode = facts["shared"].get<bool>() ? cache::CacheMode::Shared
                                                : cache::CacheMode::Private,
            .override_lifetime = length_in(facts, "override_lifetime"),
            .dynamic_lifetime = length_in(facts, "dynamic_lifetime")};
}

cache::RequestDirectives asked_in(const json& asked) {
    cache::RequestDirectives directives;
    directives.no_cache = asked["no_cache"].get<bool>();
    directives.only_if_cached = asked["only_if_cached"].get<bool>();
    directives.max_age = length_in(asked, "max_age");
    directives.min_fresh = length_in(asked, "min_fresh");
    directives.max_stale = length_in(asked, "max_stale");
    directives.stale_if_error = length_in(asked, "stale_if_error");
    return directives;
}

cache::EntryPtr entry_of(const json& headers,
                         const json& facts,
                         base::Duration later = {},
                         const http::Headers* request = nullptr) {
    return cache::make_entry({200, headers_in(headers), {base::Bytes{"[]"}, {}, 2}},
                             {.received_at = kArrival + later,
                              .lifetime_facts = facts_in(facts),
                              .request_headers = request});
}

base::TimePoint at(const json& question, const char* name) {
    return kArrival + seconds{question[name].get<std::int64_t>()};
}

json storability(const json& question) {
    static const std::map<cache::Storability, const char*> kNames = {
        {cache::Storability::Storable, "storable"},
        {cache::Storability::MethodForbids, "method"},
        {cache::Storability::StatusForbids, "status"},
        {cache::Storability::NoStore, "no_store"},
        {cache::Storability::PrivateForbids, "private"},
        {cache::Storability::AuthorizationForbids, "authorization"},
        {cache::Storability::VariesByAnything, "varies"},
        {cache::Storability::NothingToReuse, "nothing"}};
    const cache::StoreQuestion asked{
        .method = *http::parse_method(question["method"].get<std::string>()),
        .status = question["status"].get<int>(),
        .catalog_read = question["catalog_read"].get<bool>(),
        .caller_no_store = question["caller_no_store"].get<bool>(),
        .has_identity = question["has_identity"].get<bool>(),
        .has_authorization = question["has_authorization"].get<bool>(),
        .lifetime_facts = facts_in(question["facts"])};
    return kNames.at(cache::decide_storable(asked, headers_in(question["headers"])));
}

json lifetime(const json& question) {
    const auto headers = headers_in(question["headers"]);
    const auto length = cache::freshness_lifetime(headers, facts_in(question["facts"]));
    return seconds_of(length.length);
}

json age(const json& question) {
    const auto entry = entry_of(question["headers"], question["facts"]);
    return seconds_of(cache::current_age(entry->times, at(question, "resident")));
}

json asked(const json& question) {
    const auto found = cache::read_request_directives(headers_in(question["headers"]));
    const bool any = found.max_stale == base::Duration::max();
    return {{"no_cache", found.no_cache},
            {"no_store", found.no_store},
            {"only_if_cached", found.only_if_cached},
            {"max_age", seconds_of(found.max_age)},
            {"min_fresh", seconds_of(found.min_fresh)},
            {"max_stale", any ? json("any") : seconds_of(found.max_stale)},
            {"stale_if_error", seconds_of(found.stale_if_error)}};
}

json reuse(const json& question) {
    static const std::map<cache::Reuse, const char*> kNames = {
        {cache::Reuse::Serve, "serve"},
        {cache::Reuse::ServeStale, "serve_stale"},
        {cache::Reuse::ServeThenRevalidate, "serve_then_revalidate"},
        {cache::Reuse::Revalidate, "revalidate"},
        {cache::Reuse::NotCached, "not_cached"}};
    const auto entry = entry_of(question["headers"], question["facts"]);
    return kNames.at(cache::decide_reuse(
        *entry, asked_in(question["asked"]), at(question, "resident")));
}

json stale_on_error(const json& question) {
    const auto entry = entry_of(question["headers"], question["facts"]);
    return cache::may_serve_stale_on_error(*entry,
                                           asked_in(question["asked"]),
                                           *length_in(question, "usual"),
                                           at(question, "resident"));
}

json merge(const json& question) {
    const auto stored = entry_of(question["stored"], question["facts"]);
    const auto later = *length_in(question, "later");
    auto facts = facts_in(question["facts"]);
    facts.received_wall += later;
    const auto merged = cache::merge_not_modified(
        *stored,
        headers_in(question["newer"]),
        {.received_at = kArrival + later, .lifetime_facts = facts});
    if (!merged) return nullptr;
    return {{"headers", pairs_of(merged->response.headers)},
            {"fresh_for", seconds_of(merged->times.fresh_until - kArrival - later)}};
}

json kept_fields(const json& question) {
    const auto entry = entry_of(question["headers"], question["facts"]);
    const auto mode = facts_in(question["facts"]).mode;
    return pairs_of(cache::as_stored(entry, mode)->response.headers);
}

json variant(const json& question) {
    const auto original = headers_in(question["original"]);
    const auto entry = entry_of(question["headers"], question["facts"], {}, &original);
    return cache::matches_variant(*entry, headers_in(question["request"]));
}

json head(const json& question) {
    const auto stored = entry_of(question["stored"], question["facts"]);
    switch (cache::compare_head(*stored, headers_in(question["head"]))) {
        case cache::HeadVerdict::SaysNothing: return "says_nothing";
        case cache::HeadVerdict::Refreshes: return "refreshes";
        case cache::HeadVerdict::Outdates: return "outdates";
    }
    return nullptr;
}

json outdated(const json& question) {
    const auto url = http::parse_url(question["url"].get<std::string>());
    const cache::Change change{
        .method = *http::parse_method(question["method"].get<std::string>()),
        .status = question["status"].get<int>()};
    auto urls = json::array();
    for (const auto& one :
         cache::outdated_urls(change, *url, headers_in(question["headers"]))) {
        urls.push_back(http::to_string(one));
    }
    return urls;
}

json cache_status(const json& question) {
    cache::EntryPtr found;
    cache::EntryPtr answer;
    if (!question["found"].is_null()) {
        found = entry_of(question["found"], question["facts"]);
    }
    if (question["answer"] == "found") answer = found;
    const auto later = *length_in(question, "resident");
    if (question["answer"].is_array()) {
        answer = entry_of(question["answer"], question["facts"], later);
    }
    cache::Passage passage;
    passage.method = *http::parse_method(question["method"].get<std::string>());
    passage.looked_up_at = passage.answered_at = kArrival + later;
    passage.bypassed = question["bypassed"].get<bool>();
    passage.found = found.get();
    passage.matches_found = question["matches_found"].get<bool>();
    passage.sent = question["sent"].get<bool>();
    passage.collapsed = question["collapsed"].get<bool>();
    if (!question["status"].is_null()) passage.status = question["status"].get<int>();
    passage.answer = answer.get();
    passage.stored = question["stored"].get<bool>();
    return cache::to_text(cache::describe(passage));
}

json dynamic(const json& question) {
    const cache::DynamicTtl settings{
        .base_ttl = *length_in(question, "base_ttl"),
        .max_ttl = *length_in(question, "max_ttl"),
        .popularity_factor = question["popularity_factor"].get<double>(),
        .decay = *length_in(question, "decay")};
    cache::Popularity popularity;
    for (const auto& use : question["uses"]) {
        popularity =
            cache::used(popularity, settings.decay, kArrival + seconds{use.get<int>()});
    }
    return base::in_seconds(
        cache::dynamic_lifetime(settings, popularity, at(question, "now")));
}

const std::map<std::string, std::function<json(const json&)>> kAnswers = {
    {"storability", storability},
    {"lifetime", lifetime},
    {"age", age},
    {"asked", asked},
    {"reuse", reuse},
    {"stale_on_error", stale_on_error},
    {"merge", merge},
    {"kept_fields", kept_fields},
    {"variant", variant},
    {"head", head},
    {"outdated", outdated},
    {"cache_status", cache_status},
    {"dynamic", dynamic}};

}  // namespace

int main() {
    for (std::string line; std::getline(std::cin, line);) {
        const auto question = json::parse(line);
        const auto& answer = kAnswers.at(question["about"].get<std::string>());
        std::cout << answer(question).dump() << std::endl;
    }
    return 0;
}
