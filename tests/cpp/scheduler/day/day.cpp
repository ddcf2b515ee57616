#include "scheduler/day/day.h"

#include "http/status.h"
#include "scheduler/token_cost.h"

#include <algorithm>
#include <utility>

namespace pyesi::scheduler::day {

namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Stage = Request::Stage;

constexpr auto kReadTimeout = seconds{20};
constexpr std::int64_t kErrorsAllowed = 100;
constexpr std::int64_t kErrorReserve = 20;
// Of a spell's end a breaker learns by its next probe.
constexpr auto kRecovery = seconds{60};

template <class T>
void raise(T& highest, T seen) {
    highest = std::max(highest, seen);
}

}  // namespace

Day::Day(const DayPlan& plan)
    : plan_{plan}, dice_{plan.seed}, weather_{plan.begins, plan.length, dice_} {
    const auto shared = std::make_shared<OriginLimits>();
    for (std::uint32_t number = 0; number < plan.processes; ++number) {
        const bool is_one = plan.sharing == Sharing::OneProcess;
        auto limits = is_one ? shared : std::make_shared<OriginLimits>();
        if (plan.sharing == Sharing::Ledger) {
            limits->begin_sharing("https://esi", dice_.draw() | 1U);
        }
        processes_.push_back(std::make_unique<Process>(
            Process::Settings{},
            std::move(limits),
            make_streams(number, plan.processes, plan.load, dice_)));
    }
    parties_.resize(plan.sharing == Sharing::None ? plan.processes : 1);
    exchanges_.resize(plan.processes);
    shut_since_.assign(plan.processes, base::TimePoint::max());
    planned_wakes_.assign(plan.processes, base::TimePoint::max());
}

DayRecord Day::run() {
    for (std::uint32_t process = 0; process < processes_.size(); ++process) {
        const auto streams = processes_[process]->streams().size();
        for (std::uint32_t stream = 0; stream < streams; ++stream) {
            plan_event(now_ + dice_.between(seconds{0}, minutes{1}),
                       {.process = process, .subject = stream});
        }
    }
    while (!events_.empty()) {
        const auto event = events_.top();
        events_.pop();
        now_ = event.at;
        ++record_.events;
        if (is_outdated(event)) continue;
        take(event);
        if (event.what != Event::What::Arrival) settle(event.process);
    }
    finish();
    return std::move(record_);
}

void Day::plan_event(base::TimePoint at, Event event) {
    event.at = at;
    event.order = ++order_;
    events_.push(event);
}

void Day::take(const Event& event) {
    auto& process = *processes_[event.process];
    process.set_time_of_day(base::WallTime{} + time_of_day());
    switch (event.what) {
        case Event::What::Wish: on_wish(event.process, event.subject); return;
        case Event::What::Wake:
            planned_wakes_[event.process] = base::TimePoint::max();
            ++record_.wakes;
            return;
        case Event::What::Look:
            exchanges_[event.process].planned_look = base::TimePoint::max();
            return;
        case Event::What::Report: on_report(event.process); return;
        case Event::What::Grant: on_grant(event.process); return;
        default: break;
    }
    if (!is_living(event)) return;
    switch (event.what) {
        case Event::What::Arrival: on_arrival(event.process, event.subject); return;
        case Event::What::Answer: on_answer(event.process, event.subject); return;
        case Event::What::GivenUp: on_given_up(event.process, event.subject); return;
        case Event::What::Retry: process.queue_again(event.subject, now_); return;
        default: return;
    }
}

/// An earlier look was planned in its place.
bool Day::is_outdated(const Event& event) const {
    switch (event.what) {
        case Event::What::Wake: return planned_wakes_[event.process] != event.at;
        case Event::What::Look:
            return exchanges_[event.process].planned_look != event.at;
        default: return false;
    }
}

bool Day::is_living(const Event& event) {
    const auto& request = processes_[event.process]->request(event.subject);
    return request.generation == event.generation && request.stage != Stage::Ended;
}

