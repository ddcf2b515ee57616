#include "scheduler/account_lease.h"

#include <algorithm>
#include <chrono>

namespace pyesi::scheduler {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint32_t kFirstLot = 20;
constexpr int kLargestPart = 4;  // of the window, in one lot
constexpr base::Duration kSoonGone = milliseconds{250};
constexpr base::Duration kLongLasting = seconds{2};
constexpr base::Duration kShortestPause = milliseconds{5};

// A window is reported on twenty times, but no more often than a process can well do.
constexpr int kReports = 20;
constexpr base::Duration kShortestPeriod = milliseconds{50};
constexpr base::Duration kLongestPeriod = seconds{1};
constexpr base::Duration kOldestWord = seconds{3};

// Alone, so much of a share goes in so much of a window.
constexpr int kPartsAlone = 8;

// Who waits for the ledger's answer is woken by it; this is for when none comes.
constexpr base::Duration kAnswerSurely = seconds{1};

}  // namespace

AccountLease::AccountLease(std::uint64_t key,
                           AccountKind kind,
                           const Size& size) noexcept
    : key_{key},
      spent_{size.window},
      max_tokens_{size.max_tokens},
      kind_{kind},
      size_is_told_{size.is_told} {
    for (auto& purse : purses_) purse.lot = kFirstLot;
}

void AccountLease::learn_size(std::uint32_t max_tokens,
                              base::Duration window) noexcept {
    max_tokens_ = max_tokens;
    spent_.set_window(window);
    size_is_told_ = true;
}

bool AccountLease::covers(std::uint32_t tokens,
                          bool urgent,
                          base::TimePoint now) const noexcept {
    if (now >= valid_until_ || now < shut_until_) return false;
    const auto needed = std::int64_t{tokens};
    return purse(false).tokens >= needed || (urgent && purse(true).tokens >= needed);
}

void AccountLease::want(std::uint32_t tokens,
                        bool urgent,
                        std::uint32_t kept_back,
                        base::TimePoint now) noexcept {
    auto& wanted = purse(urgent);
    wanted.used_at = now;
    wanted.size = tokens;
    if (!urgent) kept_back_ = kept_back;
    if (!covers(tokens, urgent, now)) wanted.need = std::max(wanted.need, tokens);
}

Admission AccountLease::objection(bool urgent, base::TimePoint now) const noexcept {
    const auto why = kind_ == AccountKind::Errors ? base::ErrorKind::ErrorLimited
                                                  : base::ErrorKind::WindowClosed;
    if (now < shut_until_) return not_before(shut_until_, why);
    const auto opens = purse(urgent).opens_at;
    if (opens <= now) return when_slot_frees(why, now + kAnswerSurely);
    return in_flight_ > 0 ? when_slot_frees(why, opens) : not_before(opens, why);
}

std::optional<Admission> AccountLease::objection_alone(
    std::uint32_t tokens,
    std::uint32_t kept_back,
    std::uint32_t processes,
    bool urgent,
    base::TimePoint now) const noexcept {
    const auto all = std::int64_t{max_tokens_} - kept_back;
    const auto share = std::max<std::int64_t>(tokens, all / processes);
    const auto missing = spent_.total(now) + in_flight_ + tokens - share;
    if (missing <= 0) {
        return urgent ? std::nullopt : objection_to_burst(tokens, share, now);
    }
    const auto why = kind_ == AccountKind::Errors ? base::ErrorKind::ErrorLimited
                                                  : base::ErrorKind::WindowClosed;
    if (missing <= in_flight_) {
        return when_slot_frees(why, spent_.return_of(missing, now));
    }
    return not_before(spent_.return_of(missing - in_flight_, now), why);
}

/// Who spent all of a share at once would be seen by the others only afterwards. The
/// few requests that a person waits for may.
std::optional<Admission> AccountLease::objection_to_burst(
    std::uint32_t tokens, std::int64_t share, base::TimePoint now) const noexcept {
    if (kind_ == AccountKind::Errors) return std::nullopt;
    const auto part = spent_.window() / kPartsAlone;
    const auto most = std::max<std::int64_t>(tokens, share / kPartsAlone);
    auto recent = in_flight_ + tokens;
    auto last = now;
    spent_.for_each_latest([&](base::TimePoint at, std::uint32_t spent) {
        if (at + part <= now) return false;
        recent += spent;
        last = at;
        return true;
    });
    if (recent <= most) return std::nullopt;
    return when_slot_frees(base::ErrorKind::WindowClosed, last + part);
}

