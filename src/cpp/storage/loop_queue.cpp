#include "storage/loop_queue.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace pyesi::storage {

bool LoopQueue::run(Work work) {
    const bool is_here = loop_.get_executor().running_in_this_thread();
    {
        const std::lock_guard lock{mutex_};
        if (is_closed_) return false;
        if (!is_here || !waiting_.empty()) {
            waiting_.push_back(std::move(work));
            // Under the lock: after `close` the loop may be gone.
            if (waiting_.size() == 1) {
                boost::asio::post(loop_, [this] { run_waiting(); });
            }
            return true;
        }
    }
    work();
    return true;
}

void LoopQueue::run_waiting() {
    for (;;) {
        Work work;
        {
            const std::lock_guard lock{mutex_};
            if (waiting_.empty()) return;
            work = std::move(waiting_.front());
            waiting_.pop_front();
        }
        work();
    }
}

void LoopQueue::close() {
    {
        const std::lock_guard lock{mutex_};
        is_closed_ = true;
    }
    run_waiting();
}

}  // namespace pyesi::storage
