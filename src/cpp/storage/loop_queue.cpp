#include "storage/loop_queue.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <exception>
#include <utility>

namespace pyesi::storage {

bool LoopQueue::run(Work work) {
    const bool is_here = loop_.get_executor().running_in_this_thread();
    {
        const std::lock_guard lock{state_->mutex};
        if (state_->is_closed) return false;
        if (!is_here || !state_->waiting.empty()) {
            push(std::move(work));
            return true;
        }
    }
    work();
    return true;
}

bool LoopQueue::run_later(Work work) {
    const std::lock_guard lock{state_->mutex};
    if (state_->is_closed) return false;
    push(std::move(work));
    return true;
}

// Under the lock: after `close` the loop may be gone.
void LoopQueue::push(Work work) {
    state_->waiting.push_back(std::move(work));
    if (state_->waiting.size() > 1) return;
    boost::asio::post(loop_, [state = state_] { run_waiting(*state); });
}

void LoopQueue::run_waiting(State& state) {
    std::deque<Work> batch;
    {
        const std::lock_guard lock{state.mutex};
        batch.swap(state.waiting);
    }
    for (auto& work : batch) {
        try {
            std::exchange(work, nullptr)();
        } catch (const std::exception&) {
            // Out of memory: the others are to run all the same.
            continue;
        }
    }
}

void LoopQueue::close() {
    const auto state = state_;
    {
        const std::lock_guard lock{state->mutex};
        state->is_closed = true;
    }
    run_waiting(*state);
}

}  // namespace pyesi::storage
