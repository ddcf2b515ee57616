#include "storage/redis_connection.h"

#include "storage/redis_server.h"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <array>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pyesi::storage {
namespace {

using namespace std::chrono_literals;
using Peer = ScriptedServer::Peer;

/// A connection with its loop on the test's own thread.
class RedisConnectionTest : public testing::Test {
protected:
    RedisConnection& connect(RedisAddress address) {
        RedisConnection::Settings settings;
        settings.address = std::move(address);
        return connect(std::move(settings));
    }

    RedisConnection& connect(RedisConnection::Settings settings) {
        const auto on_message = [this](const RedisReply& message) {
            messages_.emplace_back(message.at(2).text().value_or(""));
        };
        connection_.emplace(loop_,
                            std::move(settings),
                            RedisConnection::Watcher{
                                .on_up = [this] { ++ups_; },
                                .on_down = [this](bool was_up) { ++downs_[was_up]; },
                                .on_message = on_message});
        connection_->start();
        return *connection_;
    }

    /// How a command ends: its reply's text, or the outcome's name.
    void say(std::initializer_list<std::string_view> words) {
        connection_->send(words, [this](const RedisAnswer& answer) {
            said_.push_back(name_of(answer));
        });
    }

    std::string ask(std::initializer_list<std::string_view> words) {
        said_.clear();
        say(words);
        run_until([this] { return !said_.empty(); });
        return said_.at(0);
    }

    static std::string name_of(const RedisAnswer& answer) {
        switch (answer.outcome) {
            case RedisOutcome::Refused: return "(refused)";
            case RedisOutcome::Late: return "(late)";
            case RedisOutcome::Lost: return "(lost)";
            case RedisOutcome::Answered: break;
        }
        const auto& reply = *answer.reply;
        if (reply.is_error()) return "(error)";
        if (reply.is_nothing()) return "(nothing)";
        if (const auto number = reply.number()) return std::to_string(*number);
        if (reply.size() > 0) return "(array)";
        return std::string{reply.text().value_or("(empty)")};
    }

    void run_until(const std::function<bool()>& done) {
        const auto end = std::chrono::steady_clock::now() + 20s;
        while (!done() && std::chrono::steady_clock::now() < end) {
            loop_.restart();
            loop_.run_one_for(100ms);
        }
        ASSERT_TRUE(done());
    }

    void run_until_up() {
        run_until([this] { return connection_->is_up(); });
    }

    boost::asio::io_context loop_{1};
    std::optional<RedisConnection> connection_;
    std::vector<std::string> said_;
    std::vector<std::string> messages_;
    int ups_ = 0;
    std::array<int, 2> downs_{};
};

/// The same beside a real server.
class RedisServerTest : public RedisConnectionTest {
protected:
    void SetUp() override {
        if (!RedisServer::is_installed()) GTEST_SKIP() << "redis-server is not there";
        server_.emplace();
    }

