#include "scheduler/scheduler.h"

#include "scheduler/objection.h"
#include "scheduler/upstream_standing.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace pyesi::scheduler {

namespace {

constexpr auto kNever = base::TimePoint::max();

// Who was shut out for a whole window may draw on the reserve once: those whom it is
// kept for may use up all the rest, and for ever.
constexpr base::Duration kUsualWindow = std::chrono::minutes{15};

base::Duration patience_of(const Ticket& ticket) noexcept {
    return ticket.limit->is_grouped() ? ticket.limit->window : kUsualWindow;
}

std::optional<base::TimePoint> earlier(std::optional<base::TimePoint> left,
                                       std::optional<base::TimePoint> right) noexcept {
    if (!left || !right) return left ? left : right;
    return std::min(*left, *right);
}

std::optional<base::TimePoint> front_of(const WakeQueue& queue) noexcept {
    if (queue.empty()) return std::nullopt;
    return queue.earliest().at;
}

}  // namespace

Scheduler::Upstream::Upstream(UpstreamSettings settings,
                              Slab<Record>& records,
                              ConcurrencyLimit& all)
    : origin{std::move(settings.origin)},
      limits{std::move(settings.limits)},
      breaker{settings.breaker},
      concurrency{std::max(settings.max_in_flight, 1U)},
      of_all{&all},
      queue{records} {
    limits->on_attached();
}

void Scheduler::Upstream::set_emergency(bool on) noexcept {
    constexpr auto kEssential = index_of(Priority::Background);
    queue.open_levels(on ? kEssential : kPriorities);
    concurrency.set_emergency(on);
}

Scheduler::Scheduler(const Settings& settings) noexcept
    : settings_{settings}, of_all_{settings.max_in_flight} {}

Scheduler::~Scheduler() {
    record_by_id_.for_each([this](std::uint64_t, std::uint32_t index) {
        const auto& record = records_[index];
        if (record.waiting) return;
        upstream_of(record.ticket)
            .limits->on_outcome(record.ticket, given_up(), latest_);
    });
    for (const auto& upstream : upstreams_) upstream->limits->on_detached();
}

std::uint32_t Scheduler::add_upstream(UpstreamSettings settings) {
    upstreams_.push_back(
        std::make_unique<Upstream>(std::move(settings), records_, of_all_));
    upstreams_.back()->set_emergency(emergency_);
    return static_cast<std::uint32_t>(upstreams_.size() - 1);
}

void Scheduler::submit(const Ticket& ticket, base::TimePoint now) {
    if (waiting() >= settings_.max_waiting) {
        refusals_.push_back({ticket.id, false, base::ErrorKind::QueueFull, {}});
        return;
    }
    Record record;
    record.ticket = ticket;
    record.ticket.reserve =
        ticket.priority == Priority::Interactive ? 0 : settings_.reserve;
    record.serial = ++serials_;
    record.waiting = true;
    const auto index = records_.add(record);
    record_by_id_.add(ticket.id, index);
    auto& queue = upstream_of(ticket).queue;
    queue.turn_to(now);
    queue.push(index);
    ++waiting_;
    ++waiting_by_priority_[index_of(ticket.priority)];

    const auto serial = record.serial;
    if (ticket.deadline != kNever) deadlines_.push({ticket.deadline, index, serial});
    if (is_hopeless(index)) deadlines_.push({base::TimePoint::min(), index, serial});
    if (ticket.pool_deadline != kNever) {
        upstream_of(ticket).pool_deadlines.push({ticket.pool_deadline, index, serial});
    }
}

bool Scheduler::withdraw(std::uint64_t id) {
    const auto index = record_by_id_.find(id);
    if (index == kNone) {
        const auto refused_now = std::ranges::find(refusals_, id, &Verdict::id);
        if (refused_now == refusals_.end()) return false;
        refusals_.erase(refused_now);
        return true;
    }
    const auto& record = records_[index];
    if (!record.waiting) return false;
    upstream_of(record.ticket).queue.erase(index);
    stop_waiting(index);
    forget(index);
    return true;
}

void Scheduler::drain(base::TimePoint now, Verdicts& verdicts) {
    latest_ = std::max(latest_, now);
    verdicts.insert(verdicts.end(), refusals_.begin(), refusals_.end());
    refusals_.clear();

    for (const auto& upstream : upstreams_) {
        upstream->queue.turn_to(now);
        upstream->queue.wake(now);
    }
    expire_deadlines(now, verdicts);
    admit(now, verdicts);
    for (const auto& upstream : upstreams_) expire_pool_waits(*upstream, now, verdicts);
}

