#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace pyesi::engine {

/// Threads for what takes CPU: bodies are decoded here, so that the network
/// thread goes on meanwhile. They start with the first piece of work.
///
/// Thread: network thread only.
class Workers {
public:
    Workers(boost::asio::io_context& loop, std::size_t threads)
        : loop_{loop}, threads_{threads} {}
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    /// Finishes what was begun.
    ~Workers() {
        if (pool_) pool_->join();
    }

    /// Runs `work()` on a worker, and then `then(result)` on the network thread.
    template <class Work, class Then>
    void run(Work work, Then then) {
        if (!pool_) pool_ = std::make_unique<boost::asio::thread_pool>(threads_);
        ++under_way_;
        boost::asio::post(
            *pool_, [this, work = std::move(work), then = std::move(then)]() mutable {
                auto result = work();
                boost::asio::post(loop_,
                                  [this,
                                   then = std::move(then),
                                   result = std::move(result)]() mutable {
                                      --under_way_;
                                      then(std::move(result));
                                  });
            });
    }

    std::size_t under_way() const noexcept { return under_way_; }

private:
    boost::asio::io_context& loop_;
    std::size_t threads_;
    std::size_t under_way_ = 0;
    std::unique_ptr<boost::asio::thread_pool> pool_;
};

}  // namespace pyesi::engine
