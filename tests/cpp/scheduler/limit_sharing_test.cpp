// Processes that share a ledger, each with its own limits, under one manual clock.

#include "scheduler/ledger.h"
#include "scheduler/making.h"
#include "scheduler/model_esi.h"
#include "scheduler/origin_limits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace pyesi::scheduler {
namespace {

using namespace making;  // NOLINT(google-build-using-namespace)
using Standing = SharingState::Standing;

constexpr base::Duration kLatency = milliseconds{30};

const RouteLimit& sheets() {
    static const auto limit = make_grouped_limit("Sheets", "sheets", 400, seconds{20});
    return limit;
}

/// The model tells of no other window than ESI's own.
Outcome answer(ModelEsi::Reply reply, const RouteLimit& route) {
    if (reply.told.window) reply.told.window->length = route.window;
    return answered(reply.status, reply.told, 0);
}

/// One process: its limits, and what it has in flight. It tells the ledger whatever is
/// due, at once.
class Process {
public:
    Process(std::uint64_t holder, Ledger& ledger, ModelEsi& esi)
        : holder_{holder}, ledger_{ledger}, esi_{esi} {
        limits_->begin_sharing("https://esi", holder);
    }

    ~Process() { limits_->end_sharing(now_); }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    /// What came back by `now`, and what the ledger is to be told.
    void look(base::TimePoint now) {
        now_ = now;
        while (!flying_.empty() && flying_.front().ends <= now) {
            const auto sent = flying_.front();
            flying_.pop_front();
            const std::string whose{sent.ticket.identity.text};
            const auto reply = esi_.serve(*sent.ticket.limit, whose, sent.status, now);
            if (reply.status == 429) ++too_many;
            if (reply.status == 420) ++error_limited;
            if (reply.status < 300) ++successes;
            limits_->on_outcome(sent.ticket, answer(reply, *sent.ticket.limit), now);
        }
        ask();
    }

    /// Sends as many as may go, up to `most`.
    int send(const RouteLimit& route, int most, int status = 200) {
        int sent = 0;
        while (sent < most && try_send(route, status).is_now()) ++sent;
        return sent;
    }

    Admission try_send(const RouteLimit& route, int status = 200) {
        auto ticket = ticket_for(route, ++id_);
        ticket.identity = identity;
        ticket.priority = priority;
        ticket.reserve = priority == Priority::Interactive ? 0 : reserve;
        auto admission = limits_->try_send(ticket, now_);
        if (!admission.is_now() && now_ >= limits_->exchange_due_at()) {
            ask();
            admission = limits_->try_send(ticket, now_);
        }
        if (admission.is_now()) flying_.push_back({ticket, now_ + kLatency, status});
        return admission;
    }

    std::int64_t in_flight() const { return static_cast<std::int64_t>(flying_.size()); }
    SharingState state() const { return limits_->state(now_).sharing; }

    Identity identity;
    Priority priority = Priority::Normal;
    float reserve = 0.1F;
    bool ledger_is_gone = false;
    bool ledger_lies = false;
    int too_many = 0;
    int error_limited = 0;
    int successes = 0;

private:
    struct Flying {
        Ticket ticket;
        base::TimePoint ends;
        int status;
    };

    void ask() {
        for (int i = 0; i < 4; ++i) {
            const auto request = limits_->next_exchange(now_);
            if (!request) return;
            std::optional<LedgerReply> reply;
            if (!ledger_is_gone) {
                const auto clock =
                    std::chrono::floor<milliseconds>(now_.time_since_epoch());
                reply = ledger_.exchange(*request, clock);
            }
            if (reply && ledger_lies) reply->grants.front().tokens += 1'000'000;
            limits_->on_reply(*request, reply, now_);
        }
    }

    std::uint64_t holder_;
    Ledger& ledger_;
    ModelEsi& esi_;
    std::shared_ptr<OriginLimits> limits_ = std::make_shared<OriginLimits>();
    std::deque<Flying> flying_;
    base::TimePoint now_{};
    std::uint64_t id_ = 0;
};

/// Several of them, and a clock.
struct Stage {
    explicit Stage(int processes) {
        for (int i = 0; i < processes; ++i) {
            all.push_back(std::make_unique<Process>(
                static_cast<std::uint64_t>(i) + 1, ledger, esi));
        }
    }

