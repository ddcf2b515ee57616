#include "engine/engine_stage.h"

#include <chrono>
#include <set>

namespace pyesi::engine {
namespace {

using namespace std::chrono_literals;

class SeveralUpstreams : public EngineStage {
protected:
    SeveralUpstreams() {
        config_.retry = {.max_attempts = 3, .base = 100ms, .cap = 100ms};
        config_.retry_budget.limited = false;
        remake_dispatcher();
        use({});
    }

    /// The settings hold from its making on.
    void remake_dispatcher() {
        dispatcher_->close();
        turn();
        auto transport = std::make_unique<fakes::FakeTransport>(
            [this] { boost::asio::post(loop_, [this] { transport_->deliver(); }); });
        transport_ = transport.get();
        dispatcher_ = std::make_unique<Dispatcher>(Dispatcher::Parts{
            loop_, config_, clock_, metrics_, store_, std::move(transport)});
    }

    /// From now on the calls are of a client with three upstreams: a, b, c. Only a is
    /// trusted.
    void use(UpstreamSet set) {
        static int number = 0;
        if (set.members.empty()) {
            const auto suffix = std::to_string(++number) + ".invalid";
            for (const auto* name : {"a", "b", "c"}) {
                const auto url = std::string{"https://"} + name + suffix;
                set.members.push_back({.base_url = url, .origin = url});
            }
            set.members.front().trusted = true;
        }
        profile_ = std::make_shared<const Profile>(
            ProfileSettings{.base_url = set.members.front().base_url,
                            .user_agent = "test/1.0",
                            .compatibility_date = "2026-08-18",
                            .language = "en",
                            .tenant = "tranquility",
                            .upstreams = set},
            shipped_routes());
    }

    void use_check(HealthCheck check) {
        auto set = *profile_->upstreams();
        set.check = std::move(check);
        use(std::move(set));
    }

    /// The first letter of the host that a request went to.
    static char host_of(const transport::TransferRequest& request) {
        return request.url[std::string{"https://"}.size()];
    }

    char oldest_host() const { return host_of(oldest()); }

    std::string hosts() const {
        std::string hosts;
        for (const auto& one : transport_->open()) hosts += host_of(one.request);
        return hosts;
    }

    void fail_all_of(char host, base::ErrorKind kind) {
        std::vector<transport::TransferId> ids;
        for (const auto& one : transport_->open()) {
            if (host_of(one.request) == host) ids.push_back(one.id);
        }
        for (const auto id : ids) {
            transport_->end(id, fakes::FakeTransport::failure(kind, 1));
        }
        turn();
    }

    /// Four failures in a row: it is ejected.
    void eject(char host) {
        for (int id = 0; id < 40; ++id) ask(system_call(1000 + id));
        for (int round = 0; round < 6; ++round) {
            fail_all_of(host, base::ErrorKind::ConnectionLost);
            turn_clock(100ms);
        }
        while (under_way() > 0) answer_oldest({});
    }

    const scheduler::HealthState& health_of(char host) {
        statistics_ = dispatcher_->upstreams().statistics();
        const auto found = std::ranges::find_if(
            statistics_.upstreams,
            [&](const auto& one) { return one.origin[8] == host; });
        return *found->health;
    }

