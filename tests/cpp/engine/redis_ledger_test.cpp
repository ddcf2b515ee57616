// The ledger in Redis: that it keeps the books as the one in memory does, whatever
// Redis does meanwhile.

#include "engine/redis_ledger.h"

#include "scheduler/ledger.h"
#include "storage/redis_server.h"

#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace pyesi::engine {
namespace {

using namespace std::chrono_literals;
using scheduler::AccountKind;
using scheduler::AccountReport;
using scheduler::LedgerReply;
using scheduler::LedgerRequest;
using storage::RedisServer;
using storage::ScriptedServer;

constexpr std::uint64_t kBucket = 7;

AccountReport bucket(std::uint32_t wants) {
    AccountReport report;
    report.key = kBucket;
    report.max_tokens = 600;
    report.window = 15min;
    report.size_is_told = true;
    report.is_complete = true;
    report.wants = wants;
    report.least = 2;
    report.kept_back = 60;
    return report;
}

AccountReport errors() {
    AccountReport report;
    report.key = 9;
    report.kind = AccountKind::Errors;
    report.max_tokens = 100;
    report.window = 60s;
    report.is_complete = true;
    report.wants = 5;
    report.least = 1;
    report.kept_back = 20;
    return report;
}

/// One process that shares its limits, with a loop of its own that the test turns.
class Sharer {
public:
    explicit Sharer(const storage::RedisAddress& address, std::uint64_t holder)
        : ledger_{loop_, {.address = address}}, holder_{holder} {}

    LedgerRequest request(std::vector<AccountReport> accounts) {
        return {holder_, ++number_, std::move(accounts)};
    }

    std::optional<LedgerReply> exchange(std::vector<AccountReport> accounts) {
        return ask(request(std::move(accounts)));
    }

    std::optional<LedgerReply> ask(LedgerRequest request) {
        std::optional<std::optional<LedgerReply>> told;
        ledger_.exchange(std::move(request),
                         [&](auto reply) { told = std::move(reply); });
        turn([&] { return told.has_value(); });
        return told.value_or(std::nullopt);
    }

    void turn(const std::function<bool()>& is_done) {
        const auto until = std::chrono::steady_clock::now() + 10s;
        while (!is_done() && std::chrono::steady_clock::now() < until) {
            loop_.restart();
            loop_.run_one_for(20ms);
        }
        ASSERT_TRUE(is_done()) << "nobody was told in time";
    }

    RedisLedger& ledger() { return ledger_; }

private:
    boost::asio::io_context loop_{1};
    RedisLedger ledger_;
    std::uint64_t holder_;
    std::uint64_t number_ = 0;
};

class RedisLedgerTest : public testing::Test {
protected:
    void SetUp() override {
        if (!RedisServer::is_installed()) GTEST_SKIP() << "no redis-server";
        server_.emplace();
    }

    std::unique_ptr<Sharer> sharer(std::uint64_t holder) {
        return std::make_unique<Sharer>(server_->address(), holder);
    }

