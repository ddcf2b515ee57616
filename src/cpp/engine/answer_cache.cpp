#include "engine/answer_cache.h"

#include "cache/cache_key.h"
#include "cache/negative_answer.h"
#include "cache/reuse.h"
#include "cache/revalidation.h"
#include "cache/ttl_policy.h"
#include "engine/flight.h"
#include "http/status.h"

#include <chrono>
#include <string>
#include <utility>

namespace pyesi::engine {

namespace {

cache::CacheKey make_key_of(const Call& call, http::Method method) {
    const auto& variant = call.options && !call.options->variant.empty()
                              ? call.options->variant
                              : call.profile->public_variant();
    std::string text;
    text.reserve(variant.size() + call.target.size() + 16);
    cache::append_key(text,
                      {.method = method, .variant = variant, .target = call.target});
    return cache::make_key(std::move(text));
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
    : store_{std::move(store)}, clock_{clock}, settings_{settings} {}

cache::CacheKey AnswerCache::key_of(const Call& call) const {
    return is_repeatable(call) ? make_key_of(call, call.method) : cache::CacheKey{};
}

cache::EntryPtr AnswerCache::look_up(const cache::CacheKey& key) const {
    if (!store_ || key.text.empty()) return nullptr;
    return store_->find(key, clock_.now());
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
    if (!is_repeatable(flight.call)) erase_outdated(flight.call);
    if (attempt.response.status != http::kNotModified || !stored) {
        return keep_new(flight, std::move(attempt));
    }
    auto arrival = arrival_of(flight.call);
    // What was kept stays kept, whoever has it confirmed.
    arrival.gone_when_stale = stored->gone_when_stale && !flight.keeps_answer;
    auto merged = cache::merge_not_modified(*stored, attempt.response.headers, arrival);
    if (!merged) return std::nullopt;
    keep_entry(flight.call, flight.key, merged);
    return Kept{std::move(merged), {}, Source::Revalidated};
}

bool AnswerCache::may_stand_in(const cache::EntryPtr& stored) const noexcept {
    return stored && cache::may_serve_stale_on_error(
                         *stored, {}, settings_.stale_if_error, clock_.now());
}

Kept AnswerCache::keep_new(const Flight& flight, Attempt&& attempt) {
    if (!is_past_last_page(attempt.response.status, plain_view(attempt))) {
        auto refusal = keep_refusal(flight, attempt.response);
        if (refusal) {
            return {std::move(refusal), std::move(attempt.decoded), Source::Network};
        }
    }
    auto arrival = arrival_of(flight.call);
    // RFC 9111 §5.2.1.5: nowhere but in memory, and that as briefly as may be. Before
    // its expiry ESI must not be asked again, so until then it is had from here.
    arrival.gone_when_stale = !flight.keeps_answer;
    auto entry = cache::make_entry(std::move(attempt.response), arrival);
    keep_entry(flight.call, flight.key, entry);
    return {std::move(entry), std::move(attempt.decoded), Source::Network};
}

cache::EntryPtr AnswerCache::keep_refusal(const Flight& flight,
                                          const http::Response& refusal) {
    if (!store_ || flight.key.text.empty()) return nullptr;
    auto entry = cache::make_negative_entry(
        refusal, arrival_of(flight.call), settings_.negative_ttl);
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
        store_->store(key, entry);
    } else if (http::is_success(entry->response.status)) {
        // What was stored before is no longer true, or no longer allowed. An error
        // says nothing of it.
        store_->erase(key);
    }
}

void AnswerCache::erase_outdated(const Call& call) {
    if (!store_) return;
    for (const auto method : {http::Method::Get, http::Method::Head}) {
        store_->erase(make_key_of(call, method));
    }
}

cache::Arrival AnswerCache::arrival_of(const Call& call) const {
    const auto wall = clock_.wall_now();
    return {
        .received_at = clock_.now(),
        .lifetime_facts = {.received_wall = wall,
                           .catalog_lifetime = catalog_lifetime(*call.route, wall)}};
}

}  // namespace pyesi::engine
