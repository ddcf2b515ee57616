#include "scheduler/ledger_account.h"

#include "scheduler/ledger_terms.h"
#include "scheduler/token_cost.h"

#include <algorithm>
#include <ranges>

namespace pyesi::scheduler {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kSlots = 200;  // in a window: so none returns later than 0.5 % of it
constexpr LedgerTime kShortestLease = seconds{2};
constexpr LedgerTime kLongestLease = seconds{10};

// A word is held against what was spent when it was said; so for a while it must be
// known what had not returned then.
constexpr LedgerTime kOldestWord = seconds{3};
constexpr LedgerTime kProcessIsThere = seconds{10};
constexpr LedgerTime kWantedLately = seconds{2};
constexpr LedgerTime kProbeFor = seconds{10};
constexpr LedgerTime kLongestProbing = seconds{120};
constexpr LedgerTime kJustBorn = seconds{5};
constexpr LedgerTime kSettling = milliseconds{200};
constexpr LedgerTime kLongestSettling = milliseconds{2200};
constexpr LedgerTime kShortestPoll = milliseconds{20};
constexpr LedgerTime kLongestPoll = seconds{1};

// Of the error limit: the reset is told in whole seconds, and comes with latency.
constexpr LedgerTime kResetMargin = seconds{1};
constexpr LedgerTime kSameWindow = seconds{4};

// Until anybody has told what the server thinks, no more than that is out: a ledger
// that has lost its memory must not lend what is spent.
constexpr std::int64_t kUnheardPart = 4;
constexpr std::int64_t kBatchPart = 100;

/// When so many of what was spent will have returned; max() if there are not so many.
LedgerTime return_of(const AccountState& state, std::int64_t tokens) noexcept {
    if (tokens <= 0) return state.latest;
    for (const auto& slot : state.spent) {
        const auto at = slot.end + state.window;
        if (at <= state.latest) continue;
        tokens -= slot.tokens;
        if (tokens <= 0) return at;
    }
    return LedgerTime::max();
}

LedgerTime slot_width(LedgerTime window) noexcept {
    return std::max(window / kSlots, LedgerTime{1});
}

}  // namespace

LedgerTime LedgerAccount::lease_length(LedgerTime window) noexcept {
    return std::clamp(window / 4, kShortestLease, kLongestLease);
}

AccountGrant LedgerAccount::exchange(const AccountReport& report,
                                     std::uint64_t holder,
                                     std::uint64_t number,
                                     LedgerTime clock) {
    AccountGrant granted{.key = report.key};
    advance(clock);
    learn_size(report);
    expire();

    auto* lease = find(holder);
    if (lease == nullptr && !report.is_complete) {
        granted.needs_all = true;
        settle();
        describe({}, granted);
        return granted;
    }
    if (lease == nullptr) lease = &state_.leases.emplace_back();
    if (lease->holder == holder && number <= lease->number) {
        // Overtaken by a later one on its way.
        granted.confirmed = std::min(lease->total, report.total);
        describe(*lease, granted);
        return granted;
    }
    lease->holder = holder;
    lease->number = number;
    take_in(*lease, report);
    if (is_open_to(*lease, report, granted)) lend(*lease, report, granted);
    granted.confirmed = lease->total;
    describe(*lease, granted);
    return granted;
}

std::uint32_t LedgerAccount::processes() const noexcept {
    const auto there =
        std::ranges::count_if(state_.leases, [this](const LedgerLease& lease) {
            return lease.seen + kProcessIsThere > state_.latest;
        });
    return std::max(1U, as_count(there));
}

bool LedgerAccount::is_idle(LedgerTime clock) const noexcept {
    auto later = *this;
    later.advance(clock);
    later.expire();
    const auto& state = later.state_;
    return state.leases.empty() && state.spent.empty() && later.others() == 0 &&
           state.closed_until <= state.latest && !state.is_shut &&
           state.window_end <= state.latest;
}

void LedgerAccount::advance(LedgerTime clock) noexcept {
    if (state_.born == LedgerTime{}) state_.born = clock;
    if (clock + state_.shift < state_.latest) state_.shift = state_.latest - clock;
    state_.latest = clock + state_.shift;
}

/// One comes who was known, to an account that has just begun: it was lost.
void LedgerAccount::settle() noexcept {
    if (state_.latest - state_.born > kJustBorn) return;
    const auto settling = std::min(kLongestSettling, state_.window / 10 + kSettling);
    state_.settles_until = state_.born + settling;
}