    std::optional<RedisServer> server_;
};

TEST_F(RedisServerTest, AnswersInTheOrderOfTheCommandsFromTheFirstMoment) {
    connect(server_->address());
    say({"SET", "a", std::string_view{"1\0\r\n", 4}});
    say({"GET", "a"});
    say({"GET", "b"});
    say({"INCR", "n"});
    say({"NONSENSE"});
    say({"MGET", "a", "b"});
    run_until([this] { return said_.size() == 6; });
    EXPECT_EQ(
        said_,
        (std::vector<std::string>{
            "OK", std::string{"1\0\r\n", 4}, "(nothing)", "1", "(error)", "(array)"}));
    EXPECT_EQ(ups_, 1);
}

TEST_F(RedisServerTest, SaysWhoItIsAndChoosesItsDatabase) {
    server_.emplace(std::vector<std::string>{
        "--requirepass", "s3cret", "--user", "me", "on", ">pass", "~*", "&*", "+@all"});
    auto address = server_->address();
    address.database = 3;
    address.user = "me";
    address.password = "pass";
    connect(address);
    EXPECT_EQ(ask({"SET", "a", "three"}), "OK");
    address.user.clear();
    address.password = "s3cret";
    connect(address);
    EXPECT_EQ(ask({"GET", "a"}), "three");
    EXPECT_EQ(ask({"SELECT", "0"}), "OK");
    EXPECT_EQ(ask({"GET", "a"}), "(nothing)");
}

TEST_F(RedisServerTest, AWrongPasswordIsAConnectionThatNeverComesUp) {
    server_.emplace(std::vector<std::string>{"--requirepass", "s3cret"});
    auto address = server_->address();
    address.password = "wrong";
    connect(address);
    EXPECT_EQ(ask({"GET", "a"}), "(lost)");
    run_until([this] { return downs_[0] > 2; });
    EXPECT_EQ(ups_, 0);
    EXPECT_EQ(ask({"GET", "a"}), "(refused)");
}

TEST_F(RedisServerTest, IsMadeAnewAfterTheServerWasKilled) {
    connect(server_->address());
    EXPECT_EQ(ask({"SET", "a", "1"}), "OK");
    server_->kill();
    run_until([this] { return downs_[1] == 1; });
    EXPECT_EQ(ask({"GET", "a"}), "(refused)");
    server_->start();
    run_until_up();
    EXPECT_EQ(ask({"SET", "a", "2"}), "OK");
    EXPECT_EQ(ups_, 2);
}

TEST_F(RedisServerTest, ALateAnswerIsNotTakenForThatOfAnother) {
    connect(server_->address());
    EXPECT_EQ(ask({"SET", "a", "1"}), "OK");
    server_->stop();
    EXPECT_EQ(ask({"GET", "a"}), "(late)");
    EXPECT_TRUE(connection_->owes_answer());
    said_.clear();
    say({"GET", "b"});
    server_->go_on();
    run_until([this] { return !said_.empty() && !connection_->owes_answer(); });
    EXPECT_TRUE(said_[0] == "(nothing)" || said_[0] == "(late)");
    EXPECT_EQ(ask({"GET", "a"}), "1");
}

TEST_F(RedisServerTest, WhatIsPublishedIsToldBesideTheAnswers) {
    connect(server_->address());
    EXPECT_EQ(ask({"SUBSCRIBE", "news"}), "(array)");
    server_->ask({"PUBLISH", "news", "one"});
    server_->ask({"PUBLISH", "news", "two"});
    run_until([this] { return messages_.size() == 2; });
    EXPECT_EQ(messages_, (std::vector<std::string>{"one", "two"}));
}

TEST_F(RedisServerTest, LongAnswersComeWhole) {
    connect(server_->address());
    const std::string body(5'000'000, 'x');
    EXPECT_EQ(ask({"SET", "a", body}), "OK");
    RedisConnection::Settings patient;
    patient.address = server_->address();
    patient.answer_within = 10s;
    connect(patient);
    EXPECT_EQ(ask({"GET", "a"}), body);
    patient.max_reply_bytes = 1'000'000;
    connect(patient);
    EXPECT_EQ(ask({"GET", "a"}), "(lost)");
}

TEST_F(RedisConnectionTest, WhatIsNoReplyEndsTheConnection) {
    std::string nested;
    for (int depth = 0; depth < 11; ++depth) nested += "*1\r\n";
    const std::vector<std::string_view> rubbish{"HTTP/1.1 400 Bad Request\r\n\r\n",
                                                "*2000000\r\n",
                                                "*2147483647\r\n",
                                                "$-5\r\n",
                                                nested,
                                                "+OK\r\n+not asked for\r\n"};
    for (const auto garbage : rubbish) {
        ScriptedServer server{[&](Peer& peer) {
            if (!peer.wait_for("GET")) return;
            peer.send(garbage);
            peer.hold();
        }};
        downs_[1] = 0;
        connect(server.address());
        const auto answer = ask({"GET", "a"});
        EXPECT_TRUE(answer == "(lost)" || answer == "OK") << garbage;
        run_until([this] { return downs_[1] == 1; });
        connection_.reset();
    }
}

TEST_F(RedisConnectionTest, AnEndInMidAnswerIsALostCommand) {
    ScriptedServer server{[](Peer& peer) {
        if (peer.wait_for("GET")) peer.send("$100\r\nhalf of it");
    }};
    connect(server.address());
    EXPECT_EQ(ask({"GET", "a"}), "(lost)");
    EXPECT_FALSE(connection_->is_up());
}

TEST_F(RedisConnectionTest, ALongAnswerWithoutAnEndIsCutOff) {
    ScriptedServer server{[](Peer& peer) {
        if (!peer.wait_for("GET")) return;
        peer.send("$9000000000\r\n");
        const std::string more(100'000, 'x');
        for (int count = 0; count < 100; ++count) peer.send(more);
        peer.hold();
    }};
    RedisConnection::Settings settings;
    settings.address = server.address();
    settings.answer_within = 10s;
    settings.max_reply_bytes = 1'000'000;
    connect(settings);
    EXPECT_EQ(ask({"GET", "a"}), "(lost)");
}

TEST_F(RedisConnectionTest, AServerThatOwesAnAnswerForTooLongIsGivenUp) {
    ScriptedServer server{[](Peer& peer) {
        if (peer.number() == 0) {
            peer.hold();
        } else {
            while (peer.wait_for("a\r\n")) peer.send("+hello\r\n");
        }
    }};
    RedisConnection::Settings settings;
    settings.address = server.address();
    settings.answer_within = 5ms;
    settings.stalled_after = 20ms;
    connect(settings);
    EXPECT_EQ(ask({"GET", "a"}), "(late)");
    run_until([&] { return ups_ == 2; });
    run_until([&] { return ask({"GET", "a"}) == "hello"; });
}

TEST_F(RedisConnectionTest, WithoutAServerCommandsAreRefusedAtOnce) {
    RedisAddress nowhere;
    {
        const ScriptedServer gone{[](Peer&) {}};
        nowhere = gone.address();
    }
    connect(nowhere);
    // It is not known yet that there is none.
    EXPECT_EQ(ask({"GET", "a"}), "(lost)");
    EXPECT_EQ(ask({"GET", "a"}), "(refused)");
    EXPECT_EQ(downs_[0], 1);
}

TEST_F(RedisConnectionTest, ANameIsLookedUpAndOneThatLeadsNowhereIsNoServer) {
    ScriptedServer server{[](Peer& peer) {
        while (peer.wait_for("a\r\n")) peer.send("+hello\r\n");
    }};
    RedisConnection::Settings settings;
    settings.address = server.address();
    settings.address.host = "localhost";
    settings.answer_within = 10s;
    connect(settings);
    EXPECT_EQ(ask({"GET", "a"}), "hello");
    settings.address.host = "no such host";
    connect(settings);
    EXPECT_EQ(ask({"GET", "a"}), "(lost)");
}

TEST_F(RedisConnectionTest, WhatWaitsIsBounded) {
    ScriptedServer server{[](Peer& peer) { peer.hold(); }};
    RedisConnection::Settings settings;
    settings.address = server.address();
    settings.max_unanswered = 2;
    connect(settings);
    for (int count = 0; count < 3; ++count) say({"GET", "a"});
    EXPECT_EQ(said_, std::vector<std::string>{"(refused)"});
    connection_->close();
    EXPECT_EQ(said_, (std::vector<std::string>{"(refused)", "(lost)", "(lost)"}));
    say({"GET", "a"});
    EXPECT_EQ(said_.back(), "(refused)");
}

TEST_F(RedisConnectionTest, ItMayGoAtAnyMoment) {
    ScriptedServer server{[](Peer& peer) {
        while (peer.wait_for("a\r\n")) peer.send("+hello\r\n");
    }};
    for (int steps = 0; steps < 12; ++steps) {
        connect(server.address());
        said_.clear();
        say({"GET", "a"});
        loop_.restart();
        for (int step = 0; step < steps; ++step) loop_.run_one_for(2ms);
        connection_.reset();
        EXPECT_EQ(said_.size(), 1U);
        loop_.restart();
        loop_.poll();
    }
}

}  // namespace
}  // namespace pyesi::storage