    scheduler::SchedulerStatistics statistics_;
};

TEST_F(SeveralUpstreams, TakeTurns) {
    for (int id = 0; id < 6; ++id) ask(system_call(id));
    EXPECT_EQ(hosts(), "abcabc");
}

TEST_F(SeveralUpstreams, ATokenGoesToTrustedOnesOnly) {
    for (int id = 0; id < 6; ++id) ask(as(system_call(id), "me"));
    EXPECT_EQ(hosts(), "aaaaaa");
}

TEST_F(SeveralUpstreams, ATokenIsRefusedWhereNoneIsTrusted) {
    auto set = *profile_->upstreams();
    set.members.front().trusted = false;
    use(std::move(set));
    const auto tag = ask(as(system_call(), "me"));
    EXPECT_EQ(failure_of(tag), base::ErrorKind::InvalidRequest);
    EXPECT_EQ(transport_->started_count(), 0U);
}

TEST_F(SeveralUpstreams, AFailedGetGoesToAnother) {
    const auto tag = ask(system_call());
    EXPECT_EQ(oldest_host(), 'a');
    fail_oldest(base::ErrorKind::ConnectionLost);
    turn_clock(100ms);
    EXPECT_EQ(oldest_host(), 'b');
    answer_oldest({.status = 503});
    turn_clock(100ms);
    EXPECT_EQ(oldest_host(), 'c');
    answer_oldest({});
    EXPECT_EQ(answer_to(tag).attempts, 3);
    EXPECT_EQ(health_of('a').failovers, 1U);
    EXPECT_EQ(health_of('b').failovers, 1U);
    EXPECT_EQ(health_of('c').failovers, 0U);
}

TEST_F(SeveralUpstreams, OneThatBreaksConnectionsIsNotSentToUntilAllAttemptsAreSpent) {
    ask(system_call());
    EXPECT_EQ(oldest().max_sends, 2);
    fail_oldest(base::ErrorKind::ConnectionLost, 2);
    turn_clock(100ms);
    EXPECT_EQ(hosts(), "b");
    EXPECT_EQ(oldest().max_sends, 1);
}

TEST_F(SeveralUpstreams, ATokenNeverFailsOver) {
    auto set = *profile_->upstreams();
    for (auto& member : set.members) member.trusted = true;
    use(std::move(set));
    ask(as(system_call(), "me"));
    for (int attempt = 0; attempt < 3; ++attempt) {
        ASSERT_EQ(hosts(), "a");
        fail_oldest(base::ErrorKind::ConnectionLost);
        turn_clock(100ms);
    }
    EXPECT_EQ(transport_->started_count(), 3U);
}

TEST_F(SeveralUpstreams, AMutationIsMadeAgainAtTheSameOneAndOnlyIfItNeverLeft) {
    ask(post_call());
    EXPECT_EQ(oldest_host(), 'a');
    fail_oldest(base::ErrorKind::ConnectFailed, 0);
    turn_clock(100ms);
    EXPECT_EQ(oldest_host(), 'a');
    fail_oldest(base::ErrorKind::ConnectionLost);
    turn_clock(10s);
    EXPECT_EQ(transport_->started_count(), 2U);
}

TEST_F(SeveralUpstreams, WhatALimitHoldsBackGoesToAnother) {
    ask(system_call());
    answer_oldest({.status = 429, .extra_name = "Retry-After", .extra_value = "5"});
    turn();
    EXPECT_EQ(hosts(), "b");
}

TEST_F(SeveralUpstreams, WhatAllLimitsHoldBackWaitsForTheFirstToOpen) {
    const auto tag = ask(system_call());
    answer_oldest({.status = 429, .extra_name = "Retry-After", .extra_value = "9"});
    answer_oldest({.status = 429, .extra_name = "Retry-After", .extra_value = "5"});
    EXPECT_EQ(hosts(), "c");
    answer_oldest({.status = 503});
    turn_clock(100ms);
    // Its attempts are used up; others find each as it is.
    EXPECT_TRUE(has_ended(tag));
    ask(system_call(2));
    EXPECT_EQ(hosts(), "c");
    answer_oldest({.status = 429, .extra_name = "Retry-After", .extra_value = "20"});
    EXPECT_EQ(under_way(), 0U);
    turn_clock(3s);
    EXPECT_EQ(under_way(), 0U);
    turn_clock(4s);
    EXPECT_EQ(hosts(), "b");
}

TEST_F(SeveralUpstreams, APageThatALimitHoldsBackWaitsAtItsHome) {
    sweep();
    const auto home = oldest_host();
    answer_oldest({.modified = 1'000, .pages = 3});
    answer_oldest({.status = 429, .extra_name = "Retry-After", .extra_value = "5"});
    turn_clock(4s);
    EXPECT_EQ(hosts(), std::string(1, home));
}

TEST_F(SeveralUpstreams, ATokenThatWasSentWaitsWhereItIs) {
    auto set = *profile_->upstreams();
    for (auto& member : set.members) member.trusted = true;
    use(std::move(set));
    ask(as(system_call(), "me"));
    answer_oldest({.status = 429, .extra_name = "Retry-After", .extra_value = "5"});
    turn_clock(4s);
    EXPECT_EQ(under_way(), 0U);
    turn_clock(3s);
    EXPECT_EQ(hosts(), "a");
}

TEST_F(SeveralUpstreams, OneThatFailsTooOftenIsLeftOut) {
    eject('b');
    EXPECT_TRUE(health_of('b').ejected);
    for (int id = 0; id < 6; ++id) ask(system_call(id));
    EXPECT_EQ(hosts().find('b'), std::string::npos);

    while (under_way() > 0) answer_oldest({});
    turn_clock(30s);
    for (int id = 10; id < 16; ++id) ask(system_call(id));
    EXPECT_NE(hosts().find('b'), std::string::npos);
}

TEST_F(SeveralUpstreams, TheLastOneIsNeverLeftOut) {
    for (const char host : {'a', 'b', 'c'}) eject(host);
    ask(system_call());
    EXPECT_EQ(under_way(), 1U);
}

TEST_F(SeveralUpstreams, WhoWaitsForOneThatIsLeftOutMovesToAnother) {
    config_.max_in_flight = 4;
    for (int id = 0; id < 40; ++id) ask(system_call(id));
    EXPECT_EQ(under_way(), 12U);
    fail_all_of('b', base::ErrorKind::ConnectionLost);
    turn_clock(100ms);
    std::set<char> served;
    while (under_way() > 0) {
        served.insert(oldest_host());
        answer_oldest({});
        turn_clock(1ms);
    }
    EXPECT_EQ(ledger_->ends.size(), 40U);
    EXPECT_EQ(served, (std::set<char>{'a', 'c'}));
    for (const auto& [tag, end] : ledger_->ends) EXPECT_TRUE(end);
}

TEST_F(SeveralUpstreams, ASlotThatComesFreeIsTakenByWhoWaitsElsewhere) {
    config_.max_in_flight = 2;
    for (int id = 0; id < 30; ++id) ask(system_call(id));
    // b and c say nothing: a does it all.
    for (int answered = 0; answered < 26; ++answered) {
        const auto mine = std::ranges::find_if(transport_->open(), [](const auto& one) {
            return host_of(one.request) == 'a';
        });
        ASSERT_NE(mine, transport_->open().end()) << answered;
        transport_->end(mine->id, reply({}));
        turn();
    }
    EXPECT_EQ(hosts(), "bcbc");
}

TEST_F(SeveralUpstreams, OneThatComesBackSoonHasAllThatWait) {
    config_.breaker.failures_in_a_row = 1;
    config_.max_in_flight = 8;
    use({});
    for (int id = 0; id < 3; ++id) ask(system_call(id));
    for (const char host : {'a', 'b', 'c'}) {
        fail_all_of(host, base::ErrorKind::ConnectionLost);
    }
    // Items of a batch wait; b alone comes back.
    for (int id = 10; id < 90; ++id) {
        auto call = system_call(id);
        auto options = std::make_shared<Options>();
        options->counted_from_admission = true;
        call.options = std::move(options);
        ask(std::move(call), 1h);
    }
    for (int step = 0; step < 2'000 && ledger_->ends.size() < 80; ++step) {
        while (under_way() > 0) {
            const auto host = oldest_host();
            if (host == 'b') {
                answer_oldest({});
            } else {
                fail_oldest(base::ErrorKind::ConnectionLost);
            }
        }
        turn_clock(100ms);
    }
    EXPECT_GE(ledger_->ends.size(), 80U);
}

TEST_F(SeveralUpstreams, WhatOneRefusesAnotherAdmits) {
    ask(system_call(1));
    ASSERT_EQ(oldest_host(), 'a');
    answer_oldest(
        {.status = 420, .extra_name = "X-ESI-Error-Limit-Reset", .extra_value = "50"});
    for (int id = 2; id < 8; ++id) ask(system_call(id));
    EXPECT_EQ(under_way(), 6U);
    EXPECT_EQ(hosts().find('a'), std::string::npos);
}

TEST_F(SeveralUpstreams, EqualRequestsAndAnswersAreShared) {
    const auto first = ask(system_call());
    const auto second = ask(system_call());
    EXPECT_EQ(under_way(), 1U);
    answer_oldest({});
    EXPECT_TRUE(has_ended(first));
    EXPECT_TRUE(has_ended(second));
    const auto third = ask(system_call());
    EXPECT_EQ(answer_to(third).source, Source::Fresh);
    EXPECT_EQ(transport_->started_count(), 1U);
}

TEST_F(SeveralUpstreams, AnotherSetSharesNothing) {
    ask(system_call());
    answer_oldest({});
    auto set = *profile_->upstreams();
    set.members.pop_back();
    use(set);
    ask(system_call());
    EXPECT_EQ(under_way(), 1U);
    answer_oldest({});

    // In another order it is the same.
    std::ranges::reverse(set.members);
    use(std::move(set));
    const auto again = ask(system_call());
    EXPECT_EQ(answer_to(again).source, Source::Fresh);
}

TEST_F(SeveralUpstreams, PagesOfASweepComeFromOne) {
    sweep();
    const auto home = oldest_host();
    answer_oldest({.modified = 1'000, .pages = 9});
    EXPECT_EQ(hosts(), std::string(8, home));
    ask(system_call());
    while (under_way() > 0) answer_oldest({.modified = 1'000, .pages = 9});
    ASSERT_TRUE(ledger_->sweep);
    EXPECT_TRUE(ledger_->sweep->value().consistent);
}

TEST_F(SeveralUpstreams, ASweepMovesAsAWholeWhenItsUpstreamGoes) {
    sweep();
    const auto home = oldest_host();
    answer_oldest({.modified = 1'000, .pages = 9});
    for (int round = 0; round < 3; ++round) {
        fail_all_of(home, base::ErrorKind::ConnectionLost);
        turn_clock(100ms);
    }
    const auto now_at = hosts();
    ASSERT_EQ(now_at.size(), 8U);
    EXPECT_NE(now_at.front(), home);
    EXPECT_EQ(now_at, std::string(8, now_at.front()));
}

TEST_F(SeveralUpstreams, ASweepThatMovedIsOfOneSnapshotInTheEnd) {
    sweep();
    const auto home = oldest_host();
    answer_oldest({.lifetime = 60, .modified = 1'000, .pages = 4});
    for (int round = 0; round < 3; ++round) {
        fail_all_of(home, base::ErrorKind::ConnectionLost);
        turn_clock(100ms);
    }
    ASSERT_EQ(under_way(), 3U);
    while (under_way() > 0) {
        answer_oldest({.lifetime = 600, .modified = 2'000, .pages = 4});
    }
    // Page 1 is of the other one's snapshot, and is asked for once it has expired.
    EXPECT_FALSE(ledger_->sweep);
    turn_clock(70s);
    ASSERT_EQ(under_way(), 1U);
    EXPECT_NE(oldest_host(), home);
    answer_oldest({.lifetime = 600, .modified = 2'000, .pages = 4});
    ASSERT_TRUE(ledger_->sweep);
    const auto& end = ledger_->sweep->value();
    EXPECT_TRUE(end.consistent);
    EXPECT_EQ(end.last_modified, base::WallTime{2'000s});
    for (const auto& page : end.pages) {
        EXPECT_EQ(page.entry->last_modified, base::WallTime{2'000s});
    }
}

TEST_F(SeveralUpstreams, ASinglePageThatFailsIsAskedForAtItsHomeAgain) {
    sweep();
    const auto home = oldest_host();
    answer_oldest({.modified = 1'000, .pages = 5});
    fail_oldest(base::ErrorKind::ConnectionLost);
    turn_clock(100ms);
    EXPECT_EQ(hosts(), std::string(4, home));
}

TEST_F(SeveralUpstreams, OneThatWasDownIsTriedByASingleRequest) {
    config_.breaker.failures_in_a_row = 2;
    use({});
    for (int id = 0; id < 6; ++id) ask(system_call(id));
    fail_all_of('a', base::ErrorKind::ConnectionLost);
    turn_clock(100ms);
    while (under_way() > 0) answer_oldest({});
    ask(system_call(10));
    EXPECT_NE(hosts(), "a");
    answer_oldest({});

    turn_clock(15s);
    for (int id = 20; id < 26; ++id) ask(system_call(id));
    EXPECT_EQ(std::ranges::count(hosts(), 'a'), 1);
    // It fails: the request goes on elsewhere, and nobody else tries.
    fail_all_of('a', base::ErrorKind::ConnectionLost);
    turn_clock(100ms);
    EXPECT_EQ(std::ranges::count(hosts(), 'a'), 0);
    EXPECT_EQ(under_way(), 6U);
}

TEST_F(SeveralUpstreams, AllShutIsAnErrorThatSaysUntilWhen) {
    config_.breaker.failures_in_a_row = 1;
    config_.retry.max_attempts = 1;
    use({});
    for (int id = 0; id < 3; ++id) ask(system_call(id));
    for (const char host : {'a', 'b', 'c'}) {
        fail_all_of(host, base::ErrorKind::ConnectionLost);
    }
    const auto tag = ask(system_call(9));
    ASSERT_TRUE(has_ended(tag));
    EXPECT_EQ(failure_of(tag), base::ErrorKind::UpstreamDown);
    EXPECT_TRUE(ledger_->ends.at(tag).failure().retry_after);
}

class HealthChecked : public SeveralUpstreams {
protected:
    HealthChecked() { use_check({.path = "/health", .interval = 10s}); }

    void answer_checks(int status) {
        std::vector<transport::TransferId> ids;
        for (const auto& one : transport_->open()) {
            if (one.request.url.ends_with("/health")) ids.push_back(one.id);
        }
        for (const auto id : ids) {
            transport_->end(id, reply({.status = status, .lifetime = -1}));
        }
        checks_ += ids.size();
        turn();
    }

    std::size_t checks_ = 0;
};

TEST_F(HealthChecked, NothingIsCheckedBeforeTheFirstRequest) {
    turn_clock(1h);
    EXPECT_EQ(transport_->started_count(), 0U);
}

TEST_F(HealthChecked, EachIsAskedInItsTimeWithoutAToken) {
    ask(as(system_call(), "me"));
    answer_oldest({});
    turn_clock(1s);
    ASSERT_EQ(under_way(), 3U);
    for (const auto& one : transport_->open()) {
        EXPECT_TRUE(one.request.url.ends_with("/health"));
        EXPECT_FALSE(one.request.headers.find("Authorization"));
        EXPECT_EQ(one.request.common_headers->find("User-Agent"), "test/1.0");
    }
    answer_checks(200);
    for (int minute = 0; minute < 600; ++minute) {
        turn_clock(1s);
        answer_checks(200);
    }
    EXPECT_NEAR(static_cast<double>(checks_), 180, 20);
    EXPECT_EQ(health_of('a').is_up, true);
}

TEST_F(HealthChecked, ThreeBadOnesTakeItOutAndTwoGoodOnesBringItBack) {
    ask(system_call());
    answer_oldest({});
    const auto check_a = [this](int status) {
        for (int second = 0; second < 14; ++second) {
            turn_clock(1s);
            for (bool found = true; found;) {
                found = false;
                for (const auto& one : transport_->open()) {
                    if (!one.request.url.ends_with("/health")) continue;
                    const bool is_a = host_of(one.request) == 'a';
                    transport_->end(one.id, reply({.status = is_a ? status : 200}));
                    found = true;
                    break;
                }
            }
            turn();
        }
    };
    for (int time = 0; time < 5; ++time) check_a(503);
    EXPECT_EQ(health_of('a').is_up, false);
    EXPECT_EQ(health_of('a').share, 0);
    for (int id = 0; id < 6; ++id) ask(system_call(100 + id));
    EXPECT_EQ(hosts().find('a'), std::string::npos);
    for (int time = 0; time < 3; ++time) check_a(200);
    EXPECT_EQ(health_of('a').is_up, true);
    EXPECT_GT(health_of('a').share, 0);
}

TEST_F(HealthChecked, OneThatDoesNotAnswerInTimeHasFailed) {
    ask(system_call());
    answer_oldest({});
    for (int second = 0; second < 60; ++second) turn_clock(1s);
    EXPECT_EQ(health_of('a').is_up, false);
    EXPECT_GE(health_of('a').checks_failed, 3U);
}

TEST_F(HealthChecked, TheyEndWithTheClientThatWantedThem) {
    ask(system_call());
    answer_oldest({});
    turn_clock(1s);
    answer_checks(200);
    ledger_->ends.clear();
    profile_ = EngineStage::make_profile();
    store_->clear();
    const auto before = transport_->started_count();
    turn_clock(1h);
    turn_clock(1h);
    EXPECT_EQ(transport_->started_count(), before);
    EXPECT_EQ(health_of('a').is_up, std::nullopt);
}

TEST_F(HealthChecked, TheyKeepOutWhileAnErrorLimitIsClosed) {
    ask(system_call());
    answer_oldest(
        {.status = 420, .extra_name = "X-ESI-Error-Limit-Reset", .extra_value = "40"});
    for (int second = 0; second < 30; ++second) {
        turn_clock(1s);
        for (const auto& one : transport_->open()) {
            EXPECT_NE(host_of(one.request), 'a');
        }
        answer_checks(200);
    }
    EXPECT_GT(health_of('a').checks_skipped, 0U);
    EXPECT_EQ(health_of('a').is_up, std::nullopt);
}

}  // namespace
}  // namespace pyesi::engine