std::optional<base::TimePoint> Scheduler::wake_at() {
    if (!refusals_.empty()) return base::TimePoint::min();
    drop_stale();
    auto earliest = front_of(deadlines_);
    for (const auto& upstream : upstreams_) {
        earliest = earlier(earliest, front_of(upstream->pool_deadlines));
        earliest = earlier(earliest, upstream->queue.wake_at());
        if (upstream->opens_at != kNever)
            earliest = earlier(earliest, upstream->opens_at);
    }
    return earliest;
}

void Scheduler::on_outcome(std::uint64_t id,
                           const Outcome& outcome,
                           base::TimePoint now) {
    const auto index = record_by_id_.find(id);
    if (index == kNone || records_[index].waiting) return;
    latest_ = std::max(latest_, now);
    const auto& ticket = records_[index].ticket;
    auto& upstream = upstream_of(ticket);
    for (auto* const gate : upstream.own_gates())
        gate->on_outcome(ticket, outcome, now);
    upstream.limits->on_outcome(ticket, outcome, now);
    if (upstream.health) {
        upstream.health->on_outcome(outcome, now - ticket.placement.sent_at, now);
    }
    upstream.queue.turn_to(now);
    upstream.queue.on_outcome(ticket);
    forget(index);
}

void Scheduler::set_emergency(bool on) noexcept {
    emergency_ = on;
    of_all_.set_emergency(on);
    for (const auto& upstream : upstreams_) upstream->set_emergency(on);
}

void Scheduler::expect_downtime(bool expects) noexcept {
    for (const auto& upstream : upstreams_) upstream->breaker.expect_downtime(expects);
}

UpstreamHealth& Scheduler::watch(std::uint32_t upstream) {
    auto& health = upstreams_[upstream]->health;
    if (!health) health = std::make_unique<UpstreamHealth>();
    return *health;
}

Candidate Scheduler::candidate(std::uint32_t upstream, base::TimePoint now) const {
    const auto& one = *upstreams_[upstream];
    auto candidate = candidate_of(one.breaker, *one.health, now);
    candidate.load =
        static_cast<std::uint32_t>(one.queue.size()) + one.concurrency.in_flight();
    const bool has_slot = one.concurrency.admit(Ticket{}, now).is_now();
    if (!has_slot && candidate.standing == Standing::Open) {
        candidate.standing = Standing::Full;
    }
    return candidate;
}

std::optional<std::uint64_t> Scheduler::next_waiting(
    std::uint32_t upstream) const noexcept {
    const auto next = upstreams_[upstream]->queue.next();
    if (!next) return std::nullopt;
    return records_[*next].ticket.id;
}

std::vector<std::uint64_t> Scheduler::waiting_for(std::uint32_t upstream) const {
    std::vector<std::uint64_t> ids;
    record_by_id_.for_each([&](std::uint64_t id, std::uint32_t index) {
        const auto& record = records_[index];
        const bool waits = record.waiting && record.ticket.upstream == upstream;
        if (waits) ids.push_back(id);
    });
    return ids;
}

SchedulerStatistics Scheduler::statistics(base::TimePoint now) const {
    SchedulerStatistics statistics;
    statistics.waiting = waiting_by_priority_;
    statistics.in_flight = in_flight();
    statistics.max_in_flight = of_all_.max_in_flight();
    for (const auto& upstream : upstreams_) {
        const auto& queue = upstream->queue;
        statistics.upstreams.push_back(
            {upstream->origin,
             queue.size(),
             queue.lanes(),
             queue.lanes_set_aside(),
             upstream->concurrency.in_flight(),
             upstream->concurrency.max_in_flight(),
             upstream->breaker.state(now),
             upstream->limits->state(now),
             upstream->group_waits.states(),
             state_of(upstream->health.get(), upstream->breaker, now)});
    }
    return statistics;
}

bool Scheduler::is_waiting(const WakeQueue::Entry& entry) const noexcept {
    if (!records_.has_place(entry.index)) return false;
    const auto& record = records_[entry.index];
    return record.serial == entry.serial && record.waiting;
}

