#include "scheduler/limit_sharing.h"

#include "http/status.h"
#include "scheduler/hashing.h"
#include "scheduler/route_ceilings.h"
#include "scheduler/token_cost.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <span>
#include <utility>

namespace pyesi::scheduler {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// In this process; mixed, so that no bucket's key is the same.
constexpr std::uint64_t kErrorsKey = spread(0xe44044U);
constexpr std::uint64_t kCeilingSeed = spread(0xce1117U);

// Between processes. The kinds differ, so that a group may be named as a route.
constexpr std::uint64_t kWindowKind = 1;
constexpr std::uint64_t kCeilingKind = 2;
constexpr std::uint64_t kErrorsKind = 3;

// A single answer that is late is no loss: what is on lease goes on meanwhile.
constexpr int kFailuresToLoss = 2;
constexpr base::Duration kFirstRetry = milliseconds{50};
constexpr base::Duration kLongestRetry = seconds{2};
constexpr base::Duration kNeverAnswered = seconds{2};
constexpr base::Duration kAnswerSurely = seconds{1};
constexpr std::size_t kMostAtOnce = 64;
constexpr std::uint32_t kFewestProcesses = 2;

bool is_urgent(const Ticket& ticket) noexcept {
    return ticket.priority == Priority::Interactive;
}

bool may_be_error(const Outcome& outcome) noexcept {
    return outcome.answered() ? counts_as_error(outcome.status)
                              : outcome.end == Outcome::End::Lost;
}

/// The errors' account, and those of which there is something to say: the most overdue
/// ones, so that each has its turn.
template <class Accounts>
std::vector<std::uint64_t> keys_to_report(const Accounts& accounts) {
    std::vector<std::pair<base::TimePoint, std::uint64_t>> due;
    for (const auto& [key, account] : accounts) {
        const auto at = account.lease.due_at();
        if (key != kErrorsKey && at != base::TimePoint::max())
            due.emplace_back(at, key);
    }
    const auto most = std::min(due.size(), kMostAtOnce - 1);
    std::ranges::partial_sort(due, due.begin() + static_cast<std::ptrdiff_t>(most));
    due.resize(most);
    std::vector<std::uint64_t> keys{kErrorsKey};
    for (const auto& [at, key] : due) keys.push_back(key);
    return keys;
}

}  // namespace

void LimitSharing::start(std::string_view origin, std::uint64_t holder) {
    origin_ = origin;
    holder_ = holder;
    retry_at_ = {};
    failures_running_ = 0;
    stand(Standing::Shared);
}

void LimitSharing::give_back(base::TimePoint now) noexcept {
    for (auto& [key, account] : accounts_) account.lease.drop();
    asked_ = 0;
    due_at_ = now;
}

void LimitSharing::stop() noexcept {
    holder_ = 0;
    asked_ = 0;
    due_at_ = base::TimePoint::max();
    accounts_.clear();
    stand(Standing::Off);
}

void LimitSharing::stand(Standing standing) noexcept {
    standing_ = standing;
    windows_.set_leased(standing == Standing::Shared);
}

void LimitSharing::prepare(const Ticket& ticket, base::TimePoint now) {
    if (!is_on()) return;
    const auto claims = claims_of(ticket);
    for (const auto& claim : std::span{claims.each}.first(claims.count)) {
        auto& account = account_of(claim, ticket, now);
        const auto reserve = kept_back(account.lease, claim);
        account.lease.want(claim.tokens, claim.urgent, reserve, now);
        touch(account);
    }
    if (!errors_.is_probing(now) || may_probe_) return;
    auto& errors = errors_account();
    errors.lease.want(1, false, errors_.settings().reserve, now);
    touch(errors);
}

Admission LimitSharing::admit(const Ticket& ticket, base::TimePoint now) const {
    if (!is_on()) return admit_now();
    if (standing_ == Standing::Shared && errors_.is_probing(now) && !may_probe_) {
        return when_slot_frees(base::ErrorKind::ErrorLimited, now + kAnswerSurely);
    }
    const auto claims = claims_of(ticket);
    for (const auto& claim : std::span{claims.each}.first(claims.count)) {
        if (const auto objects = objection(claim, now)) return *objects;
    }
    return admit_now();
}