    std::optional<RedisServer> server_;
    std::uint32_t held_by_one_ = 0;
    std::uint32_t held_by_other_ = 0;
};

TEST_F(RedisLedgerTest, WhatOneHoldsNoOtherIsGranted) {
    const auto one = sharer(1);
    const auto other = sharer(2);
    std::uint32_t granted = 0;
    for (int turn = 0; turn < 100; ++turn) {
        for (auto* const each : {one.get(), other.get()}) {
            auto report = bucket(50);
            report.is_complete = turn == 0;
            auto& held = each == one.get() ? held_by_one_ : held_by_other_;
            report.holds = held;
            const auto reply = each->exchange({report});
            ASSERT_TRUE(reply);
            held += reply->grants[0].tokens;
            granted += reply->grants[0].tokens;
        }
    }
    EXPECT_LE(granted, 540U) << "the reserve is left";
    EXPECT_GE(granted, 100U);
    EXPECT_GT(held_by_one_, 0U);
    EXPECT_GT(held_by_other_, 0U);
}

TEST_F(RedisLedgerTest, ItKeepsTheBooksAsTheOneInMemoryDoes) {
    std::mt19937 chance{4};
    const auto random = [&] { return static_cast<std::uint32_t>(chance()); };
    scheduler::Ledger memory;
    const auto clock = [] {
        return std::chrono::floor<std::chrono::milliseconds>(
            std::chrono::system_clock::now().time_since_epoch());
    };
    std::vector<std::unique_ptr<Sharer>> sharers;
    for (std::uint64_t holder = 1; holder <= 4; ++holder) {
        sharers.push_back(sharer(holder));
    }
    std::vector<std::uint64_t> totals(sharers.size(), 0);
    std::vector<std::uint32_t> held(sharers.size(), 0);
    for (int turn = 0; turn < 300; ++turn) {
        const auto who = random() % sharers.size();
        auto report = bucket(random() % 40);
        const auto spent = held[who] == 0 ? 0U : random() % (held[who] + 1);
        totals[who] += spent;
        held[who] -= spent;
        report.total = totals[who];
        report.holds = held[who];
        report.is_complete = false;
        if (spent > 0) report.spendings = {{0ms, spent}};
        if (totals[who] == spent && held[who] == 0) report.is_complete = true;
        const auto request = sharers[who]->request({report, errors()});
        const auto theirs = memory.exchange(request, clock());
        const auto ours = sharers[who]->ask(request);
        ASSERT_TRUE(ours);
        ASSERT_EQ(ours->processes, theirs.processes);
        ASSERT_EQ(ours->grants[0].tokens, theirs.grants[0].tokens) << "turn " << turn;
        ASSERT_EQ(ours->grants[0].left, theirs.grants[0].left) << "turn " << turn;
        ASSERT_EQ(ours->grants[1].tokens, theirs.grants[1].tokens);
        ASSERT_EQ(ours->grants[0].needs_all, theirs.grants[0].needs_all);
        held[who] += ours->grants[0].tokens;
    }
}

TEST_F(RedisLedgerTest, OneThatOthersOvertookAsksAgain) {
    constexpr int kEach = 8;
    std::vector<std::unique_ptr<Sharer>> sharers;
    for (std::uint64_t holder = 1; holder <= 4; ++holder) {
        sharers.push_back(sharer(holder));
        ASSERT_TRUE(sharers.back()->exchange({bucket(0)}));
    }
    // All at the same time, so that most of them meet.
    int told = 0;
    std::uint32_t granted = 0;
    for (const auto& each : sharers) {
        for (int turn = 0; turn < kEach; ++turn) {
            auto report = bucket(5);
            report.holds = 5U * static_cast<std::uint32_t>(turn);
            each->ledger().exchange(each->request({report}), [&](const auto& reply) {
                ++told;
                if (reply) granted += reply->grants[0].tokens;
            });
        }
    }
    const auto all = kEach * static_cast<int>(sharers.size());
    for (int turn = 0; told < all && turn < 1000; ++turn) {
        for (const auto& each : sharers) {
            const auto before = told;
            each->turn(
                [&, looks = 0]() mutable { return told > before || ++looks > 2; });
        }
    }
    EXPECT_EQ(told, all) << "each is told once";
    EXPECT_GT(granted, 0U);
    EXPECT_LE(granted, 540U);
}

TEST_F(RedisLedgerTest, AServerThatForgotTheScriptIsToldItAgain) {
    const auto one = sharer(1);
    ASSERT_TRUE(one->exchange({bucket(5)}));
    ASSERT_TRUE(one->exchange({bucket(5)}));
    server_->ask({"SCRIPT", "FLUSH"});
    EXPECT_TRUE(one->exchange({bucket(5)}));
}

TEST_F(RedisLedgerTest, AnEmptiedServerAsksForAllAgain) {
    const auto one = sharer(1);
    ASSERT_TRUE(one->exchange({bucket(5)}));
    server_->ask({"FLUSHALL"});
    auto report = bucket(5);
    report.is_complete = false;
    const auto reply = one->exchange({report});
    ASSERT_TRUE(reply);
    EXPECT_TRUE(reply->grants[0].needs_all);
    EXPECT_EQ(reply->grants[0].tokens, 0U);
}

TEST_F(RedisLedgerTest, WhatIsNoAccountBeginsAnew) {
    server_->ask({"SET", "pyesi:{limits}:7", "12345678 no account at all"});
    const auto one = sharer(1);
    const auto reply = one->exchange({bucket(5)});
    ASSERT_TRUE(reply);
    EXPECT_GT(reply->grants[0].tokens, 0U);
}

TEST_F(RedisLedgerTest, WhatIsNoTextAtAllIsNoAnswer) {
    server_->ask({"LPUSH", "pyesi:{limits}:7", "a list"});
    const auto one = sharer(1);
    const auto reply = one->exchange({bucket(5)});
    ASSERT_TRUE(reply) << "MGET tells nothing of a list, and SET replaces it";
}

TEST_F(RedisLedgerTest, EachAccountEndsByItself) {
    const auto one = sharer(1);
    ASSERT_TRUE(one->exchange({bucket(5)}));
    const auto told = server_->ask({"PTTL", "pyesi:{limits}:7"});
    EXPECT_GT(std::stoll(told.substr(1)), 2 * 3600 * 1000) << told;
}

TEST_F(RedisLedgerTest, AKilledServerIsNoAnswerAndOneThatReturnsIs) {
    const auto one = sharer(1);
    ASSERT_TRUE(one->exchange({bucket(5)}));
    server_->kill();
    EXPECT_FALSE(one->exchange({bucket(5)}));
    server_->start();
    bool is_back = false;
    for (int turn = 0; turn < 200 && !is_back; ++turn) {
        is_back = one->exchange({bucket(5)}).has_value();
        if (!is_back) one->turn([looks = 0]() mutable { return ++looks > 2; });
    }
    EXPECT_TRUE(is_back);
}

TEST_F(RedisLedgerTest, AServerThatIsHeldStillIsNoAnswer) {
    const auto one = sharer(1);
    ASSERT_TRUE(one->exchange({bucket(5)}));
    server_->stop();
    EXPECT_FALSE(one->exchange({bucket(5)}));
    server_->go_on();
}

TEST_F(RedisLedgerTest, TheLastReportArrivesBeforeTheEnd) {
    {
        const auto one = sharer(1);
        ASSERT_TRUE(one->exchange({bucket(50)}));
        auto last = bucket(0);
        last.holds = 0;
        bool has_ended = false;
        one->ledger().exchange(one->request({last}), [](const auto&) {});
        one->ledger().close();
        one->ledger().finish([&] { has_ended = true; });
        one->turn([&] { return has_ended; });
    }
    const auto other = sharer(2);
    const auto reply = other->exchange({bucket(1)});
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->grants[0].left + reply->grants[0].tokens, 600)
        << "the first holds nothing any more";
}

