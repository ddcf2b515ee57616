#include "engine/answer_cache.h"

#include "cache/cache_key.h"
#include "cache/head_answer.h"
#include "cache/invalidation.h"
#include "cache/negative_answer.h"
#include "cache/reuse.h"
#include "cache/revalidation.h"
#include "cache/stored_fields.h"
#include "cache/ttl_policy.h"
#include "cache/vary.h"
#include "engine/flight.h"
#include "http/status.h"
#include "http/url.h"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace pyesi::engine {

namespace {

std::string_view variant_of(const Call& call) noexcept {
    return call.options && !call.options->variant.empty()
               ? std::string_view{call.options->variant}
               : call.profile->public_variant();
}

cache::CacheKey make_key_of(std::string_view variant,
                            std::string_view target,
                            http::Method method) {
    std::string text;
    text.reserve(variant.size() + target.size() + 16);
    cache::append_key(text, {.method = method, .variant = variant, .target = target});
    return cache::make_key(std::move(text));
}

cache::CacheKey make_key_of(const Call& call, http::Method method) {
    return make_key_of(variant_of(call), call.target, method);
}

/// What the request carries that an answer can have been chosen by.
http::Headers fields_of(const Call& call) {
    auto fields = *call.profile->headers();
    if (!call.options) return fields;
    const auto& own = call.options->headers;
    for (std::size_t index = 0; index < own.size(); ++index) {
        fields.append(own.at(index).name, own.at(index).value);
    }
    return fields;
}

bool has_identity(const Call& call) noexcept {
    return call.options && !call.options->identity.empty();
}

}  // namespace

std::optional<base::Duration> catalog_lifetime(const catalog::Route& route,
                                               base::WallTime now) noexcept {
    using std::chrono::days;
    if (route.cache_lifetime) return *route.cache_lifetime;
    if (!route.expires_daily) return std::nullopt;
    // ESI's static data turns over at 11:05 UTC, after the daily downtime.
    constexpr auto kDailyExpiry = std::chrono::hours{11} + std::chrono::minutes{5};
    auto next = std::chrono::floor<days>(now) + kDailyExpiry;
    if (next <= now) next += days{1};
    return std::chrono::duration_cast<base::Duration>(next - now);
}

AnswerCache::AnswerCache(std::shared_ptr<cache::Store> store,
                         const base::Clock& clock,
                         Settings settings)
    : store_{std::move(store)}, clock_{clock}, settings_{std::move(settings)} {}

cache::CacheKey AnswerCache::key_of(const Call& call) const {
    return is_repeatable(call) ? make_key_of(call, call.method) : cache::CacheKey{};
}

cache::EntryPtr AnswerCache::look_up(const cache::CacheKey& key) const {
    if (!store_ || key.text.empty()) return nullptr;
    return store_->find(key, clock_.now());
}

cache::EntryPtr AnswerCache::peek(const cache::CacheKey& key) const {
    if (!store_ || key.text.empty()) return nullptr;
    return store_->peek(key, clock_.now());
}

bool AnswerCache::may_look_further(const cache::CacheKey& key) const noexcept {
    return store_ && store_->may_take_time() && !key.text.empty();
}

void AnswerCache::look_up(const cache::CacheKey& key,
                          const cache::Store::Found& found) const {
    store_->look_up(key, clock_.now(), found);
}

cache::Reuse AnswerCache::decide_reuse(const Call& call,
                                       const cache::EntryPtr& stored) const noexcept {
    const auto directives = directives_of(cache_mode_of(call));
    if (stored) return cache::decide_reuse(*stored, directives, clock_.now());
    return directives.only_if_cached ? cache::Reuse::NotCached
                                     : cache::Reuse::Revalidate;
}

std::optional<Kept> AnswerCache::keep(const Flight& flight,
                                      const cache::EntryPtr& stored,
                                      Attempt&& attempt) {
    if (!is_repeatable(flight.call)) erase_outdated(flight.call, attempt.response);
    if (flight.call.method == http::Method::Head) {
        renew_stored_get(flight.call, attempt.response);
    }
    if (attempt.response.status != http::kNotModified || !stored) {
        return keep_new(flight, std::move(attempt));
    }
    auto arrival = arrival_of(flight.call);
    const auto& newer = attempt.response.headers;
    std::optional<http::Headers> request;
    if (!stored->nominated_fields.empty() || cache::varies_beyond_key(newer)) {
        arrival.request_headers = &request.emplace(fields_of(flight.call));
    }
    // What was kept stays kept, whoever has it confirmed.
    arrival.gone_when_stale = stored->gone_when_stale && !flight.keeps_answer;
    auto merged = cache::merge_not_modified(*stored, newer, arrival);
    if (!merged) return std::nullopt;
    keep_entry(flight.call, flight.key, merged);
    return Kept{std::move(merged), {}, {}, Source::Revalidated};
}

bool AnswerCache::may_stand_in(const cache::EntryPtr& stored) const noexcept {
    return stored && cache::may_serve_stale_on_error(
                         *stored, {}, settings_.stale_if_error, clock_.now());
}

