#pragma once

#include "base/clock.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>

namespace pyesi::engine {

/// Every deadline and pause of the engine, in policy time, on one timer of the
/// network thread. The timer is armed when there is something to wait for, and
/// re-armed only for an earlier instant: an idle engine wakes at most once more.
///
/// Thread: network thread only.
class Timers {
public:
    using Callback = void (*)(void* subject, std::uint64_t tag) noexcept;

    /// Names a timer; default-made, it names none.
    struct Key {
        base::TimePoint at{};
        std::uint64_t serial = 0;
        auto operator<=>(const Key&) const = default;
    };

    Timers(boost::asio::io_context& loop, const base::Clock& clock);

    /// Calls `callback(subject, tag)` once, at `at` or soon after, never from
    /// inside this call.
    Key start(base::TimePoint at,
              Callback callback,
              void* subject,
              std::uint64_t tag = 0);

    /// No effect on a timer that has fired. Leaves `key` naming none.
    void stop(Key& key) noexcept;

    /// The clock was turned: fires what is due.
    void on_clock_turned();

    std::size_t size() const noexcept { return waiting_.size(); }

private:
    struct Target {
        Callback callback;
        void* subject;
        std::uint64_t tag;
    };

    void arm();
    void fire_due();

    boost::asio::steady_timer timer_;
    const base::Clock& clock_;
    std::map<Key, Target> waiting_;
    std::uint64_t next_serial_ = 1;
    base::TimePoint armed_for_ = base::TimePoint::max();
    // `cancel` cannot recall a completion that is already queued: a completion
    // of an earlier arming is known by its number.
    std::uint64_t arming_ = 0;
};

}  // namespace pyesi::engine