TEST_F(RedisLedgerTest, AfterTheEndNothingIsAsked) {
    const auto one = sharer(1);
    one->ledger().close();
    EXPECT_FALSE(one->exchange({bucket(5)}));
    bool has_ended = false;
    one->ledger().finish([&] { has_ended = true; });
    one->turn([&] { return has_ended; });
}

/// Answers each script with the same.
ScriptedServer::Script saying(const std::string& answer) {
    return [answer](ScriptedServer::Peer& peer) {
        while (peer.wait_for("return 1\n")) peer.send(answer);
    };
}

TEST(RedisLedgerLies, WhatMakesNoSenseIsNoAnswer) {
    for (const std::string lie : {"+OK\r\n",
                                  ":1\r\n",
                                  "$-1\r\n",
                                  "-ERR unknown command\r\n",
                                  "*0\r\n",
                                  "*3\r\n:1\r\n:2\r\n:3\r\n",
                                  "*3\r\n$1\r\na\r\n$1\r\nb\r\n*1\r\n$-1\r\n",
                                  "*3\r\n$2\r\n-5\r\n$1\r\n0\r\n*1\r\n$-1\r\n",
                                  "*3\r\n$1\r\n5\r\n$1\r\n0\r\n*2\r\n$-1\r\n$-1\r\n",
                                  "*3\r\n$1\r\n5\r\n$7\r\n1000000\r\n*1\r\n$-1\r\n"}) {
        ScriptedServer server{saying(lie)};
        Sharer one{server.address(), 1};
        EXPECT_FALSE(one.exchange({bucket(5)})) << lie;
    }
}

TEST(RedisLedgerLies, WhereOthersAreAlwaysFasterNobodyTriesForEver) {
    ScriptedServer server{saying("*3\r\n$1\r\n5\r\n$1\r\n0\r\n*1\r\n$-1\r\n")};
    Sharer one{server.address(), 1};
    EXPECT_FALSE(one.exchange({bucket(5)}));
}

}  // namespace
}  // namespace pyesi::engine
