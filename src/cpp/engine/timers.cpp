#include "engine/timers.h"

#include <algorithm>

namespace pyesi::engine {

Timers::Timers(boost::asio::io_context& loop, const base::Clock& clock)
    : timer_{loop}, clock_{clock} {}

Timers::Key Timers::start(base::TimePoint at,
                          Callback callback,
                          void* subject,
                          std::uint64_t tag) {
    const Key key{at, next_serial_++};
    waiting_.emplace(key, Target{callback, subject, tag});
    if (at < armed_for_) arm();
    return key;
}

void Timers::stop(Key& key) noexcept {
    // The timer stays armed: to fire once for nothing is cheaper than to be set
    // anew by each of a hundred requests that follow one another.
    waiting_.erase(std::exchange(key, Key{}));
}

void Timers::on_clock_turned() {
    armed_for_ = base::TimePoint::max();
    fire_due();
}

void Timers::arm() {
    armed_for_ = waiting_.begin()->first.at;
    const auto generation = ++arming_;
    // Not less than now: what is due may be the earliest time there is.
    const auto now = clock_.now();
    timer_.expires_after(std::max(armed_for_, now) - now);
    timer_.async_wait([this, generation](const boost::system::error_code& stopped) {
        if (stopped || generation != arming_) return;
        armed_for_ = base::TimePoint::max();
        fire_due();
    });
}

void Timers::fire_due() {
    const auto now = clock_.now();
    while (!waiting_.empty() && waiting_.begin()->first.at <= now) {
        const auto target = waiting_.begin()->second;
        waiting_.erase(waiting_.begin());
        target.callback(target.subject, target.tag);
    }
    if (!waiting_.empty() && waiting_.begin()->first.at < armed_for_) arm();
}

}  // namespace pyesi::engine