void LedgerAccount::expire() {
    const auto now = state_.latest;
    for (auto& lease : state_.leases) {
        if (lease.held > 0 && lease.until <= now) {
            spend(std::exchange(lease.held, 0), lease.until);
        }
    }
    // As long as any of its spending may be in `spent`, what was counted of a process
    // must be known.
    const auto kept = std::max(state_.window, kProcessIsThere) + kOldestWord;
    std::erase_if(state_.leases, [&](const LedgerLease& lease) {
        return lease.held == 0 && lease.seen + kept <= now;
    });
    std::erase_if(state_.spent, [&](const LedgerSlot& slot) {
        return returned(slot, now - kOldestWord);
    });
    if (state_.window_end <= now) state_.errors_left = state_.max_tokens;
    if (state_.is_shut && state_.closed_until + kLongestProbing <= now) {
        state_.is_shut = false;
    }
}

void LedgerAccount::learn_size(const AccountReport& report) noexcept {
    state_.kind = report.kind;
    const auto window = in_ledger_time(report.window);
    const bool is_size = report.max_tokens > 0 && window > LedgerTime::zero();
    if (!is_size || (state_.size_is_told && !report.size_is_told)) return;
    state_.max_tokens = report.max_tokens;
    state_.window = window;
    state_.size_is_told = report.size_is_told;
}

void LedgerAccount::take_in(LedgerLease& lease, const AccountReport& report) {
    const auto now = state_.latest;
    count(lease, report);
    lease.held = report.holds;
    lease.seen = now;
    lease.until = now + lease_length(state_.window);
    if (report.wants > 0 || report.wants_urgent > 0) lease.wanted = now;
    learn_word(lease, report);
    close(report);
}

/// The newest part of the spendings is what was not counted yet.
void LedgerAccount::count(LedgerLease& lease, const AccountReport& report) {
    const auto now = state_.latest;
    auto uncounted =
        static_cast<std::int64_t>(report.total - std::min(report.total, lease.total));
    for (const auto& spending : report.spendings | std::views::reverse) {
        if (uncounted == 0) break;
        const auto tokens = std::min<std::int64_t>(uncounted, spending.tokens);
        spend(tokens, now - in_ledger_time(spending.age));
        uncounted -= tokens;
        state_.heard = true;
    }
    lease.total = report.total;
}

void LedgerAccount::spend(std::int64_t tokens, LedgerTime at) {
    if (tokens <= 0) return;
    if (state_.kind == AccountKind::Errors) {
        count_errors(tokens, at);
        return;
    }
    const auto width = slot_width(state_.window);
    const LedgerSlot slot{(at / width + 1) * width, tokens};
    if (returned(slot, state_.latest)) return;
    const auto place =
        std::ranges::lower_bound(state_.spent, slot.end, {}, &LedgerSlot::end);
    if (place != state_.spent.end() && place->end == slot.end) {
        place->tokens += tokens;
    } else {
        state_.spent.insert(place, slot);
    }
}

void LedgerAccount::count_errors(std::int64_t errors, LedgerTime at) noexcept {
    if (state_.window_end <= state_.latest) {
        state_.errors_left = state_.max_tokens;
        state_.window_end = state_.latest + state_.window;
    }
    const auto begin = state_.window_end - state_.window - kSameWindow;
    if (at >= begin) state_.errors_left -= errors;
}

void LedgerAccount::learn_word(const LedgerLease& lease,
                               const AccountReport& report) noexcept {
    if (!report.word) return;
    state_.heard = true;
    const auto said = state_.latest - in_ledger_time(report.word->age);
    if (said + kOldestWord < state_.latest) return;
    if (state_.kind == AccountKind::Errors) {
        // The less of two, since answers overtake each other.
        learn_errors(*report.word, said);
        return;
    }
    if (said < state_.word_at) return;
    state_.word_at = said;
    learn_others(lease, report, said);
    if (said >= state_.closed_until) state_.is_shut = false;
}

void LedgerAccount::learn_errors(const ServerWord& word, LedgerTime said) noexcept {
    const auto end = said + in_ledger_time(word.resets_in) + kResetMargin;
    const bool runs = state_.window_end > state_.latest;
    if (!runs || end > state_.window_end + kSameWindow) {
        state_.errors_left = word.remaining;
        state_.window_end = end;
    } else if (end + kSameWindow >= state_.window_end) {
        state_.errors_left = std::min<std::int64_t>(state_.errors_left, word.remaining);
        state_.window_end = std::max(end, state_.window_end);
    }
}

