#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

namespace pyesi::transport {

/// Watches the sockets of a transport, one timer, and calls that are to be made
/// soon, on an Asio loop that somebody else runs.
///
/// A socket stays registered from its opening to its closing. What is waited for
/// is only remembered when it changes: a wait that nobody wants any more is left
/// standing, and renewed after it fired only if it is wanted then. So a request on
/// a kept connection costs one epoll_ctl, and one that the server closed meanwhile
/// fires once and is silent.
///
/// Counted by its users, since a queued completion outlives who asked for it;
/// after `detach` none reaches the listener.
///
/// Thread: network thread only.
class EventLoop final
    : public boost::intrusive_ref_counter<EventLoop, boost::thread_unsafe_counter> {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    enum Direction : std::uint8_t { Read = 0, Write = 1 };

    class Listener {
    public:
        Listener() = default;
        Listener(const Listener&) = delete;
        Listener& operator=(const Listener&) = delete;

        virtual void on_ready(int socket, Direction direction) = 0;
        virtual void on_timer() = 0;
        virtual void on_turn() = 0;

    protected:
        ~Listener() = default;
    };

    EventLoop(boost::asio::io_context& loop, Listener& listener);

    /// A registered, non-blocking socket, or -1.
    int open_socket(int family, int type, int protocol) noexcept;

    /// Closes a socket that `open_socket` gave.
    void close_socket(int socket) noexcept;

    /// Says what is wanted of a socket from now on. One that `open_socket` did not
    /// give is registered. Throws boost::system::system_error if that fails.
    void watch(int socket, bool read, bool write);

    /// Nothing is wanted. A socket that `open_socket` did not give is forgotten,
    /// since nobody will say when it is closed.
    void unwatch(int socket) noexcept;

    /// Calls `on_timer` at `at` or soon after. A later instant than the one that is
    /// set does not move it: `on_timer` may find nothing due.
    void wake_at(TimePoint at);

    /// Calls `on_turn` once, after what is ready now.
    void request_turn();

    /// Lets go of all sockets, without closing those of others, and of the timer.
    /// The listener is not called any more.
    void detach() noexcept;

private:
    struct Watch {
        explicit Watch(boost::asio::posix::stream_descriptor socket, bool is_ours)
            : descriptor{std::move(socket)}, ours{is_ours} {}

        boost::asio::posix::stream_descriptor descriptor;
        std::uint64_t generation = 0;  // descriptors are numbered again: this is not
        std::array<bool, 2> wanted{};
        std::array<bool, 2> armed{};
        bool ours;
        bool was_armed_to_write = false;
    };

    struct OnReady;
    struct OnTimer;
    struct OnTurn;

    Watch& add(int socket, bool ours);
    Watch* find(int socket) noexcept;
    Watch* find(int socket, std::uint64_t generation) noexcept;
    void forget(int socket) noexcept;
    void arm(int socket, Watch& watch, Direction direction);
    void arm_wanted(int socket, Watch& watch);
    void register_again(int socket, Watch& watch);
    void arm_timer();
    void on_ready(const OnReady& ready);
    void on_timer(std::uint64_t arming);

    boost::asio::io_context& loop_;
    Listener* listener_;
    std::vector<std::unique_ptr<Watch>> watches_;  // by descriptor
    std::uint64_t next_generation_ = 1;
    std::unique_ptr<boost::asio::steady_timer> timer_;
    TimePoint armed_for_ = TimePoint::max();
    // `cancel` cannot recall a completion that is queued: it is known by its number.
    std::uint64_t arming_ = 0;
    bool turn_requested_ = false;
};

}  // namespace pyesi::transport
