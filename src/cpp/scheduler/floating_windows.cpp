#include "scheduler/floating_windows.h"

#include "http/status.h"
#include "scheduler/token_cost.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace pyesi::scheduler {

namespace {

// ESI may regroup a route at any time, and takes back what it said with its next
// answer; a day is for routes that are no longer asked.
constexpr base::Duration kLearnedFor = std::chrono::hours{24};
constexpr std::size_t kMostLearned = 4096;
constexpr std::size_t kFewBuckets = 64;
constexpr base::Duration kUsualWindow = std::chrono::minutes{15};

FloatingWindow make_window(std::uint32_t max_tokens, base::Duration window) noexcept {
    return FloatingWindow{std::max(max_tokens, 1U),
                          window > base::Duration::zero() ? window : kUsualWindow};
}

}  // namespace

void FloatingWindows::place(Ticket& ticket, base::TimePoint now) const {
    const auto* const learned = learned_for(ticket, now);
    auto& placement = ticket.placement;
    placement.grouped = learned != nullptr || ticket.limit->is_grouped();
    if (!placement.grouped) {
        placement.bucket = mix(ticket.limit->route_key, ticket.identity.key);
        placement.tokens = 0;
        return;
    }
    const auto group =
        learned != nullptr ? learned->group_key : ticket.limit->group_key;
    placement.bucket = mix(group, ticket.identity.key);
    const auto* const bucket = find(placement.bucket);
    placement.tokens =
        bucket != nullptr ? bucket->window.tokens_to_reserve() : kUsualCost;
}

Admission FloatingWindows::admit(const Ticket& ticket, base::TimePoint now) const {
    const auto* const bucket = find(ticket.placement.bucket);
    if (bucket == nullptr) return admit_now();
    if (leased_) return bucket->window.admit_leased(now);
    return bucket->window.admit(ticket.placement.tokens, ticket.reserve, now);
}

void FloatingWindows::on_sent(const Ticket& ticket, base::TimePoint now) {
    if (!ticket.placement.grouped) return;
    bucket_of(ticket, now).window.reserve(ticket.placement.tokens);
}

void FloatingWindows::on_outcome(const Ticket& ticket,
                                 const Outcome& outcome,
                                 base::TimePoint now) {
    auto* bucket = ticket.placement.grouped ? &bucket_of(ticket, now) : nullptr;
    if (bucket != nullptr) bucket->window.release(ticket.placement.tokens);

    if (!outcome.told.group.empty()) {
        bucket = named_bucket(ticket, outcome.told, bucket, now);
    } else if (bucket == nullptr && outcome.status == http::kTooManyRequests) {
        bucket = &bucket_of(ticket, now);
    }
    if (bucket == nullptr) return;
    bucket->window.settle(outcome, ticket.placement.sent_at, now);
}

FloatingWindows::Sized FloatingWindows::size_of(const Ticket& ticket,
                                                base::TimePoint now) const {
    if (const auto* const bucket = find(ticket.placement.bucket)) {
        return {bucket->group, bucket->window.max_tokens(), bucket->window.window()};
    }
    const auto* const learned = learned_for(ticket, now);
    const auto& limit = *ticket.limit;
    const auto sized = learned != nullptr
                           ? Sized{learned->group, learned->max_tokens, learned->window}
                           : Sized{limit.group, limit.max_tokens, limit.window};
    const auto window = make_window(sized.max_tokens, sized.window);
    return {sized.group, window.max_tokens(), window.window()};
}

std::vector<BucketState> FloatingWindows::states(base::TimePoint now) const {
    std::vector<BucketState> states;
    states.reserve(buckets_.size());
    for (const auto& [key, bucket] : buckets_) {
        const auto& window = bucket.window;
        if (window.is_idle(now)) continue;
        const auto closed_for =
            std::max(window.closed_until() - now, base::Duration::zero());
        states.push_back({bucket.group,
                          bucket.identity,
                          window.max_tokens(),
                          window.tokens_left(now),
                          window.reserved(),
                          window.window(),
                          closed_for});
    }
    return states;
}

const FloatingWindows::Learned* FloatingWindows::learned_for(
    const Ticket& ticket, base::TimePoint now) const noexcept {
    if (learned_.empty()) return nullptr;
    const auto found = learned_.find(ticket.limit->route_key);
    if (found == learned_.end() || found->second.until <= now) return nullptr;
    return &found->second;
}

const FloatingWindows::Bucket* FloatingWindows::find(std::uint64_t key) const noexcept {
    const auto found = buckets_.find(key);
    return found == buckets_.end() ? nullptr : &found->second;
}

FloatingWindows::Bucket& FloatingWindows::bucket_of(const Ticket& ticket,
                                                    base::TimePoint now) {
    const auto found = buckets_.find(ticket.placement.bucket);
    if (found != buckets_.end()) return found->second;

    const auto& limit = *ticket.limit;
    const auto* const learned = learned_for(ticket, now);
    auto window = learned != nullptr ? make_window(learned->max_tokens, learned->window)
                                     : make_window(limit.max_tokens, limit.window);
    return add(ticket.placement.bucket,
               {std::move(window),
                learned != nullptr ? learned->group : limit.group,
                std::string{ticket.identity.text}},
               now);
}

FloatingWindows::Bucket& FloatingWindows::add(std::uint64_t key,
                                              Bucket bucket,
                                              base::TimePoint now) {
    if (buckets_.size() >= drop_at_) drop_idle(now);
    return buckets_.insert_or_assign(key, std::move(bucket)).first->second;
}

/// Where an outcome counts whose answer names a group: `placed`, if that is the one.
FloatingWindows::Bucket* FloatingWindows::named_bucket(const Ticket& ticket,
                                                       const LimitHeaders& told,
                                                       Bucket* placed,
                                                       base::TimePoint now) {
    if (placed != nullptr && told.group == placed->group && learned_.empty()) {
        return placed;
    }
    auto* const named = learn_group(ticket, told, now);
    return named != nullptr ? named : placed;
}

FloatingWindows::Bucket* FloatingWindows::learn_group(const Ticket& ticket,
                                                      const LimitHeaders& told,
                                                      base::TimePoint now) {
    const auto key = mix(hash_of(told.group), ticket.identity.key);
    auto found = buckets_.find(key);
    if (found == buckets_.end()) {
        if (!told.window) return nullptr;
        add(key,
            {make_window(told.window->tokens, told.window->length),
             std::string{told.group},
             std::string{ticket.identity.text}},
            now);
        found = buckets_.find(key);
    }
    remember(ticket, found->second, now);
    return &found->second;
}

void FloatingWindows::remember(const Ticket& ticket,
                               const Bucket& bucket,
                               base::TimePoint now) {
    const auto route = ticket.limit->route_key;
    if (bucket.group == ticket.limit->group) {
        learned_.erase(route);
        return;
    }
    if (learned_.size() >= kMostLearned && !learned_.contains(route)) return;
    learned_[route] = {bucket.group,
                       hash_of(bucket.group),
                       bucket.window.max_tokens(),
                       bucket.window.window(),
                       now + kLearnedFor};
}

void FloatingWindows::drop_idle(base::TimePoint now) {
    std::erase_if(buckets_,
                  [now](const auto& item) { return item.second.window.is_idle(now); });
    std::erase_if(learned_,
                  [now](const auto& item) { return item.second.until <= now; });
    drop_at_ = std::max(kFewBuckets, buckets_.size() * 2);
}

}  // namespace pyesi::scheduler