/// What the process does after each change: let go who may, and see when to look again.
void Day::settle(std::uint32_t number) {
    auto& process = *processes_[number];
    sent_.clear();
    refused_.clear();
    process.drain(now_, sent_, refused_);
    for (const auto request : std::exchange(sent_, {})) on_sent(number, request);
    for (const auto request : std::exchange(refused_, {})) end(number, request);
    look_at_breaker(number);
    ask_ledger(number);

    const auto wake_at = process.wake_at();
    if (!wake_at || *wake_at >= planned_wakes_[number]) return;
    if (*wake_at <= now_ && record_.leaks.empty()) {
        record_.leaks.emplace_back("a drain left something to do at once");
    }
    planned_wakes_[number] = std::max(*wake_at, now_ + milliseconds{1});
    plan_event(planned_wakes_[number], {.process = number, .what = Event::What::Wake});
}

/// As the engine does: whenever there is cause, and no word is out.
void Day::ask_ledger(std::uint32_t number) {
    auto& limits = processes_[number]->limits();
    auto& exchange = exchanges_[number];
    const auto due_at = limits.exchange_due_at();
    if (due_at > now_) {
        if (due_at >= exchange.planned_look) return;
        exchange.planned_look = due_at;
        plan_event(due_at, {.process = number, .what = Event::What::Look});
        return;
    }
    auto request = limits.next_exchange(now_);
    if (!request) return;
    ++record_.exchanges;
    exchange.request = std::move(*request);
    plan_event(now_ + way_to_ledger(),
               {.process = number, .what = Event::What::Report});
}

void Day::on_report(std::uint32_t number) {
    auto& exchange = exchanges_[number];
    const auto clock = std::chrono::floor<milliseconds>(now_.time_since_epoch());
    exchange.reply = ledger_.exchange(exchange.request, clock);
    plan_event(now_ + way_to_ledger(), {.process = number, .what = Event::What::Grant});
}

void Day::on_grant(std::uint32_t number) {
    auto& exchange = exchanges_[number];
    auto& process = *processes_[number];
    process.limits().on_reply(exchange.request, exchange.reply, now_);
    process.on_limits_changed();
}

base::Duration Day::way_to_ledger() {
    return dice_.between(std::chrono::microseconds{50}, milliseconds{2});
}

void Day::on_wish(std::uint32_t number, std::uint32_t subject) {
    if (now_ - start_ >= plan_.length) return;
    auto& stream = processes_[number]->streams()[subject];
    // What has not been done by now is not wished for twice.
    const auto wished = stream.insatiable ? stream.at_once : stream.count;
    stream.wished = stream.alone ? stream.wished + 1 : wished;
    ask_for_more(number, subject);
    if (stream.insatiable) return;
    const auto pause = stream.alone ? dice_.around(stream.every) : stream.every;
    plan_event(now_ + pause, {.process = number, .subject = subject});
}

void Day::ask_for_more(std::uint32_t number, std::uint32_t subject) {
    auto& process = *processes_[number];
    while (const auto request = process.ask(subject, now_)) {
        if (!dice_.chance(process.streams()[subject].given_up)) continue;
        plan_event(now_ + dice_.between(seconds{0}, seconds{2}),
                   {.process = number,
                    .subject = *request,
                    .generation = process.request(*request).generation,
                    .what = Event::What::GivenUp});
    }
}

void Day::on_sent(std::uint32_t number, std::uint32_t subject) {
    auto& process = *processes_[number];
    auto& request = process.request(subject);
    const auto& route = route_of(process.streams()[request.stream].route);
    request.was_foretold = !esi_.on_sent(route, request.identity, now_);
    if (!route.actual.is_grouped()) {
        auto& party = party_of(number);
        const auto left = now_ < party.until ? party.errors_left : kErrorsAllowed;
        const bool urgent = request.ticket.priority == Priority::Interactive;
        // A lease is good until it is used, also when the reserve is drawn on
        // meanwhile.
        const bool may_use_all = urgent || plan_.sharing == Sharing::Ledger;
        const auto room = may_use_all ? left : left - kErrorReserve;
        const auto beyond = ++party.ungrouped_in_flight - room;
        raise(record_.beyond_errors, beyond);
    }
    plan_event(now_ + dice_.between(milliseconds{20}, milliseconds{200}),
               {.process = number,
                .subject = subject,
                .generation = request.generation,
                .what = Event::What::Arrival});
}

