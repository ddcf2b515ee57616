#pragma once

#include "base/thread_time.h"
#include "metrics/counter.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <algorithm>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>

namespace pyesi::engine {

/// Threads for what takes CPU: bodies are decoded here, and read into columns, so
/// that the network thread goes on meanwhile. They start with the first piece of work.
///
/// Thread: network thread only.
class Workers {
public:
    explicit Workers(boost::asio::io_context& loop, std::size_t threads = usual())
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
                const auto before = base::thread_time();
                auto result = work();
                used_.add(
                    static_cast<std::uint64_t>((base::thread_time() - before).count()));
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

    /// What all work has used of the CPU.
    base::Duration cpu() const noexcept {
        return base::Duration{static_cast<std::int64_t>(used_.value())};
    }

private:
    /// One core is the network thread's.
    static std::size_t usual() noexcept {
        return std::max(2U, std::thread::hardware_concurrency()) - 1;
    }

    boost::asio::io_context& loop_;
    std::size_t threads_;
    std::size_t under_way_ = 0;
    metrics::SharedCounter used_;  // nanoseconds
    std::unique_ptr<boost::asio::thread_pool> pool_;
};

/// Until a worker has done a piece of work. Nothing ends this wait early: who closes
/// the loop lets the workers finish before.
///
/// Thread: network thread only, but for the work.
template <class Work>
class Working {
public:
    Working(Workers& workers, Work work) : workers_{workers}, work_{std::move(work)} {}

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> flow) {
        workers_.run(std::move(work_), [this, flow](Done&& done) {
            done_.emplace(std::move(done));
            flow.resume();
        });
    }
    auto await_resume() { return std::move(*done_); }

private:
    using Done = std::invoke_result_t<Work&>;

    Workers& workers_;
    Work work_;
    std::optional<Done> done_;
};

}  // namespace pyesi::engine