void Scheduler::expire_deadlines(base::TimePoint now, Verdicts& verdicts) {
    while (!deadlines_.empty() && deadlines_.earliest().at <= now) {
        const auto entry = deadlines_.earliest();
        deadlines_.pop();
        if (!is_waiting(entry)) continue;
        const bool is_over = records_[entry.index].ticket.deadline <= now;
        if (is_over || is_hopeless(entry.index)) {
            refuse(entry.index, overdue(entry.index, now), verdicts);
        }
    }
}

/// Its lane's gate opens only after its deadline, or it does not wait for gates.
bool Scheduler::is_hopeless(std::uint32_t record) const noexcept {
    const auto& ticket = records_[record].ticket;
    const auto& hold = upstreams_[ticket.upstream]->queue.hold_of(record);
    if (hold.wait != ReadyQueue::Wait::Opening || hold.opens == kNever) return false;
    return ticket.moves || ticket.deadline <= hold.opens;
}

void Scheduler::expire_pool_waits(Upstream& upstream,
                                  base::TimePoint now,
                                  Verdicts& verdicts) {
    auto& deadlines = upstream.pool_deadlines;
    while (!deadlines.empty() && deadlines.earliest().at <= now) {
        const auto entry = deadlines.earliest();
        deadlines.pop();
        if (!is_waiting(entry)) continue;
        const auto& hold = upstream.queue.hold_of(entry.index);
        if (hold.wait != ReadyQueue::Wait::Turn) continue;  // a limit, not a slot
        const auto id = records_[entry.index].ticket.id;
        refuse(entry.index,
               {id, false, base::ErrorKind::PoolTimedOut, std::nullopt},
               verdicts);
    }
}

void Scheduler::admit(base::TimePoint now, Verdicts& verdicts) {
    for (const auto& upstream : upstreams_) upstream->opens_at = kNever;
    if (of_all_.exists() && upstreams_.size() > 1) {
        admit_by_turns(now, verdicts);
        return;
    }
    for (const auto& upstream : upstreams_) {
        while (admit_next(*upstream, now, verdicts) != Step::Stays) {
        }
    }
}

void Scheduler::admit_by_turns(base::TimePoint now, Verdicts& verdicts) {
    const auto next_of = [this](std::size_t at) -> UpstreamTurns::Next {
        const auto record = upstreams_[at]->queue.next();
        if (!record) return std::nullopt;
        return records_[*record].ticket.priority;
    };
    next_.resize(upstreams_.size());
    for (std::size_t at = 0; at < next_.size(); ++at) next_[at] = next_of(at);
    while (const auto chosen = turns_.choose(next_)) {
        const auto step = admit_next(*upstreams_[*chosen], now, verdicts);
        if (step == Step::Went) turns_.on_turn(*chosen, next_);
        next_[*chosen] = step == Step::Stays ? std::nullopt : next_of(*chosen);
    }
}

Scheduler::Step Scheduler::admit_next(Upstream& upstream,
                                      base::TimePoint now,
                                      Verdicts& verdicts) {
    const auto next = upstream.queue.next();
    if (!next) return Step::Stays;
    const auto record = *next;
    if (!try_own_gates(upstream, record, now, verdicts)) {
        return upstream.queue.next() == next ? Step::Stays : Step::Left;
    }
    auto& ticket = records_[record].ticket;
    const auto since = upstream.queue.shut_out_since(record);
    if (since <= now - patience_of(ticket)) ticket.reserve = 0;
    const auto admission = upstream.limits->try_send(ticket, now);
    if (!admission.is_now()) {
        put_off(record, admission, now, verdicts);
        return Step::Left;
    }
    let_go(upstream, record, now, verdicts);
    return Step::Went;
}

/// False if one of them objects: then the ticket was refused, or the upstream waits.
bool Scheduler::try_own_gates(Upstream& upstream,
                              std::uint32_t record,
                              base::TimePoint now,
                              Verdicts& verdicts) {
    const auto& ticket = records_[record].ticket;
    for (const auto* const gate : upstream.own_gates()) {
        const auto admission = gate->admit(ticket, now);
        if (admission.is_now()) continue;
        gate == &upstream.breaker ? upstream.held.on_shut(now)
                                  : upstream.held.on_full(now);
        const bool hopeless = admission.answer == Admission::Answer::Refused ||
                              (admission.answer == Admission::Answer::NotBefore &&
                               admission.at >= ticket.deadline);
        if (hopeless) {
            refuse(record, refusal(ticket.id, admission, now), verdicts);
        } else {
            upstream.opens_at = admission.at;
        }
        refuse_impatient(upstream, admission, now, verdicts);
        return false;
    }
    upstream.held.on_open(now);
    return true;
}

