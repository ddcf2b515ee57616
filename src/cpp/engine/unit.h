#pragma once

#include "engine/byte_window.h"
#include "engine/flow.h"
#include "engine/receiver.h"
#include "engine/timers.h"

#include <coroutine>
#include <cstddef>
#include <memory>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

namespace pyesi::engine {

class Dispatcher;

/// Several requests that were asked for as one, and end as one: a batch, a sweep or a
/// warming. Its runners are flows that share it; the last one to end frees it.
///
/// Thread: network thread only.
class Unit {
public:
    Unit(Tag its_tag, std::shared_ptr<CompletionSink> whom)
        : tag{its_tag}, sink{std::move(whom)} {}
    Unit(const Unit&) = delete;
    Unit& operator=(const Unit&) = delete;
    virtual ~Unit() = default;

    /// Starts its runners.
    virtual void start(Dispatcher& dispatcher, std::shared_ptr<Unit> self) = 0;

    /// Ends its requests and wakes its pauses, so that the runners end.
    void stop(Dispatcher& dispatcher, base::ErrorKind why);

    /// Ends what its runners wait for; what they do then is theirs to decide.
    void end_waits(Dispatcher& dispatcher, base::ErrorKind why);

    /// Of what was handed over, so many bytes are not held any more.
    virtual void on_taken(std::size_t bytes);

    /// Whether one more request fits into the window.
    bool has_room() const noexcept { return window.has_room(requests.size()); }

    /// Those who wait for room look anew whether they still need it.
    void wake_runners();

    const Tag tag;
    const std::shared_ptr<CompletionSink> sink;
    std::optional<base::ErrorKind> stopped;

    // What its runners wait for at this moment.
    std::unordered_set<Tag> requests;
    struct Pause* pauses = nullptr;
    std::vector<std::coroutine_handle<>> waiting_for_room;

    ByteWindow window;
};

/// Until somebody has taken something, or the unit is stopped: then it is for the
/// runner to look whether there is room.
///
/// Thread: network thread only.
struct Room {
    Unit& unit;

    bool await_ready() const noexcept { return unit.stopped.has_value(); }
    void await_suspend(std::coroutine_handle<> runner) const {
        unit.waiting_for_room.push_back(runner);
    }
    void await_resume() const noexcept {}
};

/// What an answer holds of a window.
std::size_t bytes_of(const Answer& answer) noexcept;
std::size_t bytes_of(const base::Result<Answer>& end) noexcept;

/// Until one request of the unit has ended.
///
/// Thread: network thread only.
class Asking final : public EndReceiver {
public:
    Asking(Dispatcher& dispatcher, Unit& unit, Call call);

    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> runner);
    base::Result<Answer> await_resume();

    void on_end(Tag tag, base::Result<Answer>&& end) noexcept override;

private:
    Dispatcher& dispatcher_;
    Unit& unit_;
    Call call_;
    Tag tag_ = 0;
    std::optional<base::Result<Answer>> end_;
    std::coroutine_handle<> runner_;
};

/// Until an instant of policy time, or until the unit is stopped.
///
/// Thread: network thread only.
struct Pause {
    Pause(Dispatcher& its_dispatcher, Unit& its_unit, base::TimePoint its_end)
        : dispatcher{its_dispatcher}, unit{its_unit}, until{its_end} {}
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;
    ~Pause() = default;

    bool await_ready() const noexcept;
    void await_suspend(std::coroutine_handle<> waiting);
    void await_resume() const noexcept {}
    void end();

    Dispatcher& dispatcher;
    Unit& unit;
    base::TimePoint until;
    Timers::Key timer;
    std::coroutine_handle<> runner;
    Pause* previous = nullptr;
    Pause* next = nullptr;
};

}  // namespace pyesi::engine
