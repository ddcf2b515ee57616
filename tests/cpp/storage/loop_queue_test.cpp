#include "storage/loop_queue.h"

#include <gtest/gtest.h>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <functional>
#include <memory>
#include <new>
#include <thread>
#include <vector>

namespace pyesi::storage {
namespace {

class LoopQueueTest : public testing::Test {
protected:
    auto note(int number) {
        return [this, number] { noted_.push_back(number); };
    }

    boost::asio::io_context loop_{1};
    LoopQueue queue_{loop_};
    std::vector<int> noted_;
};

TEST_F(LoopQueueTest, RunsOnTheLoopInTheOrderOfItsCalls) {
    EXPECT_TRUE(queue_.run(note(1)));
    EXPECT_TRUE(queue_.run_later(note(2)));
    EXPECT_TRUE(queue_.run(note(3)));
    EXPECT_TRUE(noted_.empty());
    loop_.run();
    EXPECT_EQ(noted_, (std::vector{1, 2, 3}));
}

TEST_F(LoopQueueTest, OnTheLoopsThreadItRunsAtOnce) {
    boost::asio::post(loop_, [this] {
        queue_.run(note(1));
        queue_.run_later(note(3));
        noted_.push_back(2);
    });
    loop_.run();
    EXPECT_EQ(noted_, (std::vector{1, 2, 3}));
}

TEST_F(LoopQueueTest, WhatWaitsWhenItIsClosedRunsAndNothingComesAfter) {
    queue_.run(note(1));
    queue_.run(note(2));
    queue_.close();
    EXPECT_EQ(noted_, (std::vector{1, 2}));
    EXPECT_FALSE(queue_.run(note(3)));
    EXPECT_FALSE(queue_.run_later(note(4)));
    loop_.run();
    EXPECT_EQ(noted_, (std::vector{1, 2}));
}

TEST_F(LoopQueueTest, WorkThatComesAgainAndAgainLeavesTheLoopToOthers) {
    int rounds = 0;
    const std::function<void()> again = [&] {
        if (++rounds < 100) queue_.run_later(again);
    };
    queue_.run_later(again);
    boost::asio::post(loop_, [&] { EXPECT_LT(rounds, 100); });
    loop_.run();
    EXPECT_EQ(rounds, 100);
}

TEST_F(LoopQueueTest, OnePieceThatRunsOutOfMemoryIsNotTheEndOfTheOthers) {
    queue_.run([] { throw std::bad_alloc{}; });
    queue_.run(note(2));
    loop_.run();
    EXPECT_EQ(noted_, std::vector{2});
}

TEST_F(LoopQueueTest, APieceOfWorkMayDestroyIt) {
    auto mine = std::make_unique<LoopQueue>(loop_);
    mine->run([&] {
        mine->close();
        mine.reset();
    });
    loop_.run();
    EXPECT_EQ(mine, nullptr);
}

TEST_F(LoopQueueTest, ManyThreadsLoseNothing) {
    int sum = 0;
    {
        const auto work = boost::asio::make_work_guard(loop_);
        std::thread runner{[this] { loop_.run(); }};
        std::vector<std::thread> callers;
        callers.reserve(4);
        for (int caller = 0; caller < 4; ++caller) {
            callers.emplace_back([&] {
                for (int count = 0; count < 1000; ++count) {
                    queue_.run([&] { ++sum; });
                }
            });
        }
        for (auto& caller : callers) caller.join();
        queue_.run([this] { loop_.stop(); });
        runner.join();
    }
    EXPECT_EQ(sum, 4000);
}

}  // namespace
}  // namespace pyesi::storage