std::optional<Admission> LimitSharing::objection(const Claim& claim,
                                                 base::TimePoint now) const {
    const auto* const account = find(claim.key);
    if (account == nullptr) return std::nullopt;
    const auto& lease = account->lease;
    if (standing_ == Standing::Alone) {
        const auto reserve = claim.urgent ? 0 : kept_back(lease, claim);
        const auto processes = std::max(processes_, kFewestProcesses);
        return lease.objection_alone(
            claim.tokens, reserve, processes, claim.urgent, now);
    }
    if (lease.covers(claim.tokens, claim.urgent, now)) return std::nullopt;
    return lease.objection(claim.urgent, now);
}

LeaseUse LimitSharing::use_of(const Ticket& ticket,
                              base::TimePoint now) const noexcept {
    if (!is_on()) return LeaseUse::Untold;
    if (standing_ != Standing::Shared) return LeaseUse::None;
    const auto claim = claims_of(ticket).each.front();
    const auto* const account = find(claim.key);
    if (account == nullptr) return LeaseUse::Untold;
    return account->lease.covers(claim.tokens, false, now) ? LeaseUse::Ordinary
                                                           : LeaseUse::Urgent;
}

void LimitSharing::on_sent(const Ticket& ticket, base::TimePoint now) {
    if (ticket.placement.lease == LeaseUse::Untold) return;
    const bool by_lease = ticket.placement.lease != LeaseUse::None;
    const auto claims = claims_of(ticket);
    for (const auto& claim : std::span{claims.each}.first(claims.count)) {
        auto* const account = find(claim.key);
        if (account == nullptr) continue;
        account->lease.take(claim.tokens, claim.urgent, by_lease, now);
        touch(*account);
    }
    may_probe_ = may_probe_ && !errors_.is_probing(now);
}

void LimitSharing::on_outcome(const Ticket& ticket,
                              const Outcome& outcome,
                              base::TimePoint now) {
    if (ticket.placement.lease == LeaseUse::Untold || !is_on()) return;
    if (ticket.placement.grouped) settle_window(ticket, outcome, now);
    settle_errors(ticket, outcome, now);
    if (ticket.limit->ceiling.is_set()) settle_ceiling(ticket, outcome, now);
    watch_errors(now);
}

void LimitSharing::settle_window(const Ticket& ticket,
                                 const Outcome& outcome,
                                 base::TimePoint now) {
    auto* const placed = find(ticket.placement.bucket);
    if (placed == nullptr) return;
    auto* const named = named_account(ticket, outcome);
    const bool is_elsewhere = named != nullptr && named != placed;
    const auto reserved = ticket.placement.tokens;
    const auto taken = is_elsewhere ? 0 : std::min(reserved, token_cost(outcome));
    placed->lease.end(reserved, reserved - taken, ticket.placement.lease);
    settle_named(is_elsewhere ? *named : *placed, outcome, now);
    touch(*placed);
}

void LimitSharing::settle_named(Account& account,
                                const Outcome& outcome,
                                base::TimePoint now) {
    auto& lease = account.lease;
    const auto& told = outcome.told;
    if (const auto cost = token_cost(outcome)) lease.spend(cost, now);
    if (told.window) lease.learn_size(told.window->tokens, told.window->length);
    if (told.remaining) lease.hear(*told.remaining, {}, now);
    const bool is_told = told.tells_of_window() || told.retry_after.has_value();
    if (outcome.answered() && outcome.status == http::kTooManyRequests && is_told) {
        lease.close_for(refusal_length(outcome), told.tells_of_window(), now);
    }
    touch(account);
}

void LimitSharing::settle_errors(const Ticket& ticket,
                                 const Outcome& outcome,
                                 base::TimePoint now) {
    const auto& told = outcome.told;
    auto& errors = errors_account();
    if (!ticket.placement.grouped) {
        const bool is_error = may_be_error(outcome);
        errors.lease.end(1, is_error ? 0 : 1, ticket.placement.lease);
        if (is_error && !told.errors_left) errors.lease.spend(1, now);
        // It has become one of a group.
        if (auto* const named = named_account(ticket, outcome)) {
            settle_named(*named, outcome, now);
        }
    }
    if (told.errors_left && told.error_reset) {
        errors.lease.hear(*told.errors_left, *told.error_reset, now);
    }
    if (outcome.answered() && outcome.status == http::kErrorLimited) {
        errors.lease.close_for(errors_.state(now).closed_for, true, now);
        may_probe_ = false;
    }
    touch(errors);
}

