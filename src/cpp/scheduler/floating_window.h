#pragma once

#include "base/time.h"
#include "scheduler/gate.h"
#include "scheduler/limit_headers.h"
#include "scheduler/spent_tokens.h"

#include <cstdint>

namespace pyesi::scheduler {

/// For how long a 429 closes what it speaks of.
base::Duration refusal_length(const Outcome& outcome) noexcept;

/// One bucket of ESI's floating-window limit: a group's tokens for one identity.
///
/// A request's cost is known only from its answer, so its tokens are reserved when it
/// is sent and settled when it ends. What the server says remains is held against
/// what was spent here; the difference is others' spending, and is kept until it must
/// have returned. So never more is let go than the server says remains less what is
/// in flight, but for what others spend unseen. Where they do so much that ESI refuses,
/// a margin is kept for them, that doubles with each refusal.
///
/// Everything here passes by itself: one window after the last word, the bucket is
/// full again.
///
/// Thread: any one at a time.
class FloatingWindow {
public:
    /// REQUIRES: max_tokens > 0, window > 0.
    FloatingWindow(std::uint32_t max_tokens, base::Duration window) noexcept
        : max_tokens_{max_tokens}, spent_{window} {}

    /// What to reserve for the next request: what a success costs, or an error if one
    /// of the last 16 answers was one.
    std::uint32_t tokens_to_reserve() const noexcept;

    /// `reserve`: the share of all tokens that is not for this one to take.
    Admission admit(std::uint32_t tokens,
                    float reserve,
                    base::TimePoint now) const noexcept;

    /// For one whose tokens are granted elsewhere: whether it is closed.
    Admission admit_leased(base::TimePoint now) const noexcept;

    void reserve(std::uint32_t tokens) noexcept { reserved_ += tokens; }

    /// Gives a reservation back without spending it.
    void release(std::uint32_t tokens) noexcept { reserved_ -= tokens; }

    /// What `outcome` tells of this bucket, for a request sent at `sent_at`. The
    /// reservation is released apart from this.
    void settle(const Outcome& outcome, base::TimePoint sent_at, base::TimePoint now);

    /// Lets nothing through for `length`; an earlier closure is never shortened.
    void close_for(base::Duration length, base::TimePoint now) noexcept;

    std::uint32_t max_tokens() const noexcept { return max_tokens_; }
    base::Duration window() const noexcept { return spent_.window(); }
    base::TimePoint closed_until() const noexcept { return closed_until_; }
    std::int64_t reserved() const noexcept { return reserved_; }

    /// What may still be spent: below 0 if more was spent than there is.
    std::int64_t tokens_left(base::TimePoint now) const noexcept;

    /// Nothing is in flight, spent or closed: it is as if new.
    bool is_idle(base::TimePoint now) const noexcept;

private:
    std::int64_t spent_by_others(base::TimePoint now) const noexcept {
        return now < others_return_ ? others_ : 0;
    }

    std::int64_t margin(base::TimePoint now) const noexcept {
        return now < margin_until_ ? margin_ : 0;
    }

    std::int64_t kept_back(std::uint32_t tokens,
                           float reserve,
                           base::TimePoint now) const noexcept;
    base::TimePoint return_of(std::int64_t tokens, base::TimePoint now) const noexcept;
    void learn_size(const LimitHeaders& told) noexcept;
    void learn_remaining(const Outcome& outcome,
                         base::TimePoint sent_at,
                         base::TimePoint now) noexcept;
    void on_refusal(const Outcome& outcome, base::TimePoint now) noexcept;
    void widen_margin(base::TimePoint now) noexcept;
    void set_others(std::int64_t tokens, base::TimePoint now) noexcept;

    std::uint32_t max_tokens_;
    std::uint32_t wary_ = 0;  // answers to come for which an error is thought likely
    SpentTokens spent_;
    std::int64_t reserved_ = 0;

    std::int64_t others_ = 0;          // spent by other processes and users
    bool others_are_guessed_ = false;  // since a refusal, until an answer tells
    base::TimePoint others_seen_{};    // when the word came that others_ is made from
    base::TimePoint others_return_{};  // by then all of it has returned

    std::int64_t margin_ = 0;  // left to others
    base::TimePoint margin_until_{};
    base::TimePoint closed_until_{};
};

}  // namespace pyesi::scheduler
