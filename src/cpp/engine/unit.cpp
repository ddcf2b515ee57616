#include "engine/unit.h"

#include "engine/dispatcher.h"

#include <vector>

namespace pyesi::engine {

namespace {

constexpr std::size_t kBesidesTheBody = 1024;

}  // namespace

void Unit::stop(Dispatcher& dispatcher, base::ErrorKind why) {
    stopped = why;
    end_waits(dispatcher, why);
    wake_runners();
}

void Unit::on_taken(std::size_t bytes) {
    window.on_taken(bytes);
    wake_runners();
}

void Unit::wake_runners() {
    for (const auto runner : std::exchange(waiting_for_room, {})) runner.resume();
}

std::size_t bytes_of(const Answer& answer) noexcept {
    return answer.entry->response.body.bytes.size() + answer.decoded.size() +
           kBesidesTheBody;
}

std::size_t bytes_of(const base::Result<Answer>& end) noexcept {
    return end ? bytes_of(end.value()) : kBesidesTheBody;
}

void Unit::end_waits(Dispatcher& dispatcher, base::ErrorKind why) {
    const std::vector<Tag> under_way(requests.begin(), requests.end());
    for (const auto request : under_way) dispatcher.flights().end_waiter(request, why);
    while (pauses != nullptr) pauses->end();
}

Asking::Asking(Dispatcher& dispatcher, Unit& unit, Call call)
    : dispatcher_{dispatcher}, unit_{unit}, call_{std::move(call)} {}

bool Asking::await_suspend(std::coroutine_handle<> runner) {
    tag_ = dispatcher_.next_tag();
    unit_.requests.insert(tag_);
    const auto deadline =
        call_.options ? call_.options->deadline : base::TimePoint::max();
    // The runner's frame holds this object until it has been told.
    Waiter waiter{
        .tag = tag_,
        .receiver = std::shared_ptr<EndReceiver>{std::shared_ptr<void>{}, this},
        .asked_at = dispatcher_.clock().now(),
        .deadline = deadline};
    dispatcher_.submit(std::move(call_), std::move(waiter));
    if (end_) return false;
    runner_ = runner;
    return true;
}

base::Result<Answer> Asking::await_resume() {
    unit_.requests.erase(tag_);
    return std::move(*end_);
}

void Asking::on_end(Tag /*tag*/, base::Result<Answer>&& end) noexcept {
    end_.emplace(std::move(end));
    if (runner_) std::exchange(runner_, nullptr).resume();
}

bool Pause::await_ready() const noexcept {
    return unit.stopped || until <= dispatcher.clock().now();
}

void Pause::await_suspend(std::coroutine_handle<> waiting) {
    runner = waiting;
    next = unit.pauses;
    if (next != nullptr) next->previous = this;
    unit.pauses = this;
    timer = dispatcher.timers().start(
        until,
        [](void* paused, std::uint64_t) noexcept {
            static_cast<Pause*>(paused)->end();
        },
        this);
}

void Pause::end() {
    dispatcher.timers().stop(timer);
    (previous != nullptr ? previous->next : unit.pauses) = next;
    if (next != nullptr) next->previous = previous;
    runner.resume();
}

}  // namespace pyesi::engine