/// What is spent and cannot have been by anyone who shares the ledger is others'. Of
/// what is out on lease it is not known whether the server has counted it: between the
/// two bounds the estimate stays as it is.
void LedgerAccount::learn_others(const LedgerLease& lease,
                                 const AccountReport& report,
                                 LedgerTime said) noexcept {
    const auto used = state_.max_tokens - std::int64_t{report.word->remaining};
    if (used < 0) return;
    const auto width = slot_width(state_.window);
    std::int64_t before = 0;
    std::int64_t known = 0;
    for (const auto& slot : state_.spent) {
        if (returned(slot, said)) continue;
        known += slot.tokens;
        if (slot.end - width <= said) before += slot.tokens;
    }
    const auto out = held() - lease.held + report.in_flight;
    const auto least = std::max<std::int64_t>(0, used - known - out);
    const auto most = std::max<std::int64_t>(0, used - before);
    const auto thought = others();
    state_.others = std::clamp(thought, least, std::max(least, most));
    if (state_.others > thought) state_.others_until = state_.latest + state_.window;
}

void LedgerAccount::close(const AccountReport& report) noexcept {
    if (report.is_reopened) state_.is_shut = false;
    if (report.closed_for <= base::Duration::zero()) return;
    // Upwards: never a moment too early.
    const auto until =
        state_.latest + in_ledger_time(report.closed_for) + LedgerTime{1};
    if (until > state_.closed_until) state_.closed_until = until;
    if (!report.is_spent) return;
    state_.is_shut = true;
    state_.prober = 0;
}

/// Whether anything may be lent to this one. After a refusal only one process tries,
/// until it has been answered.
bool LedgerAccount::is_open_to(const LedgerLease& lease,
                               const AccountReport& report,
                               AccountGrant& granted) noexcept {
    const auto now = state_.latest;
    const bool is_wanted = report.wants > 0 || report.wants_urgent > 0;
    if (now >= state_.closed_until && !state_.is_shut) return true;
    if (now >= state_.closed_until && is_wanted &&
        (state_.prober == lease.holder || state_.probe_until <= now ||
         state_.prober == 0)) {
        if (state_.prober != lease.holder) state_.probe_until = now + kProbeFor;
        state_.prober = lease.holder;
        granted.may_probe = true;
        return true;
    }
    // Closed; or another one tries just now, which is soon known.
    const auto opens =
        now < state_.closed_until ? state_.closed_until - now : kLongestPoll / 4;
    granted.closed_for = opens;
    granted.opens_in = opens;
    granted.urgent_opens_in = opens;
    granted.ask_again_in = opens;
    return false;
}

void LedgerAccount::lend(LedgerLease& lease,
                         const AccountReport& report,
                         AccountGrant& granted) {
    const auto settling = state_.settles_until - state_.latest;
    if (settling > LedgerTime::zero()) {
        granted.opens_in = granted.urgent_opens_in = granted.ask_again_in = settling;
        return;
    }
    auto left = lendable(report);
    const auto least = std::max<std::int64_t>(report.least, 1);
    if (granted.may_probe) left = std::min(left, least + kept_back(report));

    const auto enough = [least](std::int64_t tokens) {
        return tokens >= least ? tokens : 0;
    };
    const auto urgent = enough(std::min(
        {std::int64_t{report.wants_urgent}, left, std::max(least, left / sharing())}));
    const auto ordinary = left - urgent - kept_back(report);
    const auto tokens = enough(
        std::min({std::int64_t{report.wants}, ordinary, fair_share(report, ordinary)}));
    lease.held += urgent + tokens;
    granted.urgent = as_count(urgent);
    granted.tokens = as_count(tokens);
    tell_openings(report, granted);
}

/// The most that this one may be lent now.
std::int64_t LedgerAccount::fair_share(const AccountReport& report,
                                       std::int64_t ordinary) const {
    const auto least = std::max<std::int64_t>(report.least, 1);
    if (state_.kind == AccountKind::Floating) {
        return std::max(least, ordinary / sharing());
    }
    // What is lent for errors comes back when none came of it, and is then used again:
    // so who came first must not keep all of it.
    const auto all = state_.errors_left - report.kept_back;
    return std::max(least, all / sharing()) - report.holds;
}

