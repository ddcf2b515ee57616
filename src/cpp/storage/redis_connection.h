#pragma once

#include "storage/redis_address.h"
#include "storage/redis_link.h"
#include "storage/redis_reply.h"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pyesi::storage {

/// How a command to Redis ended.
enum class RedisOutcome : std::uint8_t {
    Answered,  ///< perhaps by an error of the server's
    Refused,   ///< never sent: there is no connection, or too much waits for it
    Late,      ///< not answered in time; it may have its effect all the same
    Lost,      ///< the connection ended before the answer
};

/// What became of a command. The reply is there if it was answered.
struct RedisAnswer {
    RedisOutcome outcome = RedisOutcome::Refused;
    std::optional<RedisReply> reply;

    /// Answered, and not by an error.
    bool is_well() const noexcept { return reply && !reply->is_error(); }
};

/// Commands to one Redis server, over one connection that is made anew whenever it is
/// lost. They are sent without waiting for each other's answers.
///
/// Time-outs are real time, not policy time. While it has never been tried whether
/// there is a server, commands wait for that; once there is none they are refused at
/// once, and it is tried again after a pause that grows.
///
/// Thread: network thread only.
class RedisConnection final : RedisLink::Owner {
public:
    using Milliseconds = std::chrono::milliseconds;

    struct Settings {
        RedisAddress address;
        Milliseconds answer_within{50};
        Milliseconds connect_within{1000};

        /// A server that owes an answer for so long is given up.
        Milliseconds stalled_after{2000};
        Milliseconds first_pause{50};
        Milliseconds longest_pause{5000};
        std::size_t max_reply_bytes = std::size_t{64} << 20U;

        /// What may wait to be sent, and how many answers may be owed.
        std::size_t max_unsent_bytes = std::size_t{64} << 20U;
        std::size_t max_unanswered = 100'000;
    };

    /// Who is told of the connection itself. None may close or destroy it from there.
    struct Watcher {
        std::function<void()> on_up;

        /// It was lost (then `was_up`), or could not be made.
        std::function<void(bool was_up)> on_down;

        /// What was published on a channel that is subscribed to.
        std::function<void(const RedisReply&)> on_message;
    };

    using Words = std::span<const std::string_view>;
    using Replied = std::function<void(const RedisAnswer&)>;

    RedisConnection(Loop& loop, Settings settings, Watcher watcher);
    ~RedisConnection() override;
    RedisConnection(const RedisConnection&) = delete;
    RedisConnection& operator=(const RedisConnection&) = delete;

    /// Begins to connect, and goes on doing so whenever the connection is lost.
    void start();

    /// Calls `replied` exactly once: at once if the command is refused, else when it
    /// is answered or has ended otherwise. It must not throw.
    void send(Words words, Replied replied);
    void send(std::initializer_list<std::string_view> words, Replied replied) {
        send(Words{words.begin(), words.size()}, std::move(replied));
    }

    bool is_up() const noexcept { return state_ == State::Up; }

    /// Whether an answer is overdue: what is asked now would wait behind it.
    bool owes_answer() const noexcept { return late_ > 0; }

    std::size_t unanswered() const noexcept { return waiting_.size() - late_; }

    /// Ends it for good, and whatever waits as Lost.
    void close();

private:
    using Clock = std::chrono::steady_clock;
    using Instant = Clock::time_point;

    enum class State : std::uint8_t {
        New,
        Connecting,  ///< for the first time: commands wait for it
        Reconnecting,
        Greeting,  ///< the server is told who we are
        Up,
        Pausing,
        Closed
    };

    struct Waiting {
        Replied replied;  ///< empty once it was told
        Instant due;
    };

    void on_connected() override;
    void on_reply(const RedisReply& reply) override;
    void on_link_lost() override;

    bool takes_commands() const noexcept;
    void connect(State how);
    void greet();
    void on_greeted(const RedisReply& reply);
    void come_up();
    void lose();
    void end_all(RedisOutcome outcome);
    void tell_late(Instant now);

    void arm();
    Instant next_instant() const noexcept;
    void on_timer(Instant now);

    Loop& loop_;
    const Settings settings_;
    const Watcher watcher_;
    State state_ = State::New;
    std::shared_ptr<RedisLink> link_;  // shared with its operations under way
    unsigned greetings_ = 0;           ///< how many are to be answered yet
    std::deque<Waiting> waiting_;      ///< in the order of their answers
    std::size_t late_ = 0;             ///< how many at its front were told Late
    bool may_wait_ = true;             ///< it was never tried, so commands wait
    unsigned failures_ = 0;            ///< since the last answer
    Instant until_{};                  ///< the end of connecting, or of the pause
    boost::asio::steady_timer timer_;
    Instant armed_for_ = Instant::max();
    std::shared_ptr<RedisConnection*> self_;  // null for handlers that come too late
};

}  // namespace pyesi::storage
