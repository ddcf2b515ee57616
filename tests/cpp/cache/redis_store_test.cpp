// What a tier in Redis does beyond what all stores do: with others, and without Redis.

#include "cache/redis_store.h"

#include "cache/examples.h"
#include "cache/loop_thread.h"
#include "cache/memory_store.h"
#include "cache/redis_values.h"
#include "cache/tiered_store.h"
#include "storage/redis_server.h"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace pyesi::cache {
namespace {

using namespace examples;
using storage::RedisServer;
using storage::ScriptedServer;

/// Notes what it is told.
class Witness final : public StoreWatcher {
public:
    void on_doubt(CacheKeyView key) override { note("doubt " + std::string{key.text}); }
    void on_doubt_all() override { ++all; }
    void on_erased(CacheKeyView key) override {
        note("erased " + std::string{key.text});
    }

    bool has(const std::string& wanted) {
        const std::lock_guard lock{mutex_};
        return std::ranges::find(told_, wanted) != told_.end();
    }

    std::atomic<int> all{0};

private:
    void note(std::string what) {
        const std::lock_guard lock{mutex_};
        told_.push_back(std::move(what));
    }

    std::mutex mutex_;
    std::vector<std::string> told_;
};

/// One of several processes that share a Redis.
struct Process {
    explicit Process(storage::RedisAddress address,
                     std::chrono::milliseconds timeout = 20s) {
        RedisStore::Settings settings;
        settings.address = std::move(address);
        settings.timeout = timeout;
        settings.clock_run = 1;
        store = std::make_shared<RedisStore>(network.loop(), settings, clock);
        store->watch(&witness);
        store->start();
    }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process() = default;

    /// An answer that the server made at `date`, by its own clock.
    EntryPtr entry(std::string_view body, base::WallTime date = kNoon) const {
        auto headers = fields({{"cache-control", "max-age=60"}});
        headers.append("date", http::format_http_date(date));
        return make_entry(answer(std::move(headers), body),
                          {.received_at = clock.now(),
                           .lifetime_facts = {.received_wall = clock.wall_now()}});
    }

    std::string body_of(const CacheKey& key) const {
        std::promise<EntryPtr> told;
        store->look_up(key, clock.now(), [&](EntryPtr found) {
            told.set_value(std::move(found));
        });
        const auto found = told.get_future().get();
        return found ? std::string{found->response.body.bytes.view()} : "(none)";
    }

    bool is_up() const { return store->statistics().is_reachable; }
    auto faults() const { return store->statistics().faults; }

    base::Clock clock;
    Witness witness;
    LoopThread network;
    std::shared_ptr<RedisStore> store;
};

template <class Seen>
void until(Seen&& seen) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!seen() && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(1ms);
    }
    ASSERT_TRUE(seen());
}

CacheKey key(const std::string& name) {
    return make_key("r0-1:v/" + name);
}

class RedisStoreTest : public testing::Test {
protected:
    void SetUp() override {
        if (!RedisServer::is_installed()) GTEST_SKIP() << "redis-server is not there";
        server_.emplace();
    }

    std::optional<RedisServer> server_;
};

TEST_F(RedisStoreTest, WhatOneStoresTheOtherFindsAndIsToldOf) {
    Process one{server_->address()};
    Process other{server_->address()};
    until([&] { return one.witness.all == 1 && other.witness.all == 1; });
    one.store->store(key("a"), one.entry("one"));
    EXPECT_EQ(one.body_of(key("a")), "one");
    EXPECT_EQ(other.body_of(key("a")), "one");
    until([&] { return other.witness.has("doubt r0-1:v/a"); });
    EXPECT_FALSE(one.witness.has("doubt r0-1:v/a"));  // its own doing
    EXPECT_EQ(other.store->statistics().hits, 1U);
}

TEST_F(RedisStoreTest, WhatWasStoredIsWrittenHoweverSoonTheEndComes) {
    Process other{server_->address()};
    boost::asio::io_context loop;
    RedisStore::Settings settings;
    settings.address = server_->address();
    settings.clock_run = 1;
    RedisStore store{loop, settings, other.clock};
    // The loop comes to the end first, and to what was asked for before after it.
    boost::asio::post(loop, [&] { store.finish([&] { loop.stop(); }); });
    store.start();
    store.store(key("a"), other.entry("one"));
    loop.run();
    EXPECT_EQ(other.body_of(key("a")), "one");
}

TEST_F(RedisStoreTest, WhatOneErasesIsToldToWhoAsksForIt) {
    Process one{server_->address()};
    Process other{server_->address()};
    one.store->store(key("a"), one.entry("one"));
    one.store->erase(key("a"));
    EXPECT_EQ(one.body_of(key("a")), "(none)");
    EXPECT_EQ(other.body_of(key("a")), "(none)");
    EXPECT_TRUE(other.witness.has("erased r0-1:v/a"));
    // What was never there leaves no mark.
    one.store->erase(key("b"));
    EXPECT_EQ(one.body_of(key("b")), "(none)");
    EXPECT_EQ(other.body_of(key("b")), "(none)");
    EXPECT_FALSE(other.witness.has("erased r0-1:v/b"));
    // Erased is erased, for who has found it elsewhere too; a new one may come.
    one.store->add(key("a"), one.entry("found in a file"));
    EXPECT_EQ(one.body_of(key("a")), "(none)");
    one.store->store(key("a"), one.entry("new"));
    EXPECT_EQ(one.body_of(key("a")), "new");
    EXPECT_EQ(other.body_of(key("a")), "new");
}

