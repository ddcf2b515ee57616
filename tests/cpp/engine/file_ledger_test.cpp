// A ledger in a file does what the one in memory does.

#include "engine/file_ledger.h"

#include "scheduler/account_codec.h"
#include "scheduler/ledger.h"
#include "storage/sqlite_file.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace pyesi::engine {
namespace {

using scheduler::AccountKind;
using scheduler::AccountReport;
using scheduler::LedgerRequest;
using std::chrono::seconds;

constexpr std::uint64_t kRun = 11;

AccountReport window_report(std::uint32_t wants) {
    return {.key = 0xfedcba9876543210U,
            .max_tokens = 1000,
            .window = seconds{100},
            .size_is_told = true,
            .is_complete = true,
            .word = scheduler::ServerWord{.remaining = 1000},
            .wants = wants,
            .least = 2,
            .kept_back = 100};
}

AccountReport errors_report() {
    return {.key = 5,
            .kind = AccountKind::Errors,
            .max_tokens = 100,
            .window = seconds{60},
            .is_complete = true,
            .wants = 10,
            .least = 1,
            .kept_back = 20};
}

class FileLedgerTest : public testing::Test {
protected:
    FileLedgerTest() {
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_);
    }
    ~FileLedgerTest() override { std::filesystem::remove_all(folder_); }

    std::string path() const { return folder_ / "limits.db"; }

    void write_file(const std::string& content) const {
        std::ofstream{path(), std::ios::binary} << content;
    }

    std::string file() const {
        std::ifstream file{path(), std::ios::binary};
        std::stringstream content;
        content << file.rdbuf();
        return content.str();
    }

    base::Clock clock;

private:
    std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() /
        ("pyesi-ledger-" + std::to_string(std::random_device{}()));
};

TEST_F(FileLedgerTest, TwoHandlesOfOneFileAreOneLedger) {
    LedgerTable one{path(), kRun};
    LedgerTable other{path(), kRun};
    const auto first =
        one.exchange({1, 1, {errors_report(), window_report(600)}}, clock);
    const auto second =
        other.exchange({2, 1, {errors_report(), window_report(600)}}, clock);
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->processes, 1);
    EXPECT_EQ(second->processes, 2);
    EXPECT_EQ(first->grants[1].tokens, 600);
    EXPECT_EQ(second->grants[1].tokens, 150);  // half of the 300 that are left
}

TEST_F(FileLedgerTest, AnotherStartOfTheMachineForgets) {
    const auto request = [](std::uint64_t holder) {
        return LedgerRequest{holder, 1, {errors_report(), window_report(900)}};
    };
    ASSERT_EQ((LedgerTable{path(), kRun}.exchange(request(1), clock)->grants[1].tokens),
              900U);
    LedgerTable later{path(), kRun + 1};
    EXPECT_EQ(later.exchange(request(2), clock)->grants[1].tokens, 900U);
}

TEST_F(FileLedgerTest, ADamagedFileIsSetAside) {
    write_file(std::string(8192, 'x'));
    LedgerTable table{path(), kRun};
    const auto reply = table.exchange({1, 1, {errors_report()}}, clock);
    ASSERT_TRUE(reply);
    EXPECT_GT(reply->grants[0].tokens, 0U);
    EXPECT_TRUE(std::filesystem::exists(path() + ".damaged"));
}