void LimitSharing::settle_ceiling(const Ticket& ticket,
                                  const Outcome& outcome,
                                  base::TimePoint now) {
    auto* const route = find(mix(ticket.limit->route_key, kCeilingSeed));
    if (route == nullptr) return;
    const bool was_sent = outcome.end != Outcome::End::NeverSent;
    route->lease.end(1, was_sent ? 0 : 1, ticket.placement.lease);
    if (was_sent) route->lease.spend(1, now);
    if (outcome.answered() && outcome.status == http::kSlowDown) {
        route->lease.close_for(pause_length(outcome), false, now);
    }
    touch(*route);
}

/// When a probe of this process was answered well, the others may go on too.
void LimitSharing::watch_errors(base::TimePoint now) {
    const bool is_shut = errors_.is_shut(now);
    if (std::exchange(was_shut_, is_shut) && !is_shut) {
        errors_account().lease.reopen(now);
        touch(errors_account());
        may_probe_ = false;
    }
}

LimitSharing::Claims LimitSharing::claims_of(const Ticket& ticket) noexcept {
    Claims claims;
    const auto& placement = ticket.placement;
    auto& own = claims.each[claims.count++];
    own = placement.grouped ? Claim{.key = placement.bucket, .tokens = placement.tokens}
                            : Claim{.key = kErrorsKey, .tokens = 1};
    // Of a window, one that need not leave the reserve is as good as Interactive: so it
    // alone draws on it, and not whoever finds what was lent for it.
    own.urgent = is_urgent(ticket) || (placement.grouped && !(ticket.reserve > 0));
    own.reserve = ticket.reserve;
    if (ticket.limit->ceiling.is_set()) {
        const auto key = mix(ticket.limit->route_key, kCeilingSeed);
        claims.each[claims.count++] = Claim{.key = key, .tokens = 1};
    }
    return claims;
}

const LimitSharing::Account* LimitSharing::find(std::uint64_t key) const noexcept {
    const auto found = accounts_.find(key);
    return found == accounts_.end() ? nullptr : &found->second;
}

LimitSharing::Account* LimitSharing::find(std::uint64_t key) noexcept {
    const auto found = accounts_.find(key);
    return found == accounts_.end() ? nullptr : &found->second;
}

LimitSharing::Account& LimitSharing::account_of(const Claim& claim,
                                                const Ticket& ticket,
                                                base::TimePoint now) {
    if (auto* const account = find(claim.key)) return *account;
    if (claim.key == kErrorsKey) return errors_account();
    return accounts_.emplace(claim.key, make_account(claim, ticket, now)).first->second;
}

LimitSharing::Account LimitSharing::make_account(const Claim& claim,
                                                 const Ticket& ticket,
                                                 base::TimePoint now) const {
    if (ticket.placement.grouped && claim.key == ticket.placement.bucket) {
        const auto sized = windows_.size_of(ticket, now);
        return make_window(
            sized.group, ticket.identity.text, {sized.max_tokens, sized.window, false});
    }
    const auto& limit = *ticket.limit;
    const auto key = stable_hash_of(limit.route, stable_hash_of(origin_, kCeilingKind));
    return {AccountLease{key,
                         AccountKind::Floating,
                         {limit.ceiling.requests, limit.ceiling.window, true}},
            limit.route,
            "ip"};
}

LimitSharing::Account LimitSharing::make_window(std::string_view group,
                                                std::string_view identity,
                                                const AccountLease::Size& size) const {
    const auto of_group = stable_hash_of(group, stable_hash_of(origin_, kWindowKind));
    return {
        AccountLease{stable_hash_of(identity, of_group), AccountKind::Floating, size},
        std::string{group},
        std::string{identity}};
}

LimitSharing::Account& LimitSharing::errors_account() {
    if (auto* const account = find(kErrorsKey)) return *account;
    const auto& settings = errors_.settings();
    const auto key = stable_hash_of(origin_, kErrorsKind);
    const AccountLease::Size size{settings.assumed, settings.window, false};
    return accounts_
        .emplace(kErrorsKey,
                 Account{AccountLease{key, AccountKind::Errors, size}, "errors", "ip"})
        .first->second;
}

/// The account of the group that an answer names; null if it names none that is known.
LimitSharing::Account* LimitSharing::named_account(const Ticket& ticket,
                                                   const Outcome& outcome) {
    const auto& told = outcome.told;
    if (told.group.empty()) return nullptr;
    const auto key = mix(hash_of(told.group), ticket.identity.key);
    if (auto* const account = find(key)) return account;
    if (!told.window || told.window->tokens == 0) return nullptr;
    const AccountLease::Size size{told.window->tokens, told.window->length, true};
    return &accounts_.emplace(key, make_window(told.group, ticket.identity.text, size))
                .first->second;
}

