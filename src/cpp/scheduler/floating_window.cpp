#include "scheduler/floating_window.h"

#include "http/status.h"
#include "scheduler/token_cost.h"

#include <algorithm>
#include <chrono>

namespace pyesi::scheduler {

namespace {

// A limiter deep in the game server says 429 and not for how long.
constexpr base::Duration kUntoldRefusal = std::chrono::seconds{10};
constexpr std::uint32_t kWaryFor = 16;
constexpr std::uint32_t kWidestMargin = 10;  // a tenth of the bucket
constexpr base::Duration kJitterSpan = std::chrono::seconds{1};

}  // namespace

base::Duration refusal_length(const Outcome& outcome) noexcept {
    const auto told = outcome.told.retry_after.value_or(kUntoldRefusal);
    return told + base::from_seconds(outcome.jitter * base::in_seconds(kJitterSpan));
}

std::uint32_t FloatingWindow::tokens_to_reserve() const noexcept {
    return std::min(wary_ > 0 ? kErrorCost : kUsualCost, max_tokens_);
}

Admission FloatingWindow::admit(std::uint32_t tokens,
                                float reserve,
                                base::TimePoint now) const noexcept {
    constexpr auto kWhy = base::ErrorKind::WindowClosed;
    if (now < closed_until_) return not_before(closed_until_, kWhy);

    const auto missing = tokens + kept_back(tokens, reserve, now) - tokens_left(now);
    if (missing <= 0) return admit_now();
    // What is in flight may turn out cheaper than was reserved.
    if (missing <= reserved_) return when_slot_frees(kWhy, return_of(missing, now));
    return not_before(return_of(missing - reserved_, now), kWhy);
}

Admission FloatingWindow::admit_leased(base::TimePoint now) const noexcept {
    if (now >= closed_until_) return admit_now();
    return not_before(closed_until_, base::ErrorKind::WindowClosed);
}

void FloatingWindow::settle(const Outcome& outcome,
                            base::TimePoint sent_at,
                            base::TimePoint now) {
    spent_.add(token_cost(outcome), now);
    if (!outcome.answered()) return;

    learn_size(outcome.told);
    learn_remaining(outcome, sent_at, now);
    if (outcome.status == http::kTooManyRequests) on_refusal(outcome, now);
    if (token_cost(outcome.status) == kErrorCost) {
        wary_ = kWaryFor;
    } else if (wary_ > 0) {
        --wary_;
    }
}

void FloatingWindow::close_for(base::Duration length, base::TimePoint now) noexcept {
    closed_until_ = std::max(closed_until_, now + length);
}

std::int64_t FloatingWindow::tokens_left(base::TimePoint now) const noexcept {
    return max_tokens_ - spent_.total(now) - spent_by_others(now) - reserved_;
}

bool FloatingWindow::is_idle(base::TimePoint now) const noexcept {
    return reserved_ == 0 && now >= closed_until_ && spent_by_others(now) == 0 &&
           spent_.total(now) == 0;
}

/// What is to be left in the bucket. Never so much that an idle one lets nobody pass.
std::int64_t FloatingWindow::kept_back(std::uint32_t tokens,
                                       float reserve,
                                       base::TimePoint now) const noexcept {
    // After a refusal one request must find out what is left.
    const bool is_first = others_are_guessed_ && reserved_ == 0;
    const auto reserved =
        is_first
            ? 0
            : static_cast<std::int64_t>(static_cast<double>(max_tokens_) * reserve);
    const auto most = std::max<std::int64_t>(0, std::int64_t{max_tokens_} - tokens);
    return std::min(margin(now) + reserved, most);
}

base::TimePoint FloatingWindow::return_of(std::int64_t tokens,
                                          base::TimePoint now) const noexcept {
    const auto own = spent_.return_of(tokens, now);
    const auto others = spent_by_others(now);
    if (others == 0) return own;
    const auto with_others =
        std::max(others_return_, spent_.return_of(tokens - others, now));
    return std::min(own, with_others);
}

void FloatingWindow::learn_size(const LimitHeaders& told) noexcept {
    if (!told.window) return;
    max_tokens_ = told.window->tokens;
    spent_.set_window(told.window->length);
}

void FloatingWindow::learn_remaining(const Outcome& outcome,
                                     base::TimePoint sent_at,
                                     base::TimePoint now) noexcept {
    const auto remaining = outcome.told.remaining;
    if (!remaining || *remaining > max_tokens_) return;

    const auto seen = std::max<std::int64_t>(
        0, std::int64_t{max_tokens_} - *remaining - spent_.total(now));
    if (sent_at >= others_seen_) {
        set_others(seen, now);
        return;
    }
    // Sent before the last word came, so the server may have answered it first: this
    // word may be the older one, and that one may have counted this request already.
    const auto known =
        std::max<std::int64_t>(0, spent_by_others(now) - token_cost(outcome.status));
    if (seen > known) {
        set_others(seen, now);
    } else {
        others_ = known;
    }
}

void FloatingWindow::on_refusal(const Outcome& outcome, base::TimePoint now) noexcept {
    close_for(refusal_length(outcome), now);
    if (!outcome.told.retry_after && !outcome.told.tells_of_window()) return;
    widen_margin(now);
    // The bucket is empty, whatever was counted here. Once it opens again one request
    // goes, and its answer tells the rest.
    const auto unspent = max_tokens_ - spent_.total(now);
    set_others(std::max<std::int64_t>(0, unspent - kUsualCost - margin_), now);
    others_are_guessed_ = true;
}

void FloatingWindow::widen_margin(base::TimePoint now) noexcept {
    const auto wider = std::max<std::int64_t>(kUsualCost, margin(now) * 2);
    margin_ = std::min<std::int64_t>(wider, max_tokens_ / kWidestMargin);
    margin_until_ = now + spent_.window();
}

void FloatingWindow::set_others(std::int64_t tokens, base::TimePoint now) noexcept {
    others_ = tokens;
    others_are_guessed_ = false;
    others_seen_ = now;
    others_return_ = now + spent_.window();
}

}  // namespace pyesi::scheduler