TEST_F(FileLedgerTest, AFileThatIsErasedMeanwhileIsMadeAnew) {
    LedgerTable table{path(), kRun};
    ASSERT_TRUE(table.exchange({1, 1, {errors_report()}}, clock));
    write_file(std::string(100'000, 'x'));
    std::optional<scheduler::LedgerReply> reply;
    for (std::uint64_t number = 2; number < 6 && !reply; ++number) {
        reply = table.exchange({1, number, {errors_report()}}, clock);
    }
    EXPECT_TRUE(reply);
}

TEST_F(FileLedgerTest, SomebodyElsesDatabaseStaysAsItIs) {
    {
        storage::SqliteFile theirs;
        ASSERT_EQ(theirs.open(path()), storage::FileOutcome::Done);
        ASSERT_EQ(theirs.run("CREATE TABLE mine (x)"), storage::FileOutcome::Done);
    }
    const auto before = file();
    LedgerTable table{path(), kRun};
    EXPECT_FALSE(table.exchange({1, 1, {errors_report()}}, clock));
    EXPECT_EQ(file(), before);
}

TEST_F(FileLedgerTest, AFolderThatIsNotThereIsAFailureAndNoMore) {
    LedgerTable table{path() + "/no/where", kRun};
    EXPECT_FALSE(table.exchange({1, 1, {errors_report()}}, clock));
}

TEST_F(FileLedgerTest, WhatIsAskedAtOnceIsAnsweredOneAfterTheOther) {
    std::vector<std::uint32_t> lent(6);
    std::vector<std::thread> threads;
    threads.reserve(lent.size());
    for (std::size_t i = 0; i < lent.size(); ++i) {
        threads.emplace_back([&, i] {
            LedgerTable table{path(), kRun};
            for (std::uint64_t number = 1; number <= 20; ++number) {
                auto report = window_report(20);
                report.is_complete = true;
                report.holds = lent[i];
                const auto reply = table.exchange({i + 1, number, {report}}, clock);
                if (reply) lent[i] += reply->grants[0].tokens;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    std::uint32_t sum = 0;
    for (const auto tokens : lent) sum += tokens;
    EXPECT_GT(sum, 800U);
    EXPECT_LE(sum, 900U);
}

TEST_F(FileLedgerTest, ItsThreadAnswersOnTheLoop) {
    boost::asio::io_context loop;
    FileLedger ledger{loop, clock, path()};
    int replies = 0;
    for (std::uint64_t number = 1; number <= 3; ++number) {
        ledger.exchange({1, number, {errors_report()}}, [&](const auto& reply) {
            EXPECT_TRUE(reply);
            ++replies;
        });
    }
    ledger.close();
    EXPECT_EQ(replies, 0);
    loop.run();
    EXPECT_EQ(replies, 3);
}

scheduler::AccountState busy_account() {
    scheduler::Ledger ledger;
    std::mt19937 draw{7};
    for (std::uint64_t number = 1; number < 200; ++number) {
        auto report = window_report(number % 9 == 0 ? 30 : 0);
        report.total = number * 3;
        report.spendings = {{std::chrono::milliseconds{draw() % 5000}, 3}};
        report.holds = static_cast<std::uint32_t>(number % 7);
        ledger.exchange({number % 5 + 1, number, {report}},
                        std::chrono::hours{1} + std::chrono::milliseconds{number * 50});
    }
    return ledger.find(window_report(0).key)->state();
}

TEST(AccountCodec, ARoundTripLosesNothing) {
    const auto state = busy_account();
    ASSERT_GT(state.spent.size(), 5U);
    ASSERT_GT(state.leases.size(), 3U);
    const auto bytes = scheduler::encode_account(state);
    const auto read = scheduler::decode_account(bytes);
    ASSERT_TRUE(read);
    EXPECT_EQ(scheduler::encode_account(*read), bytes);
    EXPECT_EQ(read->max_tokens, state.max_tokens);
    EXPECT_EQ(read->leases.back().held, state.leases.back().held);
}

TEST(AccountCodec, EveryCutIsRefused) {
    const auto bytes = scheduler::encode_account(busy_account());
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        EXPECT_FALSE(scheduler::decode_account(bytes.substr(0, length))) << length;
    }
    EXPECT_FALSE(scheduler::decode_account(bytes + "x"));
}

TEST(AccountCodec, BytesByChanceMakeNoAccountThatCannotBe) {
    std::mt19937 draw{3};
    const auto bytes = scheduler::encode_account(busy_account());
    for (int i = 0; i < 2000; ++i) {
        auto spoilt = bytes;
        spoilt[draw() % spoilt.size()] = static_cast<char>(draw());
        const auto state = scheduler::decode_account(spoilt);
        if (!state) continue;
        EXPECT_GE(state->window.count(), 0);
        scheduler::LedgerAccount account{*state};
        const auto granted =
            account.exchange(window_report(50), 99, 1, std::chrono::hours{2});
        EXPECT_LE(granted.tokens, 50U);
    }
}

}  // namespace
}  // namespace pyesi::engine