TEST_F(RedisStoreTest, AWalkSparesWhatIsStoredMeanwhileAndWhatIsNotOurs) {
    Process one{server_->address()};
    server_->ask({"SET", "theirs", "precious"});
    for (int count = 0; count < 3000; ++count) {
        one.store->store(key(std::to_string(count)), one.entry("x"));
    }
    one.store->clear();
    one.store->store(key("7"), one.entry("new"));
    EXPECT_EQ(one.body_of(key("7")), "new");
    EXPECT_EQ(one.body_of(key("8")), "(none)");
    until([&] {
        return server_->ask({"GET", redis_name(key("2999").text)}) ==
               "$4\r\n" + std::string{kErasedMark} + "\r\n";
    });
    EXPECT_EQ(one.body_of(key("7")), "new");
    EXPECT_EQ(server_->ask({"GET", "theirs"}), "$8\r\nprecious\r\n");
}

TEST_F(RedisStoreTest, AllIsInDoubtWhenItIsLostAndWhenItIsBack) {
    Process one{server_->address()};
    until([&] { return one.witness.all == 1; });
    server_->ask({"FLUSHALL"});
    until([&] { return one.witness.all == 2; });
    server_->kill();
    until([&] { return one.witness.all == 3; });
    EXPECT_EQ(one.body_of(key("a")), "(none)");
    server_->start();
    until([&] { return one.witness.all == 4; });
    one.store->store(key("a"), one.entry("one"));
    EXPECT_EQ(one.body_of(key("a")), "one");
    EXPECT_GE(one.faults(), 1U);
}

TEST_F(RedisStoreTest, WhatTellsOfChangesIsMadeAnewAlone) {
    Process one{server_->address()};
    until([&] { return one.witness.all == 1; });
    server_->ask({"CLIENT", "KILL", "TYPE", "pubsub"});
    until([&] { return one.witness.all == 3; });
    server_->ask({"SET", redis_name("r0-1:v/a"), "x"});
    until([&] { return one.witness.has("doubt r0-1:v/a"); });
}

TEST_F(RedisStoreTest, AServerThatHoldsStillIsAskedOnce) {
    // Long enough for twenty look-ups on a busy machine.
    Process one{server_->address(), 300ms};
    until([&] { return one.is_up(); });
    server_->stop();
    for (int count = 0; count < 20; ++count) {
        EXPECT_EQ(one.body_of(key("a")), "(none)");
    }
    EXPECT_EQ(one.faults(), 1U);
    EXPECT_EQ(one.store->statistics().misses, 20U);
    server_->go_on();
}

TEST_F(RedisStoreTest, WhatWasErasedWhileItWasAwayIsErasedAfterwards) {
    Process one{server_->address()};
    Process other{server_->address()};
    one.store->store(key("a"), one.entry("one"));
    EXPECT_EQ(one.body_of(key("a")), "one");
    EXPECT_EQ(other.body_of(key("a")), "one");
    const auto kept = server_->ask({"GET", redis_name(key("a").text)});
    server_->kill();
    until([&] { return !one.is_up(); });
    one.store->erase(key("a"));
    one.store->erase_if([](std::string_view text) { return text.ends_with('b'); });
    one.store->store(key("c"), one.entry("dropped"));
    EXPECT_EQ(one.body_of(key("a")), "(none)");
    server_->start();
    const auto bytes = kept.substr(kept.find('\n') + 1);
    const auto value = std::string_view{bytes}.substr(0, bytes.size() - 2);
    server_->ask({"SET", redis_name(key("a").text), value});
    server_->ask({"SET", redis_name(key("b").text), value});
    until([&] { return one.is_up(); });
    EXPECT_EQ(one.store->statistics().dropped, 1U);
    until([&] {
        return server_->ask({"GET", redis_name(key("b").text)}) ==
               "$4\r\n" + std::string{kErasedMark} + "\r\n";
    });
}

TEST_F(RedisStoreTest, WhatIsDamagedOrOfAnotherTypeIsAMissAndCounted) {
    Process one{server_->address()};
    server_->ask({"SET", redis_name(key("a").text), "garbage"});
    server_->ask({"LPUSH", redis_name(key("b").text), "x"});
    EXPECT_EQ(one.body_of(key("a")), "(none)");
    EXPECT_EQ(one.store->statistics().damaged, 1U);
    EXPECT_EQ(one.body_of(key("b")), "(none)");
    EXPECT_EQ(one.faults(), 1U);
}