void Day::on_arrival(std::uint32_t number, std::uint32_t subject) {
    auto& process = *processes_[number];
    auto& request = process.request(subject);
    const auto& stream = process.streams()[request.stream];
    const auto fate = weather_.fate_of(stream.route, time_of_day(), dice_);
    request.stage = Stage::Served;
    request.tokens = 0;
    serve(process, request, fate);
    if (request.given_up) {
        request.outcome = given_up();
        end_attempt(number, subject);
        settle(number);
        return;
    }
    auto way_back = dice_.between(milliseconds{20}, milliseconds{400});
    if (fate.kind == Fate::Kind::Silent) {
        const auto patience = std::min(request.ticket.deadline, now_ + kReadTimeout);
        way_back = std::max(patience - now_, base::Duration::zero());
    }
    plan_event(now_ + way_back,
               {.process = number,
                .subject = subject,
                .generation = request.generation,
                .what = Event::What::Answer});
}

void Day::serve(Process& process, Request& request, const Fate& fate) {
    const auto& stream = process.streams()[request.stream];
    const auto& route = route_of(stream.route);
    if (fate.kind == Fate::Kind::Unreachable) {
        request.failure = base::ErrorKind::ConnectFailed;
        request.outcome = failed(request.failure, true);
        return;
    }
    if (fate.kind == Fate::Kind::Silent) {
        const bool in_time = request.ticket.deadline > now_ + kReadTimeout;
        request.failure =
            in_time ? base::ErrorKind::ReadTimedOut : base::ErrorKind::DeadlineExceeded;
        request.outcome = failed(request.failure, false);
        return;
    }
    const bool is_lost = fate.kind == Fate::Kind::Lost;
    const auto usual = is_lost ? http::kOk : status_to_come(stream);
    const auto status = fate.status != 0 ? fate.status : usual;
    const auto reply = esi_.serve(route, request.identity, status, now_);
    request.tokens = reply.tokens;
    request.errors_until = esi_.errors_until();
    count_refusals(request, reply);
    request.failure = base::ErrorKind::ConnectionLost;
    request.outcome =
        is_lost ? lost() : answered(reply.status, reply.told, dice_.share());
}

void Day::count_refusals(const Request& request, const Esi::Reply& reply) {
    if (reply.status == http::kErrorLimited) ++record_.error_refusals;
    if (reply.over_ceiling) ++record_.over_ceiling;
    if (!reply.window_refused) return;
    ++(request.was_foretold ? record_.foretold_refusals : record_.unforeseen_refusals);
}

int Day::status_to_come(const Stream& stream) {
    if (dice_.chance(stream.refused)) {
        return stream.route == RouteName::StructureOrders ? http::kForbidden
                                                          : http::kNotFound;
    }
    return dice_.chance(stream.not_modified) ? http::kNotModified : http::kOk;
}

void Day::on_answer(std::uint32_t number, std::uint32_t subject) {
    learn_errors_left(party_of(number), processes_[number]->request(subject));
    end_attempt(number, subject);
}

void Day::learn_errors_left(Party& party, const Request& request) {
    const auto& told = request.outcome.told;
    if (!told.errors_left || request.errors_until < party.until) return;
    const auto left = std::int64_t{*told.errors_left};
    const bool is_same = request.errors_until == party.until;
    party.errors_left = is_same ? std::min(party.errors_left, left) : left;
    party.until = request.errors_until;
}

void Day::on_given_up(std::uint32_t number, std::uint32_t subject) {
    auto& process = *processes_[number];
    auto& request = process.request(subject);
    switch (request.stage) {
        case Stage::Queued:
            process.withdraw(subject);
            end(number, subject);
            return;
        case Stage::Pausing: end(number, subject); return;
        case Stage::Sent: request.given_up = true; return;
        case Stage::Served:
            request.outcome = given_up();
            end_attempt(number, subject);
            return;
        case Stage::Ended: return;
    }
}

