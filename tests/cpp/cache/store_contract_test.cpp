// What every kind of store promises, asked of each and of their stack.

#include "base/clock.h"
#include "cache/application_value.h"
#include "cache/disk_store.h"
#include "cache/examples.h"
#include "cache/loop_thread.h"
#include "cache/memory_store.h"
#include "cache/redis_store.h"
#include "cache/temporary_folder.h"
#include "cache/tiered_store.h"
#include "storage/redis_server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace pyesi::cache {
namespace {

using namespace examples;

/// What stores are made of.
struct Ground {
    std::string path;
    const base::Clock& clock;
    storage::Loop& loop;
    const storage::RedisServer* redis;  ///< null unless it is needed
};

/// One kind of store.
struct Kind {
    const char* name;
    std::shared_ptr<Store> (*make)(const Ground& ground);
    bool needs_redis = false;
};

std::shared_ptr<Store> make_memory(const Ground& /*ground*/) {
    return std::make_shared<MemoryStore>(MemoryStore::Settings{});
}

std::shared_ptr<Store> make_disk(const Ground& ground) {
    DiskStore::Settings settings{.path = ground.path};
    settings.clock_run = 1;
    return std::make_shared<DiskStore>(settings, ground.clock);
}

std::shared_ptr<Store> make_redis(const Ground& ground) {
    RedisStore::Settings settings{.address = ground.redis->address()};
    // Here it is not asked how fast it is.
    settings.timeout = std::chrono::seconds{20};
    settings.clock_run = 1;
    auto store = std::make_shared<RedisStore>(ground.loop, settings, ground.clock);
    store->start();
    return store;
}

/// A memory so small that most is found below.
std::shared_ptr<Store> above(std::shared_ptr<Store> lower) {
    return std::make_shared<TieredStore>(
        std::make_shared<MemoryStore>(MemoryStore::Settings{.max_entries = 2}),
        std::move(lower));
}

std::shared_ptr<Store> make_stack(const Ground& ground) {
    return above(make_disk(ground));
}

std::shared_ptr<Store> make_shared_stack(const Ground& ground) {
    return above(make_redis(ground));
}

std::shared_ptr<Store> make_redis_on_disk(const Ground& ground) {
    return std::make_shared<TieredStore>(make_redis(ground), make_disk(ground));
}

std::shared_ptr<Store> make_whole_stack(const Ground& ground) {
    return above(make_redis_on_disk(ground));
}

class StoreContract : public testing::TestWithParam<Kind> {
protected:
    void SetUp() override {
        if (GetParam().needs_redis) {
            if (!storage::RedisServer::is_installed()) {
                GTEST_SKIP() << "redis-server is not installed";
            }
            redis_.emplace();
        }
        store_ = GetParam().make({folder_.path("cache.sqlite3"),
                                  clock_,
                                  network_.loop(),
                                  redis_ ? &*redis_ : nullptr});
    }

    static CacheKey key(const std::string& name) { return make_key("r0-1:v/" + name); }

    EntryPtr entry_of(std::string_view body) const {
        return make_entry(answer(fields({{"cache-control", "max-age=60"}}), body),
                          {.received_at = clock_.now(),
                           .lifetime_facts = {.received_wall = clock_.wall_now()}});
    }

    EntryPtr look_up(const CacheKey& wanted) const {
        std::promise<EntryPtr> told;
        std::atomic<int> times{0};
        store_->look_up(wanted, clock_.now(), [&](EntryPtr found) {
            if (++times == 1) told.set_value(std::move(found));
        });
        auto found = told.get_future().get();
        EXPECT_EQ(times, 1);
        return found;
    }

    std::string body_of(const CacheKey& wanted) const {
        const auto found = look_up(wanted);
        return found ? std::string{found->response.body.bytes.view()} : "(none)";
    }

