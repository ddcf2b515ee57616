#include "scheduler/upstream_health.h"

#include "http/status.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace pyesi::scheduler {

namespace {

constexpr base::Duration kHalfLife = std::chrono::seconds{30};
constexpr base::Duration kSilence = std::chrono::seconds{10};
constexpr base::Duration kRamp = std::chrono::seconds{10};
constexpr double kLeastShare = 0.1;

// Four failures in a row pass one half by this weight of the newest; one of ten, as
// every server has them, comes nowhere near.
constexpr double kNewest = 0.2;
constexpr double kOutlier = 0.5;
constexpr std::uint32_t kLeastAttempts = 4;

constexpr base::Duration kEjection = std::chrono::seconds{10};
constexpr base::Duration kLongestEjection = std::chrono::minutes{5};
constexpr base::Duration kForgiven = std::chrono::minutes{30};

constexpr double kLeastConduct = 0.05;

enum class Sign : std::uint8_t { Well, Failed, Nothing };

Sign sign_of(const Outcome& outcome, base::Duration took) noexcept {
    switch (outcome.end) {
        case Outcome::End::Lost: return Sign::Failed;
        case Outcome::End::NeverSent:
            return outcome.unreachable ? Sign::Failed : Sign::Nothing;
        case Outcome::End::GivenUp:
            return took >= kSilence ? Sign::Failed : Sign::Nothing;
        case Outcome::End::Answered: break;
    }
    const bool is_fault =
        http::is_server_error(outcome.status) && outcome.status != http::kSlowDown;
    return is_fault ? Sign::Failed : Sign::Well;
}

double part_of_ramp(base::TimePoint since, base::TimePoint now) noexcept {
    if (since == base::TimePoint::min() || now - since >= kRamp) return 1;
    return std::max(base::in_seconds(now - since) / base::in_seconds(kRamp),
                    kLeastShare);
}

}  // namespace

double UpstreamHealth::Average::at(base::TimePoint now) const noexcept {
    if (value == 0 || now <= since) return value;
    return value *
           std::exp2(-base::in_seconds(now - since) / base::in_seconds(kHalfLife));
}

void UpstreamHealth::Average::add(double sample, base::TimePoint now) noexcept {
    const auto before = at(now);
    value = before + kNewest * (sample - before);
    since = std::max(since, now);
}

void UpstreamHealth::on_outcome(const Outcome& outcome,
                                base::Duration took,
                                base::TimePoint now) {
    const auto sign = sign_of(outcome, took);
    if (sign == Sign::Nothing) return;
    const bool failed = sign == Sign::Failed;
    // A refused connection is quick, and says nothing of how quick an answer is.
    if (!failed || base::in_seconds(took) > seconds_.at(now)) time(took, now);
    count(failed, now);
}

void UpstreamHealth::time(base::Duration took, base::TimePoint now) noexcept {
    const auto seconds = base::in_seconds(took);
    if (seconds_.value == 0) {
        seconds_ = {seconds, now};
    } else {
        seconds_.add(seconds, now);
    }
}

void UpstreamHealth::count(bool failed, base::TimePoint now) noexcept {
    // What was under way when it was ejected tells nothing new.
    if (is_ejected(now)) return;
    ++attempts_;
    failures_.add(failed ? 1 : 0, now);
    const bool is_outlier = failures_.value >= kOutlier && attempts_ >= kLeastAttempts;
    if (failed && is_outlier) eject(now);
}

void UpstreamHealth::eject(base::TimePoint now) noexcept {
    const bool forgiven =
        ejected_until_ != base::TimePoint::min() && now - ejected_until_ > kForgiven;
    ejections_in_a_row_ = forgiven ? 1 : ejections_in_a_row_ + 1;
    ++times_ejected_;
    ejected_until_ = now + std::min(kEjection * ejections_in_a_row_, kLongestEjection);
    back_since_ = ejected_until_;
    failures_ = {};
    attempts_ = 0;
}

void UpstreamHealth::on_check(bool well,
                              const CheckSettings& settings,
                              base::TimePoint now) {
    ++(well ? checks_well_ : checks_failed_);
    checked_ = true;
    against_ = well == up_ ? 0 : against_ + 1;
    if (against_ < (up_ ? settings.down_after : settings.up_after)) return;
    up_ = well;
    against_ = 0;
    if (up_) back_since_ = std::max(back_since_, now);
}

void UpstreamHealth::forget_checks() noexcept {
    checked_ = false;
    up_ = true;
    against_ = 0;
}

double UpstreamHealth::share(base::TimePoint now) const noexcept {
    return part_of_ramp(back_since_, now);
}

double UpstreamHealth::conduct(base::TimePoint now) const noexcept {
    return std::max(1 - failures_.at(now), kLeastConduct);
}

double UpstreamHealth::response_time(base::TimePoint now) const noexcept {
    return seconds_.at(now);
}

HealthState UpstreamHealth::state(base::TimePoint now) const noexcept {
    HealthState state;
    state.ejected = is_ejected(now);
    if (state.ejected) state.ejected_for = ejected_until_ - now;
    state.share = state.ejected || is_down() ? 0 : share(now);
    state.times_ejected = times_ejected_;
    state.response_time = base::from_seconds(response_time(now));
    state.failures = failures_.at(now);
    if (checked_) state.is_up = up_;
    state.checks_well = checks_well_;
    state.checks_failed = checks_failed_;
    state.checks_skipped = checks_skipped_;
    state.failovers = failovers_;
    return state;
}

}  // namespace pyesi::scheduler