std::uint32_t LimitSharing::kept_back(const AccountLease& lease,
                                      const Claim& claim) const noexcept {
    if (lease.kind() == AccountKind::Errors) return errors_.settings().reserve;
    return static_cast<std::uint32_t>(static_cast<float>(lease.max_tokens()) *
                                      claim.reserve);
}

void LimitSharing::touch(const Account& account) noexcept {
    due_at_ = std::min(due_at_, std::max(account.lease.due_at(), retry_at_));
}

base::TimePoint LimitSharing::due_at() const noexcept {
    return asked_ != 0 ? asked_at_ + kNeverAnswered : due_at_;
}

std::optional<LedgerRequest> LimitSharing::next_exchange(base::TimePoint now) {
    if (!is_on() || now < due_at()) return std::nullopt;
    drop_idle(now);
    LedgerRequest request{.holder = holder_, .number = ++number_, .accounts = {}};
    errors_account();
    asked_for_ = keys_to_report(accounts_);
    for (const auto key : asked_for_) {
        request.accounts.push_back(find(key)->lease.report(now));
    }
    asked_ = number_;
    asked_at_ = now;
    return request;
}

void LimitSharing::on_reply(const LedgerRequest& request,
                            const std::optional<LedgerReply>& reply,
                            base::TimePoint now) {
    if (asked_ == 0 || request.number != asked_ || request.holder != holder_) return;
    asked_ = 0;
    if (reply && is_plausible(*reply, request)) {
        take_in(*reply, now);
    } else {
        on_failure(now);
    }
    plan();
}

void LimitSharing::take_in(const LedgerReply& reply, base::TimePoint now) {
    ++exchanges_;
    failures_running_ = 0;
    retry_at_ = {};
    processes_ = reply.processes;
    if (standing_ == Standing::Alone) ++recoveries_;
    stand(Standing::Shared);
    for (std::size_t i = 0; i < asked_for_.size(); ++i) {
        const auto& grant = reply.grants[i];
        if (asked_for_[i] == kErrorsKey) follow_closure(grant, now);
        if (auto* const account = find(asked_for_[i])) {
            account->lease.on_grant(grant, asked_at_, now);
        }
    }
}

void LimitSharing::follow_closure(const AccountGrant& grant, base::TimePoint now) {
    may_probe_ = grant.may_probe;
    if (grant.closed_for > base::Duration::zero()) {
        errors_.close_for(grant.closed_for, now);
    } else if (!grant.may_probe && errors_.is_probing(now)) {
        errors_.reopen();
    }
    was_shut_ = errors_.is_shut(now);
}

void LimitSharing::on_failure(base::TimePoint now) {
    ++failures_;
    ++failures_running_;
    auto pause = kFirstRetry;
    for (int i = 1; i < failures_running_ && pause < kLongestRetry; ++i) pause *= 2;
    retry_at_ = now + std::min(pause, kLongestRetry);
    if (failures_running_ < kFailuresToLoss || standing_ == Standing::Alone) return;
    stand(Standing::Alone);
    ++losses_;
    may_probe_ = false;
    for (auto& [key, account] : accounts_) account.lease.drop();
}

void LimitSharing::drop_idle(base::TimePoint now) {
    std::erase_if(accounts_, [now](const auto& item) {
        return item.first != kErrorsKey && item.second.lease.is_idle(now);
    });
}

void LimitSharing::plan() noexcept {
    due_at_ = base::TimePoint::max();
    for (const auto& [key, account] : accounts_) touch(account);
}

SharingState LimitSharing::state(base::TimePoint) const {
    SharingState state{.standing = standing_,
                       .processes = processes_,
                       .exchanges = exchanges_,
                       .failures = failures_,
                       .losses = losses_,
                       .recoveries = recoveries_,
                       .leases = {}};
    for (const auto& [key, account] : accounts_) {
        const auto& lease = account.lease;
        state.leases.push_back({account.name,
                                account.identity,
                                lease.unused(),
                                lease.in_flight(),
                                lease.left_to_all(),
                                lease.others()});
    }
    return state;
}

}  // namespace pyesi::scheduler