    TemporaryFolder folder_;
    base::Clock clock_;
    LoopThread network_;
    std::optional<storage::RedisServer> redis_;
    std::shared_ptr<Store> store_;
};

TEST_P(StoreContract, LooksUpWhatWasStoredLast) {
    EXPECT_EQ(body_of(key("a")), "(none)");
    store_->store(key("a"), entry_of("one"));
    store_->store(key("b"), entry_of("two"));
    EXPECT_EQ(body_of(key("a")), "one");
    store_->store(key("a"), entry_of("three"));
    EXPECT_EQ(body_of(key("a")), "three");
    EXPECT_EQ(body_of(key("b")), "two");
}

TEST_P(StoreContract, FindTellsNothingThatLookUpWouldNot) {
    for (int round = 0; round < 200; ++round) {
        const auto wanted = key(std::to_string(round % 7));
        store_->store(wanted, entry_of(std::to_string(round)));
        const auto found = store_->find(wanted, clock_.now());
        const auto told = found ? found->response.body.bytes.view() : "";
        EXPECT_TRUE(told.empty() || told == std::to_string(round));
        EXPECT_EQ(body_of(wanted), std::to_string(round));
    }
}

TEST_P(StoreContract, KeepsAnAnswerPastItsFreshness) {
    store_->store(key("a"), entry_of("one"));
    clock_.advance(1000h);
    const auto found = look_up(key("a"));
    ASSERT_NE(found, nullptr);
    EXPECT_FALSE(found->is_fresh(clock_.now()));
}

TEST_P(StoreContract, LosesAnApplicationsValueAtItsEnd) {
    const auto value = make_value_entry(
        {EntryKind::TextValue, base::Bytes{"x"}, 5s}, clock_.now(), clock_.wall_now());
    store_->store(key("a"), value);
    ASSERT_NE(look_up(key("a")), nullptr);
    EXPECT_EQ(look_up(key("a"))->kind, EntryKind::TextValue);
    clock_.advance(5s);
    EXPECT_EQ(look_up(key("a")), nullptr);
}

TEST_P(StoreContract, EqualHashesDoNotMakeEqualKeys) {
    const CacheKey mine{"r0-1:v/mine", 42};
    const CacheKey yours{"r0-1:v/yours", 42};
    store_->store(mine, entry_of("mine"));
    EXPECT_EQ(look_up(yours), nullptr);
    store_->store(yours, entry_of("yours"));
    EXPECT_EQ(body_of(yours), "yours");
    // A tier may keep one of the two, but never gives one for the other.
    EXPECT_TRUE(body_of(mine) == "mine" || body_of(mine) == "(none)");
}

TEST_P(StoreContract, ErasesOneManyOrAll) {
    for (const auto* name : {"a/1", "a/2", "b/1", "b/2"}) {
        store_->store(key(name), entry_of(name));
    }
    EXPECT_TRUE(store_->erase(key("a/1")));
    EXPECT_EQ(look_up(key("a/1")), nullptr);
    store_->erase_if([](std::string_view text) {
        return parse_request_key(text).target.starts_with("/b/");
    });
    EXPECT_EQ(look_up(key("b/1")), nullptr);
    EXPECT_EQ(look_up(key("b/2")), nullptr);
    EXPECT_EQ(body_of(key("a/2")), "a/2");
    store_->store(key("b/1"), entry_of("again"));
    EXPECT_EQ(body_of(key("b/1")), "again");
    store_->clear();
    EXPECT_EQ(look_up(key("a/2")), nullptr);
    EXPECT_EQ(look_up(key("b/1")), nullptr);
}

TEST_P(StoreContract, AFoundEntryOutlivesItsPlaceAndItsStore) {
    store_->store(key("a"), entry_of("one"));
    const auto held = look_up(key("a"));
    store_->clear();
    store_.reset();
    EXPECT_EQ(held->response.body.bytes.view(), "one");
}

TEST_P(StoreContract, AfterItsCloseItFindsNothingOfATierBelowAndHarmsNothing) {
    store_->store(key("a"), entry_of("one"));
    store_->close();
    store_->close();
    store_->store(key("b"), entry_of("two"));
    store_->erase(key("a"));
    store_->erase_if([](std::string_view) { return true; });
    store_->clear();
    EXPECT_EQ(look_up(key("a")), nullptr);
}

TEST_P(StoreContract, WhatIsTooHeavyTakesTheOlderOneWithIt) {
    store_->store(key("a"), entry_of("one"));
    ASSERT_EQ(body_of(key("a")), "one");
    store_->store(key("a"), entry_of(std::string(17U << 20U, 'x')));
    EXPECT_EQ(look_up(key("a")), nullptr);
    EXPECT_EQ(store_->statistics().refused_oversize, 1U);
}

// A map that forgets nothing is the reference: a store may lose an entry, but never
// gives another than the one stored last under that very key.
TEST_P(StoreContract, NoKeyEverYieldsAnotherBody) {
    std::mt19937 random{3};
    std::map<std::string, std::string> reference;
    int version = 0;
    int hits = 0;
    for (int count = 0; count < 6000; ++count) {
        const auto name = "id" + std::to_string(random() % 60) + "/who" +
                          std::to_string(random() % 3);
        const auto action = random() % 100;
        if (action < 50) {
            const auto body = body_of(key(name));
            if (body == "(none)") continue;
            ++hits;
            ASSERT_EQ(body, reference[name]);
        } else if (action < 90) {
            reference[name] = name + ":" + std::to_string(++version) +
                              std::string(random() % 6000, '.');
            store_->store(key(name), entry_of(reference[name]));
        } else if (action < 98) {
            store_->erase(key(name));
            reference[name] = "(erased)";
        } else if (action == 98) {
            const auto who = "/who" + std::to_string(random() % 3);
            store_->erase_if(
                [who](std::string_view text) { return text.ends_with(who); });
            for (auto& [known, body] : reference) {
                if (known.ends_with(who)) body = "(erased)";
            }
        } else if (random() % 20 == 0) {
            store_->clear();
            for (auto& [known, body] : reference) body = "(erased)";
        }
    }
    EXPECT_GT(hits, 500);
}

// Meant for the thread sanitizer, and for the law that a body which carries its
// identity never reaches another's key.
TEST_P(StoreContract, ManyThreadsNeverSeeAnothersBody) {
    std::atomic<int> mixed{0};
    std::atomic<int> told{0};
    std::atomic<int> asked{0};
    const auto hammer = [&](unsigned seed) {
        std::mt19937 random{seed};
        for (int count = 0; count < 1500; ++count) {
            const auto name = "id" + std::to_string(random() % 40);
            const auto wanted = key(name);
            switch (random() % 8) {
                case 0:
                case 1:
                case 2: store_->store(wanted, entry_of(name)); break;
                case 3: store_->erase(wanted); break;
                default:
                    ++asked;
                    store_->look_up(
                        wanted, clock_.now(), [&, name](const EntryPtr& found) {
                            ++told;
                            if (found && found->response.body.bytes.view() != name)
                                ++mixed;
                        });
            }
            if (count % 500 == 499) store_->clear();
            if (count % 250 == 0) static_cast<void>(store_->statistics());
        }
    };
    std::vector<std::thread> threads;
    for (unsigned seed = 1; seed <= 4; ++seed) threads.emplace_back(hammer, seed);
    for (auto& thread : threads) thread.join();
    store_->close();
    EXPECT_EQ(told, asked);
    EXPECT_EQ(mixed, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds,
    StoreContract,
    testing::Values(Kind{"Memory", make_memory},
                    Kind{"Disk", make_disk},
                    Kind{"Stack", make_stack},
                    Kind{"Redis", make_redis, true},
                    Kind{"MemoryOnRedis", make_shared_stack, true},
                    Kind{"RedisOnDisk", make_redis_on_disk, true},
                    Kind{"MemoryOnRedisOnDisk", make_whole_stack, true}),
    [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace pyesi::cache