void Day::end_attempt(std::uint32_t number, std::uint32_t subject) {
    auto& process = *processes_[number];
    auto& request = process.request(subject);
    const auto& route = route_of(process.streams()[request.stream].route);
    const auto known = request.outcome.answered()
                           ? request.tokens
                           : std::min(request.tokens, kUsualCost);
    esi_.on_known(route, request.identity, known);
    if (!route.actual.is_grouped()) --party_of(number).ungrouped_in_flight;
    const auto retry = process.on_attempt_end(subject, now_, dice_.share());
    if (!retry) {
        end(number, subject);
        return;
    }
    request.stage = Stage::Pausing;
    plan_event(*retry,
               {.process = number,
                .subject = subject,
                .generation = request.generation,
                .what = Event::What::Retry});
}

void Day::end(std::uint32_t number, std::uint32_t subject) {
    auto& process = *processes_[number];
    const auto asked_by = process.request(subject).stream;
    process.forget(subject);
    auto& stream = process.streams()[asked_by];
    if (stream.insatiable && now_ - start_ < plan_.length) ++stream.wished;
    ask_for_more(number, asked_by);
}

/// For how long one has been shut though nothing was amiss any more.
void Day::look_at_breaker(std::uint32_t number) {
    // Nobody asks afterwards, so nobody would find out.
    if (now_ - start_ >= plan_.length) return;
    auto& since = shut_since_[number];
    if (!processes_[number]->scheduler().is_shut(0, now_)) {
        since = base::TimePoint::max();
        return;
    }
    since = std::min(since, now_);
    const auto well = weather_.well_since(time_of_day());
    if (well) raise(record_.longest_shut, std::min(*well, now_ - since));
}

Day::Party& Day::party_of(std::uint32_t process) {
    return parties_[parties_.size() == 1 ? 0 : process];
}

/// What no reasonable client could have used.
base::Duration Day::trouble() const {
    base::Duration sum{};
    for (const auto& spell : weather_.spells()) {
        const auto from = std::max(spell.from, plan_.begins);
        const auto until = std::min(spell.until, plan_.begins + plan_.length);
        if (from < until) sum += until - from + kRecovery;
    }
    return sum;
}

void Day::finish() {
    for (const auto& process : processes_) {
        const auto& tally = process->tally();
        record_.requests += tally.asked;
        record_.attempts += tally.first_attempts + tally.retries;
        record_.first_attempts += tally.first_attempts;
        record_.retries += tally.retries;
        record_.refused += tally.refused;
        record_.repeated_changes += tally.repeated_changes;
        for (std::size_t level = 0; level < kPriorities; ++level) {
            raise(record_.longest_wait[level], tally.longest_wait[level]);
            raise(record_.longest_standstill[level], tally.longest_standstill[level]);
        }
    }
    measure_throughput();
    look_for_leaks();
}

void Day::measure_throughput() {
    const auto usable = 1 - double{Scheduler::Settings{}.reserve};
    const auto share_of = [&](RouteName name, std::uint32_t identity) {
        const auto& route = route_of(name);
        const auto windows = base::in_seconds(plan_.length - trouble()) /
                             base::in_seconds(route.actual.window);
        const auto allowed = route.actual.max_tokens * usable * windows;
        return static_cast<double>(esi_.taken(route, identity)) / allowed;
    };
    if (plan_.length - trouble() < minutes{16}) return;
    for (std::uint32_t process = 0; process < plan_.processes; ++process) {
        record_.least_throughput =
            std::min(record_.least_throughput,
                     share_of(RouteName::Wallet, greedy_identity(process)));
    }
    record_.least_throughput =
        std::min(record_.least_throughput, share_of(RouteName::ServerStatus, kAddress));
}

void Day::look_for_leaks() {
    const auto expect_none = [this](std::int64_t count, const std::string& what) {
        if (count != 0) record_.leaks.push_back(what + ": " + std::to_string(count));
    };
    for (const auto& process : processes_) {
        const auto& tally = process->tally();
        const auto& scheduler = process->scheduler();
        expect_none(static_cast<std::int64_t>(scheduler.waiting()), "waiting");
        expect_none(static_cast<std::int64_t>(scheduler.in_flight()), "in flight");
        expect_none(static_cast<std::int64_t>(tally.asked - tally.ended), "not ended");
        const auto limits = process->limits().state(now_);
        expect_none(limits.errors.in_flight, "may become errors");
        for (const auto& bucket : limits.buckets) {
            expect_none(bucket.in_flight, "tokens reserved in " + bucket.group);
        }
    }
}

}  // namespace pyesi::scheduler::day
