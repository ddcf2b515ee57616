// The engine's side of a shared ledger: nobody waits for one that is silent.

#include "engine/limit_exchanges.h"

#include "scheduler/ledger.h"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace pyesi::engine {
namespace {

using scheduler::LedgerRequest;
using std::chrono::milliseconds;
using Standing = scheduler::SharingState::Standing;

/// Answers when the test says so.
class SlowLedger final : public scheduler::SharedLedger {
public:
    void exchange(LedgerRequest request, Replied replied) override {
        asked.emplace_back(std::move(request), std::move(replied));
    }
    void close() override { is_closed = true; }

    void answer(std::size_t index) {
        auto& [request, replied] = asked[index];
        replied(book_.exchange(request, std::chrono::hours{5}));
    }

    std::vector<std::pair<LedgerRequest, Replied>> asked;
    bool is_closed = false;

private:
    scheduler::Ledger book_;
};

class LimitExchangesTest : public testing::Test {
protected:
    LimitExchangesTest() { exchanges->share(3, "https://esi", limits); }

    bool try_send() {
        scheduler::Ticket ticket;
        ticket.id = ++id_;
        ticket.limit = &route_;
        const bool is_sent = limits->try_send(ticket, clock.now()).is_now();
        exchanges->look();
        return is_sent;
    }

    void run_until(const std::function<bool()>& is_done) {
        const auto patience =
            std::chrono::steady_clock::now() + std::chrono::seconds{20};
        while (!is_done() && std::chrono::steady_clock::now() < patience) {
            loop.run_one_for(milliseconds{20});
            loop.restart();
        }
    }

    Standing standing() const { return limits->state(clock.now()).sharing.standing; }

    boost::asio::io_context loop;
    base::Clock clock;
    Timers timers{loop, clock};
    SlowLedger ledger;
    int changes = 0;
    std::shared_ptr<scheduler::OriginLimits> limits =
        std::make_shared<scheduler::OriginLimits>();
    std::optional<LimitExchanges> exchanges{
        std::in_place,
        LimitExchanges::Parts{loop,
                              clock,
                              timers,
                              ledger,
                              "here",
                              milliseconds{5},
                              [this](std::uint32_t upstream) {
                                  EXPECT_EQ(upstream, 3U);
                                  ++changes;
                              }}};

private:
    scheduler::RouteLimit route_ = scheduler::make_grouped_limit(
        "Orders", "market-order", 12'000, std::chrono::minutes{15});
    std::uint64_t id_ = 0;
};

TEST_F(LimitExchangesTest, AnAnswerLetsWhoWaitedGo) {
    EXPECT_FALSE(try_send());
    ASSERT_EQ(ledger.asked.size(), 1U);
    ledger.answer(0);
    EXPECT_EQ(changes, 1);
    EXPECT_TRUE(try_send());
}

TEST_F(LimitExchangesTest, ALedgerThatIsSilentLeavesTheProcessAlone) {
    EXPECT_FALSE(try_send());
    run_until([this] {
        try_send();
        return standing() == Standing::Alone;
    });
    EXPECT_EQ(standing(), Standing::Alone);
    EXPECT_GE(ledger.asked.size(), 2U);
    EXPECT_EQ(limits->state(clock.now()).sharing.losses, 1U);
}

TEST_F(LimitExchangesTest, AnAnswerThatComesTooLateCountsForNothing) {
    EXPECT_FALSE(try_send());
    run_until([this] { return changes == 1; });
    ledger.answer(0);
    EXPECT_EQ(changes, 1);
    EXPECT_EQ(limits->state(clock.now()).sharing.failures, 1U);
    EXPECT_FALSE(try_send());
}

TEST_F(LimitExchangesTest, ALedgerThatAnswersAgainIsSharedAgain) {
    EXPECT_FALSE(try_send());
    run_until([this] {
        try_send();
        return standing() == Standing::Alone;
    });
    run_until([this] {
        try_send();
        ledger.answer(ledger.asked.size() - 1);
        return standing() == Standing::Shared;
    });
    EXPECT_EQ(standing(), Standing::Shared);
    EXPECT_EQ(limits->state(clock.now()).sharing.recoveries, 1U);
}

TEST_F(LimitExchangesTest, ClosingGivesBackAndEndsTheLedger) {
    EXPECT_FALSE(try_send());
    ledger.answer(0);
    exchanges->close();
    EXPECT_TRUE(ledger.is_closed);
    ASSERT_EQ(ledger.asked.size(), 2U);
    for (const auto& report : ledger.asked[1].first.accounts) {
        EXPECT_EQ(report.holds, report.in_flight);
    }
    EXPECT_EQ(standing(), Standing::Off);
}

TEST_F(LimitExchangesTest, AnAnswerAfterTheEndHurtsNobody) {
    EXPECT_FALSE(try_send());
    exchanges.reset();
    ledger.answer(0);
    EXPECT_EQ(changes, 0);
    loop.run_for(milliseconds{20});
}

}  // namespace
}  // namespace pyesi::engine