LeaseUse AccountLease::take(std::uint32_t tokens,
                            bool urgent,
                            bool by_lease,
                            base::TimePoint now) noexcept {
    in_flight_ += tokens;
    if (!by_lease) return LeaseUse::None;
    const bool from_urgent = urgent && purse(false).tokens < std::int64_t{tokens};
    auto& drawn = purse(from_urgent);
    drawn.tokens -= tokens;
    drawn.used_at = now;
    return from_urgent ? LeaseUse::Urgent : LeaseUse::Ordinary;
}

void AccountLease::end(std::uint32_t reserved,
                       std::uint32_t unused,
                       LeaseUse use) noexcept {
    in_flight_ -= reserved;
    if (use == LeaseUse::None || unused == 0) return;
    // Of what comes back and back, no more than this one's share.
    const bool is_too_much = kind_ == AccountKind::Errors && share_ > 0 &&
                             this->unused() + in_flight_ >= share_;
    if (!is_too_much) purse(use == LeaseUse::Urgent).tokens += unused;
}

void AccountLease::spend(std::uint32_t tokens, base::TimePoint now) {
    spent_.add(tokens, now);
    spent_at_ = now;
    total_ += tokens;
}

void AccountLease::hear(std::uint32_t remaining,
                        base::Duration resets_in,
                        base::TimePoint now) noexcept {
    word_ = remaining;
    heard_at_ = now;
    resets_at_ = now + resets_in;
    has_news_ = true;
}

void AccountLease::close_for(base::Duration length,
                             bool is_spent,
                             base::TimePoint now) noexcept {
    closed_until_ = std::max(closed_until_, now + length);
    closed_at_ = now;
    for (auto& purse : purses_) purse.tokens = 0;
    is_spent_ = is_spent_ || is_spent;
    is_reopened_ = false;
}

void AccountLease::reopen(base::TimePoint now) noexcept {
    is_reopened_ = true;
    reopened_at_ = now;
    closed_until_ = {};
}

base::TimePoint AccountLease::due_at() const noexcept {
    if (is_reopened_ || closed_until_ > base::TimePoint{}) {
        return base::TimePoint::min();
    }
    const bool has_cause = has_news_ || total_ != confirmed_ || unused() > 0 ||
                           in_flight_ > 0 || !is_known_;
    // Until all has returned the ledger is to know of it, also one that was flushed.
    const bool has_history = spent_at_ + spent_.window() > reported_at_;
    auto report_at = base::TimePoint::max();
    if (has_history) report_at = reported_at_ + 2 * period();
    if (has_cause) report_at = reported_at_ + period();
    for (const auto& purse : purses_) {
        if (wants_of(purse) > 0) report_at = std::min(report_at, purse.ask_at);
    }
    return report_at;
}

AccountReport AccountLease::report(base::TimePoint now) {
    const bool is_void = now >= valid_until_ || now < shut_until_;
    for (auto& purse : purses_) {
        const bool is_unused = purse.need == 0 && purse.used_at + period() <= now;
        if (is_void || is_unused) purse.tokens = 0;
    }
    AccountReport report;
    report.key = key_;
    report.kind = kind_;
    report.max_tokens = max_tokens_;
    report.window = spent_.window();
    report.size_is_told = size_is_told_;
    add_spendings(report, now);
    report.in_flight = static_cast<std::uint32_t>(in_flight_);
    report.holds = report.in_flight + static_cast<std::uint32_t>(unused());
    if (word_ && now - heard_at_ < kOldestWord) {
        report.word = ServerWord{.remaining = *word_,
                                 .age = now - heard_at_,
                                 .resets_in = resets_at_ - heard_at_};
    }
    if (closed_until_ > now) report.closed_for = closed_until_ - now;
    report.is_spent = is_spent_;
    report.is_reopened = is_reopened_;
    report.wants = asked_[0] = wants_of(purse(false));
    report.wants_urgent = asked_[1] = wants_of(purse(true));
    report.least = std::max(purse(false).size, purse(true).size);
    report.kept_back = kept_back_;
    reported_at_ = now;
    return report;
}