void LedgerAccount::tell_openings(const AccountReport& report,
                                  AccountGrant& granted) const {
    const auto least = std::max<std::int64_t>(report.least, 1);
    // Not for every single one that returns: who asks gets a few together.
    const auto batch = std::max(
        least, std::min<std::int64_t>(report.wants, state_.max_tokens / kBatchPart));
    const auto left = lendable(report);
    auto missing = std::int64_t{0};
    if (report.wants > 0 && granted.tokens == 0) {
        missing = batch + kept_back(report) - left;
        granted.opens_in = opening_of(missing);
        granted.ask_again_in = granted.opens_in;
    }
    if (report.wants_urgent > 0 && granted.urgent == 0) {
        missing = least - left;
        granted.urgent_opens_in = opening_of(missing);
        granted.ask_again_in = granted.urgent_opens_in;
    }
    const auto poll =
        std::clamp(state_.window / kBatchPart, kShortestPoll, kLongestPoll);
    if (missing > 0 && missing <= held()) {
        granted.ask_again_in = std::min<base::Duration>(granted.ask_again_in, poll);
    }
}

base::Duration LedgerAccount::opening_of(std::int64_t missing) const noexcept {
    const auto now = state_.latest;
    if (missing <= 0) return base::Duration::zero();
    if (state_.kind == AccountKind::Errors) {
        return state_.window_end > now ? state_.window_end - now : kShortestPoll;
    }
    auto opens = return_of(state_, missing);
    if (others() > 0) {
        const auto rest = return_of(state_, missing - state_.others);
        opens = std::min(opens, std::max(rest, state_.others_until));
    }
    if (opens != LedgerTime::max()) return opens - now;
    return lease_length(state_.window);  // only leases can bring it
}

void LedgerAccount::describe(const LedgerLease& lease,
                             AccountGrant& granted) const noexcept {
    granted.valid_for = lease_length(state_.window);
    granted.max_tokens = as_count(state_.max_tokens);
    granted.window = state_.window;
    granted.left = available();
    granted.others = others();
    granted.sharing = sharing();
    const auto all =
        state_.kind == AccountKind::Errors ? state_.errors_left : state_.max_tokens;
    granted.share = as_count(std::max<std::int64_t>(1, all / granted.sharing));
    if (state_.latest < state_.closed_until) {
        granted.closed_for = state_.closed_until - state_.latest;
    }
    if (lease.holder == 0) granted.valid_for = base::Duration::zero();
}

LedgerLease* LedgerAccount::find(std::uint64_t holder) noexcept {
    const auto found = std::ranges::find(state_.leases, holder, &LedgerLease::holder);
    return found == state_.leases.end() ? nullptr : &*found;
}

std::int64_t LedgerAccount::spent() const noexcept {
    std::int64_t tokens = 0;
    for (const auto& slot : state_.spent) {
        if (!returned(slot, state_.latest)) tokens += slot.tokens;
    }
    return tokens;
}

std::int64_t LedgerAccount::held() const noexcept {
    std::int64_t tokens = 0;
    for (const auto& lease : state_.leases) tokens += lease.held;
    return tokens;
}

std::int64_t LedgerAccount::others() const noexcept {
    return state_.latest < state_.others_until ? state_.others : 0;
}

std::int64_t LedgerAccount::available() const noexcept {
    if (state_.kind == AccountKind::Errors) return state_.errors_left - held();
    return state_.max_tokens - spent() - others() - held();
}

std::int64_t LedgerAccount::lendable(const AccountReport& report) const noexcept {
    const auto left = available();
    if (state_.kind == AccountKind::Errors) return left - kNeverSpent;
    if (state_.heard) return left;
    const auto unheard =
        std::max<std::int64_t>(state_.max_tokens / kUnheardPart, report.least);
    return std::min(left, unheard + report.kept_back - spent() - held());
}

/// Who holds something of it, or lately wanted to; at least the one who asks.
std::uint32_t LedgerAccount::sharing() const noexcept {
    const auto sharing =
        std::ranges::count_if(state_.leases, [this](const LedgerLease& lease) {
            return lease.held > 0 || lease.wanted + kWantedLately > state_.latest;
        });
    return std::max(1U, as_count(sharing));
}

}  // namespace pyesi::scheduler
