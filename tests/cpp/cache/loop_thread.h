#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <thread>

namespace pyesi::cache {

/// A network thread of a test's own.
class LoopThread {
public:
    LoopThread() : work_{loop_.get_executor()}, thread_{[this] { loop_.run(); }} {}
    LoopThread(const LoopThread&) = delete;
    LoopThread& operator=(const LoopThread&) = delete;
    ~LoopThread() {
        work_.reset();
        loop_.stop();
        thread_.join();
    }

    boost::asio::io_context& loop() { return loop_; }

private:
    boost::asio::io_context loop_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::thread thread_;
};

}  // namespace pyesi::cache