Kept AnswerCache::keep_new(const Flight& flight, Attempt&& attempt) {
    if (!is_past_last_page(attempt.response.status, plain_view(attempt))) {
        auto refusal = keep_refusal(flight, attempt.response);
        if (refusal) {
            return {std::move(refusal), std::move(attempt.decoded)};
        }
    }
    auto arrival = arrival_of(flight.call);
    std::optional<http::Headers> request;
    if (cache::varies_beyond_key(attempt.response.headers)) {
        arrival.request_headers = &request.emplace(fields_of(flight.call));
    }
    // RFC 9111 §5.2.1.5: nowhere but in memory, and that as briefly as may be. Before
    // its expiry ESI must not be asked again, so until then it is had from here.
    arrival.gone_when_stale = !flight.keeps_answer;
    auto entry = cache::make_entry(std::move(attempt.response), arrival);
    keep_entry(flight.call, flight.key, entry);
    return {std::move(entry), std::move(attempt.decoded), std::move(attempt.rows)};
}

cache::EntryPtr AnswerCache::keep_refusal(const Flight& flight,
                                          const http::Response& refusal) {
    if (!store_ || flight.key.text.empty()) return nullptr;
    auto arrival = arrival_of(flight.call);
    const auto request = fields_of(flight.call);
    arrival.request_headers = &request;
    auto entry = cache::make_negative_entry(refusal, arrival, settings_.negative_ttl);
    if (entry) store_->store(flight.key, entry);
    return entry;
}

void AnswerCache::keep_entry(const Call& call,
                             const cache::CacheKey& key,
                             const cache::EntryPtr& entry) {
    if (!store_ || key.text.empty()) return;
    const auto storability =
        cache::decide_storable({.method = call.method,
                                .status = entry->response.status,
                                .has_identity = has_identity(call),
                                .lifetime_facts = arrival_of(call).lifetime_facts},
                               entry->response.headers);
    if (storability == cache::Storability::Storable) {
        store_->store(key, cache::as_stored(entry, cache::CacheMode::Private));
    } else if (http::is_success(entry->response.status)) {
        // What was stored before is no longer true, or no longer allowed. An error
        // says nothing of it.
        store_->erase(key);
    }
}

void AnswerCache::erase_outdated(const Call& call, const http::Response& answer) {
    if (!store_) return;
    const auto asked = http::parse_url(call.profile->url_of(call.target));
    if (!asked) return;
    const cache::Change change{.method = call.method, .status = answer.status};
    for (const auto& url : cache::outdated_urls(change, *asked, answer.headers)) {
        if (const auto target = call.profile->target_of(url)) erase(call, *target);
    }
}

void AnswerCache::erase(const Call& call, std::string_view target) {
    // As this caller sees it, and as everybody does.
    for (const auto variant :
         {variant_of(call), std::string_view{call.profile->public_variant()}}) {
        for (const auto method : {http::Method::Get, http::Method::Head}) {
            store_->erase(make_key_of(variant, target, method));
        }
    }
}

void AnswerCache::renew_stored_get(const Call& call, const http::Response& head) {
    if (!store_ || head.status != http::kOk) return;
    auto key = make_key_of(call, http::Method::Get);
    const auto stored = store_->peek(key, clock_.now());
    if (!stored || cache::is_negative(*stored)) return;
    if (!cache::matches_variant(*stored, fields_of(call))) return;
    switch (cache::compare_head(*stored, head.headers)) {
        case cache::HeadVerdict::SaysNothing: return;
        case cache::HeadVerdict::Outdates:
            store_->store(std::move(key), cache::outdated(*stored, clock_.now()));
            return;
        case cache::HeadVerdict::Refreshes: break;
    }
    auto arrival = arrival_of(call);
    const auto request = fields_of(call);
    arrival.request_headers = &request;
    arrival.gone_when_stale = stored->gone_when_stale;
    const auto merged = cache::merge_not_modified(*stored, head.headers, arrival);
    if (merged) keep_entry(call, key, merged);
}

cache::EntryPtr AnswerCache::choose(const Call& call,
                                    const cache::EntryPtr& found) const {
    if (found) {
        const bool matches = found->nominated_fields.empty() ||
                             cache::matches_variant(*found, fields_of(call));
        return matches ? found : nullptr;
    }
    if (!store_ || call.method != http::Method::Head) return nullptr;
    const auto whole = choose_get(call);
    return whole ? cache::as_head_answer(*whole) : nullptr;
}

cache::EntryPtr AnswerCache::choose_get(const Call& call) const {
    const auto now = clock_.now();
    const auto key = make_key_of(call, http::Method::Get);
    auto stored = store_->find(key, now);
    // In doubt or not: a HEAD is not asked for early either.
    if (!stored) stored = store_->peek(key, now);
    if (!stored || !stored->is_fresh(now)) return nullptr;
    return cache::matches_variant(*stored, fields_of(call)) ? stored : nullptr;
}

cache::Arrival AnswerCache::arrival_of(const Call& call) const {
    const auto wall = clock_.wall_now();
    return {
        .received_at = clock_.now(),
        .lifetime_facts = {.received_wall = wall,
                           .catalog_lifetime = catalog_lifetime(*call.route, wall),
                           .override_lifetime = call.profile->lifetime_of(*call.route),
                           .dynamic_lifetime = dynamic_lifetime(call)}};
}

std::optional<base::Duration> AnswerCache::dynamic_lifetime(const Call& call) const {
    if (!settings_.dynamic_ttl) return std::nullopt;
    const auto key = make_key_of(call, http::Method::Get);
    const auto uses = settings_.popularity->uses_of(key.hash);
    return cache::dynamic_lifetime(
        *settings_.dynamic_ttl, uses.popularity, clock_.now());
}

}  // namespace pyesi::engine