TEST_F(RedisStoreTest, WhereNotEvenAMarkHasRoomTheEntryGoes) {
    Process one{server_->address()};
    one.store->store(key("a"), one.entry("one"));
    EXPECT_EQ(one.body_of(key("a")), "one");
    server_->ask({"CONFIG", "SET", "maxmemory", "1"});
    one.store->erase(key("a"));
    one.store->store(key("b"), one.entry("two"));
    EXPECT_EQ(one.body_of(key("b")), "(none)");
    // It goes once the refusal of the mark has come, maybe after that answer.
    const auto name = redis_name(key("a").text);
    until([&] { return server_->ask({"EXISTS", name}) == ":0\r\n"; });
    EXPECT_EQ(one.faults(), 2U);
}

TEST_F(RedisStoreTest, CloseWritesWhatWasStored) {
    {
        Process one{server_->address()};
        for (int count = 0; count < 500; ++count) {
            one.store->store(key(std::to_string(count)), one.entry("x"));
        }
    }
    EXPECT_EQ(server_->ask({"DBSIZE"}), ":500\r\n");
}

TEST_F(RedisStoreTest, CloseEndsWalksAndWaitsForNobody) {
    Process one{server_->address()};
    one.store->store(key("a"), one.entry("one"));
    EXPECT_EQ(one.body_of(key("a")), "one");
    one.store->clear();
    one.store->close();
    EXPECT_EQ(one.body_of(key("a")), "(none)");
    EXPECT_EQ(server_->ask({"GET", redis_name(key("a").text)}),
              "$4\r\n" + std::string{kErasedMark} + "\r\n");
    EXPECT_FALSE(one.is_up());
}

/// A process whose memory lies over its tier in Redis.
struct Remembering : Process {
    explicit Remembering(const storage::RedisAddress& address)
        : Process{address},
          tiers{std::make_unique<TieredStore>(
              std::make_shared<MemoryStore>(MemoryStore::Settings{}),
              std::move(store))} {}

    std::string remembered(const CacheKey& key) const {
        std::promise<EntryPtr> told;
        tiers->look_up(key, clock.now(), [&](EntryPtr found) {
            told.set_value(std::move(found));
        });
        const auto found = told.get_future().get();
        return found ? std::string{found->response.body.bytes.view()} : "(none)";
    }

    std::unique_ptr<TieredStore> tiers;
};

// Whatever three processes do at the same time: once they have done, and have heard of
// each other's doings, they all serve the same.
TEST_F(RedisStoreTest, WhenAllIsQuietAllMemoriesAgree) {
    std::array<Remembering, 3> processes{Remembering{server_->address()},
                                         Remembering{server_->address()},
                                         Remembering{server_->address()}};
    std::mt19937 random{7};
    for (int step = 0; step < 3000; ++step) {
        auto& one = processes.at(random() % 3);
        const auto wanted = key(std::to_string(random() % 20));
        switch (random() % 12) {
            case 0: one.tiers->erase(wanted); break;
            case 1:
            case 2:
            case 3:
                one.tiers->store(wanted,
                                 one.entry(std::to_string(step),
                                           kNoon + std::chrono::seconds{step}));
                break;
            default: one.remembered(wanted);
        }
        if (step == 1500) server_->ask({"FLUSHALL"});
        if (step == 2000) server_->ask({"CLIENT", "KILL", "TYPE", "pubsub"});
        if (step % 1000 == 999) {
            one.tiers->erase_if(
                [](std::string_view text) { return text.ends_with('7'); });
        }
    }
    const auto agrees = [&](const CacheKey& wanted) {
        const auto told = processes[0].remembered(wanted);
        return processes[1].remembered(wanted) == told &&
               processes[2].remembered(wanted) == told;
    };
    for (int number = 0; number < 20; ++number) {
        until([&] { return agrees(key(std::to_string(number))); });
    }
}

TEST(RedisStoreAlone, AStoreThatWasNeverStartedFindsNothingAndEnds) {
    const base::Clock clock;
    LoopThread network;
    RedisStore::Settings settings;
    settings.address.host = "127.0.0.1";
    RedisStore store{network.loop(), settings, clock};
    std::promise<EntryPtr> told;
    store.store(key("a"), std::make_shared<Entry>());
    store.look_up(key("a"), clock.now(), [&](EntryPtr found) {
        told.set_value(std::move(found));
    });
    EXPECT_EQ(told.get_future().get(), nullptr);
}

TEST(RedisStoreAlone, WhateverTheServerSaysEveryQuestionIsAnsweredOnce) {
    for (const std::string_view said : {"",
                                        "$5\r\nhel",
                                        "-ERR no\r\n",
                                        "*0\r\n",
                                        ":1\r\n",
                                        "$-1\r\n$-1\r\n$-1\r\n",
                                        "garbage\r\n"}) {
        ScriptedServer server{[&](ScriptedServer::Peer& peer) {
            if (peer.wait_for("GET")) peer.send(said);
        }};
        Process one{server.address(), 20ms};
        std::atomic<int> answers{0};
        for (int count = 0; count < 50; ++count) {
            one.store->look_up(key("a"), one.clock.now(), [&](const EntryPtr& found) {
                EXPECT_EQ(found, nullptr);
                ++answers;
            });
        }
        one.store->close();
        EXPECT_EQ(answers, 50) << said;
    }
}

}  // namespace
}  // namespace pyesi::cache