/// Who would not wait long for a slot does not wait for a host that is down either.
void Scheduler::refuse_impatient(Upstream& upstream,
                                 const Admission& admission,
                                 base::TimePoint now,
                                 Verdicts& verdicts) {
    if (admission.why != base::ErrorKind::UpstreamDown) return;
    hopeless_.clear();
    upstream.pool_deadlines.for_each([this](const WakeQueue::Entry& entry) {
        if (is_waiting(entry)) hopeless_.push_back(entry.index);
    });
    upstream.pool_deadlines.clear();
    for (const auto index : hopeless_) {
        refuse(index, refusal(records_[index].ticket.id, admission, now), verdicts);
    }
}

void Scheduler::let_go(Upstream& upstream,
                       std::uint32_t record,
                       base::TimePoint now,
                       Verdicts& verdicts) {
    const auto& ticket = records_[record].ticket;
    for (auto* const gate : upstream.own_gates()) gate->on_sent(ticket, now);
    verdicts.push_back({ticket.id, true, {}, std::nullopt, upstream.held});
    upstream.queue.tell_held(record, verdicts.back().held);
    upstream.group_waits.on_let_go(ticket, verdicts.back().held, *upstream.limits);
    upstream.queue.take(record);
    stop_waiting(record);
}

/// A shared gate objects: the ticket's whole lane is set aside.
void Scheduler::put_off(std::uint32_t record,
                        const Admission& admission,
                        base::TimePoint now,
                        Verdicts& verdicts) {
    const auto& ticket = records_[record].ticket;
    auto& upstream = upstream_of(ticket);
    if (admission.answer == Admission::Answer::Refused) {
        refuse(record, refusal(ticket.id, admission, now), verdicts);
        return;
    }
    upstream.queue.set_aside(record,
                             make_hold(admission, upstream.limits->is_shared(), now));
    if (admission.answer == Admission::Answer::NotBefore) {
        refuse_hopeless(record, admission, now, verdicts);
    }
}

/// Those of the lane whose deadline comes before the gate opens need not wait for it,
/// nor those that have elsewhere to go.
void Scheduler::refuse_hopeless(std::uint32_t record,
                                const Admission& admission,
                                base::TimePoint now,
                                Verdicts& verdicts) {
    hopeless_.clear();
    upstream_of(records_[record].ticket)
        .queue.take_dated(record, admission.at, hopeless_);
    for (const auto index : hopeless_) {
        refuse(index, refusal(records_[index].ticket.id, admission, now), verdicts);
    }
}

void Scheduler::refuse(std::uint32_t record,
                       const Verdict& verdict,
                       Verdicts& verdicts) {
    verdicts.push_back(verdict);
    upstream_of(records_[record].ticket).queue.erase(record);
    stop_waiting(record);
    forget(record);
}

/// What a ticket is refused with whose deadline came while it waited: what it waited
/// for.
Verdict Scheduler::overdue(std::uint32_t record, base::TimePoint now) const {
    const auto& ticket = records_[record].ticket;
    const auto& hold = upstreams_[ticket.upstream]->queue.hold_of(record);
    if (hold.wait == ReadyQueue::Wait::Turn) {
        return {ticket.id, false, base::ErrorKind::DeadlineExceeded, std::nullopt};
    }
    return {ticket.id, false, hold.why, time_until(hold.opens, now)};
}

void Scheduler::stop_waiting(std::uint32_t record) noexcept {
    const auto& ticket = records_[record].ticket;
    records_[record].waiting = false;
    --waiting_;
    --waiting_by_priority_[index_of(ticket.priority)];
}

void Scheduler::forget(std::uint32_t record) {
    record_by_id_.erase(records_[record].ticket.id);
    records_.erase(record);
}

void Scheduler::drop_stale() {
    const auto is_live = [this](const auto& entry) { return is_waiting(entry); };
    deadlines_.drop_stale(waiting_, is_live);
    for (const auto& upstream : upstreams_) {
        upstream->pool_deadlines.drop_stale(upstream->queue.size(), is_live);
    }
}

}  // namespace pyesi::scheduler