void AccountLease::on_grant(const AccountGrant& grant,
                            base::TimePoint asked_at,
                            base::TimePoint now) noexcept {
    confirmed_ = grant.confirmed;
    is_known_ = !grant.needs_all;
    if (heard_at_ <= asked_at) has_news_ = false;
    if (closed_at_ <= asked_at) {
        closed_until_ = {};
        is_spent_ = false;
    }
    if (reopened_at_ <= asked_at) is_reopened_ = false;
    valid_until_ = asked_at + grant.valid_for;
    shut_until_ = now + grant.closed_for;
    if (now < shut_until_) {
        for (auto& purse : purses_) purse.tokens = 0;
    }
    share_ = grant.share;
    left_ = grant.left;
    others_ = grant.others;
    if (grant.max_tokens > 0 && grant.window > base::Duration::zero()) {
        max_tokens_ = grant.max_tokens;
        spent_.set_window(grant.window);
    }
    fill(false, grant, now);
    fill(true, grant, now);
    asked_[0] = asked_[1] = 0;
}

void AccountLease::drop() noexcept {
    for (auto& purse : purses_) {
        purse.tokens = 0;
        purse.need = 0;
        purse.granted_at = {};  // nothing more is asked for ahead of need
        purse.opens_at = {};
    }
    valid_until_ = {};
    shut_until_ = {};
    share_ = 0;
    has_news_ = true;  // that nothing is held any more
}

bool AccountLease::is_idle(base::TimePoint now) const noexcept {
    return in_flight_ == 0 && unused() == 0 && spent_.total(now) == 0 &&
           now >= shut_until_ && now >= closed_until_ && purses_[0].need == 0 &&
           purses_[1].need == 0;
}

std::int64_t AccountLease::unused() const noexcept {
    return std::max<std::int64_t>(0, purses_[0].tokens) +
           std::max<std::int64_t>(0, purses_[1].tokens);
}

base::Duration AccountLease::period() const noexcept {
    return std::clamp(spent_.window() / kReports, kShortestPeriod, kLongestPeriod);
}

std::uint32_t AccountLease::wants_of(const Purse& purse) const noexcept {
    const auto lot = std::max(purse.lot, purse.need);
    const auto missing = std::max<std::int64_t>(0, lot - purse.tokens);
    if (purse.need > 0 && purse.tokens < std::int64_t{purse.need}) {
        return static_cast<std::uint32_t>(missing);
    }
    // What is lent for errors comes back to the purse by itself.
    const bool is_in_use =
        purse.granted_at > base::TimePoint{} && purse.used_at + period() > reported_at_;
    const bool is_half_gone = purse.tokens * 2 < purse.filled;
    if (kind_ == AccountKind::Errors || !is_in_use || !is_half_gone) return 0;
    return static_cast<std::uint32_t>(missing);
}

void AccountLease::add_spendings(AccountReport& report, base::TimePoint now) const {
    report.total = total_;
    report.is_complete = !is_known_;
    auto untold = static_cast<std::int64_t>(total_ - confirmed_);
    spent_.for_each_latest([&](base::TimePoint at, std::uint32_t tokens) {
        if (is_known_ && untold <= 0) return false;
        if (now - at >= spent_.window()) return false;
        report.spendings.push_back({now - at, tokens});
        untold -= tokens;
        return true;
    });
    std::ranges::reverse(report.spendings);
}

void AccountLease::fill(bool urgent,
                        const AccountGrant& grant,
                        base::TimePoint now) noexcept {
    auto& into = purse(urgent);
    const auto tokens = urgent ? grant.urgent : grant.tokens;
    const auto opens_in = urgent ? grant.urgent_opens_in : grant.opens_in;
    const bool is_short = asked_[urgent ? 1 : 0] > 0 && tokens == 0 && is_known_;
    into.ask_at = is_short ? now + std::max(grant.ask_again_in, kShortestPause) : now;
    into.opens_at = tokens > 0 ? base::TimePoint{} : now + opens_in;
    into.need = 0;  // who still waits for more says so
    if (tokens == 0) return;
    into.tokens += tokens;
    into.filled = into.tokens;
    const auto lasted = now - into.granted_at;
    const auto largest = std::max(kFirstLot, max_tokens_ / kLargestPart);
    if (lasted < kSoonGone) into.lot = std::min(into.lot * 2, largest);
    if (lasted > kLongLasting) into.lot = std::max(into.lot / 2, kFirstLot);
    into.granted_at = now;
}

}  // namespace pyesi::scheduler
