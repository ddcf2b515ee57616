#include "engine/timers.h"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <vector>

namespace pyesi::engine {
namespace {

/// What has fired, in its order.
class TimersRun : public ::testing::Test {
protected:
    Timers::Key start(base::TimePoint at, std::uint64_t tag) {
        return timers_.start(at, &TimersRun::on_fired, this, tag);
    }

    static void on_fired(void* self, std::uint64_t tag) noexcept {
        static_cast<TimersRun*>(self)->fired_.push_back(tag);
    }

    boost::asio::io_context loop_{1};
    base::Clock clock_;
    Timers timers_{loop_, clock_};
    std::vector<std::uint64_t> fired_;
};

TEST_F(TimersRun, WhatIsDueSinceTheBeginningOfTimeFiresAtOnce) {
    start(base::TimePoint::min(), 1);
    loop_.run_for(std::chrono::seconds{10});
    EXPECT_EQ(fired_, std::vector<std::uint64_t>{1});
}

TEST_F(TimersRun, FireInTheOrderOfTheirTimesWhenTheClockIsTurned) {
    const auto now = clock_.now();
    start(now + std::chrono::hours{2}, 2);
    start(now + std::chrono::hours{1}, 1);
    auto stopped = start(now + std::chrono::hours{1}, 3);
    start(now + std::chrono::hours{9}, 4);
    timers_.stop(stopped);
    clock_.advance(std::chrono::hours{3});
    timers_.on_clock_turned();
    EXPECT_EQ(fired_, (std::vector<std::uint64_t>{1, 2}));
}

}  // namespace
}  // namespace pyesi::engine
