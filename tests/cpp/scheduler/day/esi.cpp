#include "scheduler/day/esi.h"

#include "http/status.h"
#include "scheduler/token_cost.h"

#include <algorithm>
#include <chrono>

namespace pyesi::scheduler::day {

namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::uint32_t kErrorsAllowed = 100;

}  // namespace

bool Esi::on_sent(const Route& route, std::uint32_t identity, base::TimePoint now) {
    if (!route.actual.is_grouped()) return true;
    auto& bucket = buckets_[key_of(route, identity)];
    expire(bucket, route.actual.window, now);
    ++bucket.under_way;
    const auto known = bucket.spent - bucket.untold;
    return known + kUsualCost * bucket.under_way <= route.actual.max_tokens;
}

Esi::Reply Esi::serve(const Route& route,
                      std::uint32_t identity,
                      int status,
                      base::TimePoint now) {
    if (now >= error_reset_) {
        errors_ = 0;
        error_reset_ = now + minutes{1} - now.time_since_epoch() % minutes{1};
    }
    if (errors_ >= kErrorsAllowed) {
        return {.status = http::kErrorLimited, .told = error_word(now)};
    }
    if (!route.actual.is_grouped()) return serve_ungrouped(route, status, now);
    auto& bucket = buckets_[key_of(route, identity)];
    return serve_grouped(route, bucket, status, now);
}

Esi::Reply Esi::serve_ungrouped(const Route& route, int status, base::TimePoint now) {
    Reply reply{.status = status};
    reply.over_ceiling = is_over_ceiling(route, now);
    if (reply.over_ceiling) reply.status = http::kSlowDown;
    if (counts_as_error(reply.status)) ++errors_;
    // What speaks deep in the game server tells nothing.
    if (reply.status != http::kTooManyRequests) reply.told = error_word(now);
    return reply;
}

Esi::Reply Esi::serve_grouped(const Route& route,
                              Bucket& bucket,
                              int status,
                              base::TimePoint now) {
    const auto& limit = route.actual;
    expire(bucket, limit.window, now);
    Reply reply{.status = status};
    reply.told.group = limit.group;
    reply.told.window = LimitHeaders::Window{limit.max_tokens, limit.window};
    reply.told.remaining = 0;
    if (bucket.spent + kUsualCost > limit.max_tokens) {
        const auto opens = bucket.spends.front().at + limit.window;
        reply.status = http::kTooManyRequests;
        reply.window_refused = true;
        reply.told.retry_after = std::chrono::ceil<seconds>(opens - now);
        return reply;
    }
    reply.tokens = token_cost(status);
    if (reply.tokens > 0) bucket.spends.push_back({now, reply.tokens});
    bucket.spent += reply.tokens;
    bucket.untold += reply.tokens;
    bucket.taken += reply.tokens;
    const auto left = std::int64_t{limit.max_tokens} - bucket.spent;
    reply.told.remaining = static_cast<std::uint32_t>(std::max<std::int64_t>(0, left));
    return reply;
}

void Esi::on_known(const Route& route, std::uint32_t identity, std::uint32_t tokens) {
    if (!route.actual.is_grouped()) return;
    auto& bucket = buckets_[key_of(route, identity)];
    --bucket.under_way;
    bucket.untold -= tokens;
}

std::uint64_t Esi::taken(const Route& route, std::uint32_t identity) const {
    const auto found = buckets_.find(key_of(route, identity));
    return found == buckets_.end() ? 0 : found->second.taken;
}

void Esi::expire(Bucket& bucket, base::Duration window, base::TimePoint now) {
    while (!bucket.spends.empty() && bucket.spends.front().at + window <= now) {
        bucket.spent -= bucket.spends.front().tokens;
        bucket.spends.pop_front();
    }
}

std::uint64_t Esi::key_of(const Route& route, std::uint32_t identity) {
    return mix(route.actual.group_key, identity);
}

LimitHeaders Esi::error_word(base::TimePoint now) const {
    LimitHeaders told;
    told.errors_left = errors_ >= kErrorsAllowed ? 0 : kErrorsAllowed - errors_;
    told.error_reset = std::chrono::floor<seconds>(error_reset_ - now);
    return told;
}

bool Esi::is_over_ceiling(const Route& route, base::TimePoint now) {
    const auto& ceiling = route.actual.ceiling;
    if (!ceiling.is_set()) return false;
    auto& served = under_ceiling_[route.actual.route_key];
    while (!served.empty() && served.front() + ceiling.window <= now) {
        served.pop_front();
    }
    if (served.size() >= ceiling.requests) return true;
    served.push_back(now);
    return false;
}

}  // namespace pyesi::scheduler::day
