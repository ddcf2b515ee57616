#pragma once

#include <deque>
#include <functional>
#include <mutex>

namespace boost::asio {
class io_context;
}

namespace pyesi::storage {

/// The network thread's loop.
using Loop = boost::asio::io_context;

/// Hands pieces of work to a loop's thread, in their order.
///
/// Thread-safe.
class LoopQueue {
public:
    using Work = std::function<void()>;

    /// The loop must outlive the call of `close`.
    explicit LoopQueue(Loop& loop) : loop_{loop} {}

    /// Runs the work on the loop's thread: at once where that is this one and nothing
    /// waits, else later. False once the queue is closed: then it is not run.
    bool run(Work work);

    /// Runs what waits and takes nothing more. Thread: the loop's, or any one when it
    /// does not run any more.
    void close();

private:
    void run_waiting();

    Loop& loop_;
    std::mutex mutex_;
    std::deque<Work> waiting_;
    bool is_closed_ = false;
};

}  // namespace pyesi::storage