    template <class Each>
    void run(base::Duration length, Each each) {
        for (const auto end = now + length; now < end; now += milliseconds{10}) {
            for (const auto& one : all) one->look(now);
            for (std::size_t i = 0; i < all.size(); ++i) each(*all[i], i);
        }
    }

    int sum(int Process::* count) const {
        int all_of_it = 0;
        for (const auto& one : all) all_of_it += (*one).*count;
        return all_of_it;
    }

    Ledger ledger;
    ModelEsi esi;
    base::TimePoint now = at(seconds{0});
    std::vector<std::unique_ptr<Process>> all;
};

TEST(LimitSharing, FourThatWantAllAreNeverRefusedAndLeaveHardlyAnything) {
    Stage stage{4};
    stage.run(seconds{100},
              [](Process& process, std::size_t) { process.send(sheets(), 5); });
    EXPECT_EQ(stage.sum(&Process::too_many), 0);
    // 400 tokens in 20 s, less a tenth, at 2 each: 180 in each of five windows.
    EXPECT_GE(stage.sum(&Process::successes), 855);
    EXPECT_LE(stage.sum(&Process::successes), 900);
    for (const auto& process : stage.all) EXPECT_GT(process->successes, 50);
}

TEST(LimitSharing, WhatOneDoesNotNeedAnotherMayUse) {
    Stage stage{4};
    stage.run(seconds{100}, [](Process& process, std::size_t which) {
        process.send(sheets(), which == 0 ? 5 : 0);
    });
    EXPECT_GE(stage.sum(&Process::successes), 855);
}

TEST(LimitSharing, InteractiveRequestsHaveTheReserve) {
    Stage stage{3};
    stage.all[2]->priority = Priority::Interactive;
    stage.run(seconds{10}, [](Process& process, std::size_t which) {
        process.send(sheets(), which < 2 ? 5 : 0);
    });
    EXPECT_EQ(stage.all[0]->send(sheets(), 5), 0);
    EXPECT_EQ(stage.all[2]->send(sheets(), 5), 5);
}

TEST(LimitSharing, WhoIsLetOffTheReserveDoesNotOpenItToOthers) {
    Stage stage{2};
    stage.run(seconds{10},
              [](Process& process, std::size_t) { process.send(sheets(), 5); });
    auto& process = *stage.all[0];
    EXPECT_EQ(process.send(sheets(), 1), 0);
    process.reserve = 0;
    EXPECT_EQ(process.send(sheets(), 1), 1);
    process.reserve = 0.1F;
    EXPECT_EQ(process.send(sheets(), 1), 0);
}

TEST(LimitSharing, AtLoadTheLedgerIsAskedOnceInTwentyRequestsAtMost) {
    Stage stage{2};
    stage.run(seconds{20},
              [](Process& process, std::size_t) { process.send(market_orders(), 1); });
    for (const auto& process : stage.all) {
        EXPECT_GE(process->successes, 1000);
        EXPECT_LE(process->state().exchanges * 20,
                  static_cast<std::uint64_t>(process->successes));
    }
}

TEST(LimitSharing, NoneOfManyBucketsIsForgotten) {
    const auto wallets = make_grouped_limit("Wallets", "wallets", 600, minutes{15});
    std::vector<std::string> characters;
    characters.reserve(300);
    for (int i = 0; i < 300; ++i) characters.push_back("app:" + std::to_string(i));

    Stage stage{1};
    std::size_t asked = 0;
    int kept_waiting = 0;
    stage.run(seconds{12}, [&](Process& process, std::size_t) {
        process.identity = make_identity(characters[asked++ % characters.size()]);
        if (process.send(wallets, 1) == 0) ++kept_waiting;
    });
    EXPECT_EQ(kept_waiting, 0);
    EXPECT_LE(stage.all[0]->state().exchanges, asked) << "and none is made in vain";
}

TEST(LimitSharing, UngroupedRequestsInFlightNeverPassWhatRemains) {
    Stage stage{6};
    std::int64_t most = 0;
    stage.run(seconds{30}, [&](Process& process, std::size_t) {
        process.send(universe_types(), 40, 404);
        std::int64_t in_flight = 0;
        for (const auto& one : stage.all) in_flight += one->in_flight();
        most = std::max(most, in_flight);
    });
    EXPECT_EQ(stage.sum(&Process::error_limited), 0);
    EXPECT_LE(most, 80);
    EXPECT_GE(most, 40);
}

TEST(LimitSharing, WhoSucceedsUsesItsShareOfErrorsAgainAndAgain) {
    Stage stage{2};
    stage.run(seconds{10},
              [](Process& process, std::size_t) { process.send(universe_types(), 5); });
    EXPECT_GE(stage.sum(&Process::successes), 2'000);
    EXPECT_LE(stage.all[0]->state().exchanges, 100);
}

TEST(LimitSharing, ACeilingIsSharedToo) {
    static const auto history = [] {
        auto limit = make_error_limit("History");
        limit.ceiling = {30, seconds{10}};
        return limit;
    }();
    Stage stage{3};
    stage.run(seconds{9},
              [](Process& process, std::size_t) { process.send(history, 3); });
    EXPECT_LE(stage.sum(&Process::successes), 30);
    EXPECT_GE(stage.sum(&Process::successes), 27);
}

TEST(LimitSharing, WithoutALedgerEachKeepsToItsShare) {
    Stage stage{4};
    stage.run(seconds{1},
              [](Process& process, std::size_t) { process.send(sheets(), 1); });
    for (const auto& process : stage.all) process->ledger_is_gone = true;
    stage.run(seconds{60},
              [](Process& process, std::size_t) { process.send(sheets(), 5); });
    EXPECT_EQ(stage.sum(&Process::too_many), 0);
    EXPECT_GE(stage.sum(&Process::successes), 400);
    for (const auto& process : stage.all) {
        EXPECT_EQ(process->state().standing, Standing::Alone);
        EXPECT_EQ(process->state().losses, 1);
    }
}

TEST(LimitSharing, WithoutALedgerWhatAPersonAsksForNeedNotWait) {
    Stage stage{1};
    auto& process = *stage.all[0];
    process.ledger_is_gone = true;
    stage.run(seconds{5}, [](Process& one, std::size_t) { one.send(sheets(), 1); });
    ASSERT_EQ(process.state().standing, Standing::Alone);
    process.priority = Priority::Interactive;
    EXPECT_EQ(process.send(sheets(), 10), 10);
    process.priority = Priority::Normal;
    EXPECT_EQ(process.send(sheets(), 10), 0) << "a sweep is spread";
}

TEST(LimitSharing, ALedgerThatIsBackIsToldWhatWasSpentMeanwhile) {
    Stage stage{3};
    const auto ask_for_all = [](Process& process, std::size_t) {
        process.send(sheets(), 5);
    };
    stage.run(seconds{20}, ask_for_all);
    stage.all[0]->ledger_is_gone = true;
    stage.run(seconds{20}, ask_for_all);
    stage.all[0]->ledger_is_gone = false;
    stage.run(seconds{60}, ask_for_all);
    EXPECT_EQ(stage.sum(&Process::too_many), 0);
    EXPECT_EQ(stage.all[0]->state().standing, Standing::Shared);
    EXPECT_EQ(stage.all[0]->state().recoveries, 1);
    EXPECT_GE(stage.sum(&Process::successes), 800);
}

TEST(LimitSharing, AFlushedLedgerLetsNobodySpendTwice) {
    Stage stage{4};
    const auto ask_for_all = [](Process& process, std::size_t) {
        process.send(sheets(), 5);
    };
    stage.run(seconds{10}, ask_for_all);
    stage.ledger.flush();
    stage.run(seconds{10}, ask_for_all);
    stage.ledger.flush();
    stage.run(seconds{40}, ask_for_all);
    EXPECT_EQ(stage.sum(&Process::too_many), 0);
    EXPECT_GE(stage.sum(&Process::successes), 500);
}

TEST(LimitSharing, ALedgerThatLiesIsAsGoodAsNone) {
    Stage stage{2};
    stage.all[0]->ledger_lies = true;
    stage.run(seconds{5},
              [](Process& process, std::size_t) { process.send(sheets(), 5); });
    EXPECT_EQ(stage.all[0]->state().standing, Standing::Alone);
    EXPECT_EQ(stage.sum(&Process::too_many), 0);
}

TEST(LimitSharing, WhatAKilledProcessHeldReturns) {
    Stage stage{2};
    const auto ask_for_all = [](Process& process, std::size_t) {
        process.send(sheets(), 5);
    };
    stage.run(milliseconds{100}, ask_for_all);
    stage.all.erase(stage.all.begin());
    stage.run(seconds{60}, ask_for_all);
    EXPECT_EQ(stage.sum(&Process::too_many), 0);
    EXPECT_GE(stage.all.front()->successes, 400);
}

TEST(LimitSharing, AfterA420OneRequestOfAllGoesFirst) {
    Stage stage{3};
    stage.run(seconds{1},
              [](Process& process, std::size_t) { process.send(universe_types(), 1); });
    // Somebody else has used up the errors of this address.
    const auto lost = make_error_limit("Lost");
    for (int i = 0; i < 100; ++i) stage.esi.serve(lost, "ip", 404, stage.now);
    stage.run(milliseconds{500}, [](Process& process, std::size_t which) {
        process.send(sheets(), which == 0 ? 1 : 0);
    });
    stage.run(seconds{80},
              [](Process& process, std::size_t) { process.send(sheets(), 1); });
    EXPECT_LE(stage.sum(&Process::error_limited), 10);
    EXPECT_GE(stage.sum(&Process::successes), 100);
}

TEST(LimitSharing, ADeadlineHearsWhenTheSharedWindowOpens) {
    Stage stage{2};
    stage.run(seconds{5},
              [](Process& process, std::size_t) { process.send(sheets(), 5); });
    const auto admission = stage.all[0]->try_send(sheets());
    EXPECT_FALSE(admission.is_now());
    EXPECT_GT(admission.at, stage.now + seconds{10});
    EXPECT_LT(admission.at, stage.now + seconds{21});
}

TEST(LimitSharing, OneProcessHasOneLedger) {
    OriginLimits limits;
    EXPECT_TRUE(limits.begin_sharing("https://esi", 1, "a"));
    EXPECT_TRUE(limits.begin_sharing("https://esi", 2, "a"));
    EXPECT_FALSE(limits.begin_sharing("https://esi", 3, "b"));
    EXPECT_FALSE(limits.end_sharing(at(seconds{1})));
    EXPECT_TRUE(limits.end_sharing(at(seconds{2})));
    EXPECT_TRUE(limits.begin_sharing("https://esi", 3, "b"));
}

TEST(LimitSharing, WhatIsGivenBackAsksForNothing) {
    Stage stage{1};
    stage.run(seconds{1},
              [](Process& process, std::size_t) { process.send(sheets(), 1); });
    OriginLimits limits;
    limits.begin_sharing("https://esi", 9);
    auto ticket = ticket_for(sheets());
    EXPECT_FALSE(limits.try_send(ticket, stage.now).is_now());
    const auto first = limits.next_exchange(stage.now);
    ASSERT_TRUE(first);
    const auto clock = std::chrono::floor<milliseconds>(stage.now.time_since_epoch());
    limits.on_reply(*first, stage.ledger.exchange(*first, clock), stage.now);
    ASSERT_TRUE(limits.try_send(ticket, stage.now).is_now());
    const auto last = limits.end_sharing(stage.now);
    ASSERT_TRUE(last);
    for (const auto& report : last->accounts) {
        EXPECT_EQ(report.wants + report.wants_urgent, 0U);
        EXPECT_EQ(report.holds, report.in_flight);
    }
}

TEST(LimitSharing, WhoHasNothingToSayAsksNothing) {
    Stage stage{1};
    stage.run(seconds{5},
              [](Process& process, std::size_t) { process.send(sheets(), 1); });
    stage.run(seconds{60}, [](Process&, std::size_t) {});
    const auto before = stage.all[0]->state().exchanges;
    stage.run(seconds{60}, [](Process&, std::size_t) {});
    EXPECT_EQ(stage.all[0]->state().exchanges, before);
}

}  // namespace
}  // namespace pyesi::scheduler
