#include "transport/event_loop.h"

#include <boost/asio/post.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

namespace pyesi::transport {

namespace asio = boost::asio;

struct EventLoop::OnReady {
    boost::intrusive_ptr<EventLoop> loop;
    int socket;
    Direction direction;
    std::uint64_t generation;

    void operator()(const boost::system::error_code& error) const {
        if (!error) loop->on_ready(*this);
    }
};

struct EventLoop::OnTimer {
    boost::intrusive_ptr<EventLoop> loop;
    std::uint64_t arming;

    void operator()(const boost::system::error_code& /*error*/) const {
        loop->on_timer(arming);
    }
};

struct EventLoop::OnTurn {
    boost::intrusive_ptr<EventLoop> loop;

    void operator()() const {
        loop->turn_requested_ = false;
        if (loop->listener_ != nullptr) loop->listener_->on_turn();
    }
};

EventLoop::EventLoop(asio::io_context& loop, Listener& listener)
    : loop_{loop},
      listener_{&listener},
      timer_{std::make_unique<asio::steady_timer>(loop)} {}

int EventLoop::open_socket(int family, int type, int protocol) noexcept {
    const int socket = ::socket(family, type, protocol);
    if (socket < 0) return -1;
    ::fcntl(socket, F_SETFD, FD_CLOEXEC);
    try {
        add(socket, true);
        return socket;
    } catch (...) {
        ::close(socket);
        return -1;
    }
}

void EventLoop::close_socket(int socket) noexcept {
    forget(socket);
    ::close(socket);
}

void EventLoop::watch(int socket, bool read, bool write) {
    Watch* known = find(socket);
    Watch& watch = known != nullptr ? *known : add(socket, false);
    watch.wanted = {read, write};
    if (watch.was_armed_to_write && !write) register_again(socket, watch);
    arm_wanted(socket, watch);
}

void EventLoop::unwatch(int socket) noexcept {
    Watch* watch = find(socket);
    if (watch == nullptr) return;
    watch->wanted = {};
    if (!watch->ours) forget(socket);
}

void EventLoop::wake_at(TimePoint at) {
    if (at >= armed_for_) return;
    armed_for_ = at;
    arm_timer();
}

void EventLoop::request_turn() {
    if (std::exchange(turn_requested_, true)) return;
    asio::post(loop_, OnTurn{this});
}

void EventLoop::detach() noexcept {
    listener_ = nullptr;
    for (std::size_t socket = 0; socket < watches_.size(); ++socket) {
        forget(static_cast<int>(socket));
    }
    watches_.clear();
    timer_.reset();
}

EventLoop::Watch& EventLoop::add(int socket, bool ours) {
    const auto index = static_cast<std::size_t>(socket);
    if (index >= watches_.size()) watches_.resize(index + 1);
    asio::posix::stream_descriptor descriptor{loop_, socket};
    try {
        watches_[index] = std::make_unique<Watch>(std::move(descriptor), ours);
    } catch (...) {
        descriptor.release();
        throw;
    }
    watches_[index]->generation = next_generation_++;
    return *watches_[index];
}

EventLoop::Watch* EventLoop::find(int socket) noexcept {
    const auto index = static_cast<std::size_t>(socket);
    return index < watches_.size() ? watches_[index].get() : nullptr;
}

EventLoop::Watch* EventLoop::find(int socket, std::uint64_t generation) noexcept {
    Watch* watch = find(socket);
    return watch != nullptr && watch->generation == generation ? watch : nullptr;
}

void EventLoop::forget(int socket) noexcept {
    Watch* watch = find(socket);
    if (watch == nullptr) return;
    // Never close(): the descriptor is libcurl's until close_socket, and the
    // resolver's even then.
    watch->descriptor.release();
    watches_[static_cast<std::size_t>(socket)].reset();
}

void EventLoop::arm(int socket, Watch& watch, Direction direction) {
    watch.armed[direction] = true;
    if (direction == Write) watch.was_armed_to_write = true;
    const auto what = direction == Read ? asio::posix::descriptor_base::wait_read
                                        : asio::posix::descriptor_base::wait_write;
    watch.descriptor.async_wait(what,
                                OnReady{this, socket, direction, watch.generation});
}

void EventLoop::arm_wanted(int socket, Watch& watch) {
    for (const auto direction : {Read, Write}) {
        if (watch.wanted[direction] && !watch.armed[direction]) {
            arm(socket, watch, direction);
        }
    }
}

// Asio goes on asking about writing once it did, and an idle socket can always be
// written to: each later wait to read would wake for nothing.
void EventLoop::register_again(int socket, Watch& watch) {
    watch.descriptor.release();
    watch.descriptor.assign(socket);
    watch.generation = next_generation_++;
    watch.armed = {};
    watch.was_armed_to_write = false;
}

void EventLoop::arm_timer() {
    timer_->expires_at(armed_for_);
    timer_->async_wait(OnTimer{this, ++arming_});
}

void EventLoop::on_ready(const OnReady& ready) {
    Watch* watch = find(ready.socket, ready.generation);
    if (watch == nullptr || listener_ == nullptr) return;
    watch->armed[ready.direction] = false;
    if (!watch->wanted[ready.direction]) return;
    listener_->on_ready(ready.socket, ready.direction);
    // Whatever stands there now: it may have been registered anew.
    watch = find(ready.socket);
    if (watch != nullptr) arm_wanted(ready.socket, *watch);
}

void EventLoop::on_timer(std::uint64_t arming) {
    if (arming != arming_ || listener_ == nullptr) return;
    armed_for_ = TimePoint::max();
    listener_->on_timer();
}

}  // namespace pyesi::transport
