#include "scheduler/day/process.h"

#include "http/status.h"
#include "scheduler/downtime.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace pyesi::scheduler::day {

namespace {

constexpr auto kTotalTimeout = std::chrono::seconds{30};
constexpr auto kPoolTimeout = std::chrono::seconds{30};

std::uint64_t id_of(std::uint32_t number, std::uint32_t generation) noexcept {
    return (std::uint64_t{generation} << 32U) | number;
}

std::uint32_t number_of(std::uint64_t id) noexcept {
    return static_cast<std::uint32_t>(id & 0xffffffffU);
}

}  // namespace

Process::Process(const Settings& settings,
                 std::shared_ptr<OriginLimits> limits,
                 std::vector<Stream> streams)
    : settings_{settings},
      limits_{std::move(limits)},
      scheduler_{settings.scheduler},
      budget_{settings.budget},
      streams_{std::move(streams)} {
    scheduler_.add_upstream({"https://esi", limits_, settings.max_in_flight});
}

std::optional<std::uint32_t> Process::ask(std::uint32_t stream, base::TimePoint now) {
    auto& asking = streams_[stream];
    if (asking.wished == 0 || asking.under_way >= asking.at_once) return std::nullopt;
    --asking.wished;
    ++asking.under_way;
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(requests_.size()));
        requests_.emplace_back();
    }
    const auto number = free_.back();
    free_.pop_back();
    auto& request = requests_[number];
    const auto generation = request.generation + 1;
    request = {.stream = stream, .generation = generation};
    if (asking.first_identity != kAddress) {
        request.identity = asking.first_identity + asking.asked % asking.identities;
    }
    ++asking.asked;
    ++tally_.asked;

    const auto& route = route_of(asking.route);
    auto& ticket = request.ticket;
    ticket.id = id_of(number, generation);
    ticket.limit = &route.believed;
    ticket.identity = identity_of(request.identity);
    ticket.priority = asking.priority;
    ticket.method = route.method;
    if (asking.alone) {
        ticket.deadline = now + kTotalTimeout;
        ticket.pool_deadline = now + kPoolTimeout;
    }
    submit(number, now);
    return number;
}

/// A character for each number, and the address for the first.
Identity Process::identity_of(std::uint32_t number) {
    if (number == kAddress) return {};
    auto& name = names_[number];
    if (name.empty()) name = "app:" + std::to_string(number);
    return make_identity(name);
}

void Process::submit(std::uint32_t number, base::TimePoint now) {
    auto& request = requests_[number];
    request.waits_since = now;
    request.stage = Request::Stage::Queued;
    if (is_suspended(request, now)) {
        suspended_.push_back(number);
    } else {
        scheduler_.submit(request.ticket);
    }
}

/// A change is not sent into a downtime that has been met.
bool Process::is_suspended(const Request& request, base::TimePoint now) const {
    return !http::is_safe(request.ticket.method) && rest_of_downtime(wall_now_) &&
           scheduler_.is_shut(request.ticket.upstream, now);
}

bool Process::is_grouped(const Request& request) const {
    return route_of(streams_[request.stream].route).actual.is_grouped();
}

void Process::drain(base::TimePoint now,
                    std::vector<std::uint32_t>& sent,
                    std::vector<std::uint32_t>& refused) {
    verdicts_.clear();
    scheduler_.drain(now, verdicts_);
    for (const auto& verdict : verdicts_) {
        const auto number = number_of(verdict.id);
        if (verdict.admitted) {
            on_admitted(number, now);
            sent.push_back(number);
        } else {
            ++tally_.refused;
            refused.push_back(number);
        }
    }
    tally_.suspended += suspended_.size();
    refused.insert(refused.end(), suspended_.begin(), suspended_.end());
    suspended_.clear();
}

void Process::on_admitted(std::uint32_t number, base::TimePoint now) {
    auto& request = requests_[number];
    note_wait(request, now);
    request.stage = Request::Stage::Sent;
    if (request.ticket.deadline == base::TimePoint::max()) {
        request.ticket.deadline = now + kTotalTimeout;
    }
    if (++request.attempts == 1) {
        budget_.on_first_attempt(now);
        ++tally_.first_attempts;
    } else {
        ++tally_.retries;
        const bool is_change = !http::is_safe(request.ticket.method);
        if (is_change && request.may_have_arrived) ++tally_.repeated_changes;
    }
    if (!is_grouped(request)) ++ungrouped_in_flight_;
}

void Process::note_wait(const Request& request, base::TimePoint now) {
    const auto level = index_of(request.ticket.priority);
    auto& last_went = streams_[request.stream].last_went;
    auto& longest = tally_.longest_wait[level];
    longest = std::max(longest, now - request.waits_since);
    auto& standstill = tally_.longest_standstill[level];
    standstill = std::max(standstill, now - std::max(request.waits_since, last_went));
    last_went = now;
}

std::optional<base::TimePoint> Process::on_attempt_end(std::uint32_t number,
                                                       base::TimePoint now,
                                                       double jitter) {
    auto& request = requests_[number];
    if (!is_grouped(request)) --ungrouped_in_flight_;
    const auto& outcome = request.outcome;
    if (outcome.end != Outcome::End::NeverSent) request.may_have_arrived = true;
    if (outcome.status >= 500) {
        scheduler_.expect_downtime(rest_of_downtime(wall_now_).has_value());
    }
    scheduler_.on_outcome(request.ticket.id, outcome, now);
    const bool is_well = outcome.answered() && !http::is_error(outcome.status);
    if (is_well || outcome.end == Outcome::End::GivenUp) return std::nullopt;
    const auto decision = decide_retry(retry_input(request, now), jitter);
    if (!decision.retry || !budget_.try_spend(now)) return std::nullopt;
    return now + decision.delay;
}

RetryInput Process::retry_input(const Request& request, base::TimePoint now) const {
    const auto& outcome = request.outcome;
    RetryInput input;
    input.method = request.ticket.method;
    input.attempts = request.attempts;
    input.policy = settings_.retry;
    if (rest_of_downtime(wall_now_)) input.policy = widened(input.policy);
    input.surely_not_sent = outcome.end == Outcome::End::NeverSent;
    input.deadline = request.ticket.deadline;
    input.failure = request.failure;
    input.status = outcome.status;
    if (outcome.answered()) {
        input.retry_after = http::is_limited(outcome.status)
                                ? outcome.told.refusal_length()
                                : outcome.told.retry_after;
    }
    input.now = now;
    return input;
}

void Process::queue_again(std::uint32_t number, base::TimePoint now) {
    auto& ticket = requests_[number].ticket;
    const bool alone = streams_[requests_[number].stream].alone;
    if (alone) ticket.pool_deadline = now + kPoolTimeout;
    submit(number, now);
}

bool Process::withdraw(std::uint32_t number) {
    return scheduler_.withdraw(requests_[number].ticket.id);
}

void Process::forget(std::uint32_t number) {
    auto& request = requests_[number];
    --streams_[request.stream].under_way;
    ++tally_.ended;
    request.stage = Request::Stage::Ended;
    free_.push_back(number);
}

}  // namespace pyesi::scheduler::day
