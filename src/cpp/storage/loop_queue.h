#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>

namespace boost::asio {
class io_context;  // NOLINT(readability-identifier-naming)
}

namespace pyesi::storage {

/// The network thread's loop.
using Loop = boost::asio::io_context;

/// Hands pieces of work to a loop's thread, in their order.
///
/// Thread-safe. A piece of work may destroy it.
class LoopQueue {
public:
    using Work = std::function<void()>;

    /// The loop must outlive the call of `close`.
    explicit LoopQueue(Loop& loop) : loop_{loop}, state_{std::make_shared<State>()} {}

    /// Runs the work on the loop's thread: at once where that is this one and nothing
    /// waits, else later. False once the queue is closed: then it is not run.
    bool run(Work work);

    /// Runs the work later, from the loop itself. False as above.
    bool run_later(Work work);

    /// Runs what waits and takes nothing more. Thread: the loop's, or any one when it
    /// does not run any more.
    void close();

private:
    /// Shared with the loop, which may come to it when we are gone.
    struct State {
        std::mutex mutex;
        std::deque<Work> waiting;
        bool is_closed = false;
    };

    void push(Work work);  // REQUIRES: the lock is held.
    static void run_waiting(State& state);

    Loop& loop_;
    std::shared_ptr<State> state_;
};

}  // namespace pyesi::storage
