#include "cache/disk_store.h"

#include "base/clock.h"
#include "cache/application_value.h"
#include "cache/examples.h"
#include "cache/temporary_folder.h"
#include "storage/sqlite_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>

namespace pyesi::cache {
namespace {

using namespace examples;

class DiskStoreTest : public testing::Test {
protected:
    static CacheKey key(const std::string& name) { return make_key("r0-1:v/" + name); }

    EntryPtr entry_of(std::string_view body) const {
        return make_entry(answer(fields({{"cache-control", "max-age=60"}}), body),
                          {.received_at = clock_.now(),
                           .lifetime_facts = {.received_wall = clock_.wall_now()}});
    }

    DiskStore::Settings settings(std::uint64_t run = 1) const {
        DiskStore::Settings made{.path = path_};
        made.clock_run = run;
        made.retry_after = std::chrono::milliseconds{20};
        return made;
    }

    std::unique_ptr<DiskStore> open(std::uint64_t run = 1) const {
        return std::make_unique<DiskStore>(settings(run), clock_);
    }

    EntryPtr look_up(DiskStore& store, const CacheKey& wanted) const {
        std::promise<EntryPtr> told;
        store.look_up(wanted, clock_.now(), [&](EntryPtr found) {
            told.set_value(std::move(found));
        });
        return told.get_future().get();
    }

    std::string body_of(DiskStore& store, const std::string& name) const {
        const auto found = look_up(store, key(name));
        return found ? std::string{found->response.body.bytes.view()} : "(none)";
    }

    /// Waits for what the store does by itself.
    template <class Condition>
    static bool comes_true(Condition condition) {
        const auto patience = std::chrono::steady_clock::now() + 10s;
        while (std::chrono::steady_clock::now() < patience) {
            if (condition()) return true;
            std::this_thread::yield();
        }
        return false;
    }

    /// Everything that lies beside the cache's own files.
    bool is_set_aside() const { return std::filesystem::exists(path_ + ".damaged"); }

    void spoil(std::streamoff from, std::size_t count) const {
        std::fstream file{path_, std::ios::in | std::ios::out | std::ios::binary};
        file.seekp(from);
        file << std::string(count, '\x5a');
    }

    TemporaryFolder folder_;
    base::Clock clock_;
    std::string path_ = folder_.path("cache.sqlite3");
};

TEST_F(DiskStoreTest, WhatItKeepsOutlivesIt) {
    {
        const auto store = open();
        for (int number = 0; number < 1000; ++number) {
            const auto name = std::to_string(number);
            store->store(key(name), entry_of("body " + name));
        }
    }
    const auto store = open();
    for (int number = 0; number < 1000; ++number) {
        const auto name = std::to_string(number);
        ASSERT_EQ(body_of(*store, name), "body " + name);
    }
    EXPECT_EQ(store->statistics().entries, 1000U);
    EXPECT_EQ(store->statistics().faults, 0U);
    EXPECT_GT(store->statistics().bytes, 100'000U);
}

TEST_F(DiskStoreTest, FindKnowsWhatIsNotWrittenYetAndNeverWaits) {
    const auto store = open();
    store->store(key("a"), entry_of("one"));
    store->flush();
    EXPECT_EQ(store->find(key("a"), clock_.now()), nullptr);
    EXPECT_EQ(body_of(*store, "a"), "one");
}

TEST_F(DiskStoreTest, WhatIsSurelyNotThereIsToldAtOnce) {
    const auto store = open();
    store->store(key("a"), entry_of("one"));
    store->flush();
    const auto here = std::this_thread::get_id();
    int elsewhere = 0;
    for (int number = 0; number < 100; ++number) {
        std::promise<bool> told;
        store->look_up(
            key(std::to_string(number)), clock_.now(), [&](const EntryPtr& found) {
                EXPECT_EQ(found, nullptr);
                told.set_value(std::this_thread::get_id() == here);
            });
        if (!told.get_future().get()) ++elsewhere;
    }
    EXPECT_LE(elsewhere, 5);
}

TEST_F(DiskStoreTest, WhatWasErasedStaysErased) {
    {
        const auto store = open();
        for (const auto* name : {"a", "b/1", "b/2", "c"}) {
            store->store(key(name), entry_of(name));
        }
        store->flush();
        store->erase(key("a"));
        store->erase_if([](std::string_view text) {
            return parse_request_key(text).target.starts_with("/b/");
        });
    }
    const auto store = open();
    EXPECT_EQ(body_of(*store, "a"), "(none)");
    EXPECT_EQ(body_of(*store, "b/1"), "(none)");
    EXPECT_EQ(body_of(*store, "b/2"), "(none)");
    EXPECT_EQ(body_of(*store, "c"), "c");
    store->clear();
    store->flush();
    EXPECT_EQ(store->statistics().entries, 0U);
}

TEST_F(DiskStoreTest, AnEntryAgesWhileNobodyRuns) {
    open()->store(key("a"), entry_of("one"));
    clock_.advance(59s);
    EXPECT_TRUE(look_up(*open(2), key("a"))->is_fresh(clock_.now()));
    clock_.advance(1s);
    EXPECT_FALSE(look_up(*open(2), key("a"))->is_fresh(clock_.now()));
}

// The wall clock is set back an hour between two runs of the policy clock.
TEST_F(DiskStoreTest, AClockSetBackMakesNothingEarlyAndNothingEternal) {
    {
        base::Clock ahead;
        ahead.advance(1h);
        auto later =
            make_entry(answer(fields({{"cache-control", "max-age=60"}}), "one"),
                       {.received_at = ahead.now(),
                        .lifetime_facts = {.received_wall = ahead.wall_now()}});
        DiskStore store{settings(1), ahead};
        store.store(key("a"), std::move(later));
    }
    EXPECT_TRUE(look_up(*open(2), key("a"))->is_fresh(clock_.now()));
    clock_.advance(61s);
    // Still an hour before the instant at which it says that it came: but it was
    // written anew when it was met.
    EXPECT_FALSE(look_up(*open(3), key("a"))->is_fresh(clock_.now()));
}

TEST_F(DiskStoreTest, StaysWithinItsBoundAndForgetsTheOldest) {
    auto bounded = settings();
    bounded.max_bytes = 2U << 20U;
    DiskStore store{bounded, clock_};
    for (int number = 0; number < 200; ++number) {
        store.store(key(std::to_string(number)), entry_of(std::string(40'000, 'x')));
        if (number % 10 == 0) store.flush();
    }
    store.flush();
    const auto told = store.statistics();
    EXPECT_LE(told.bytes, bounded.max_bytes);
    EXPECT_GT(told.evicted_for_bytes, 100U);
    EXPECT_EQ(told.entries, 200 - told.evicted_for_bytes);
    EXPECT_EQ(body_of(store, "0"), "(none)");
    EXPECT_NE(body_of(store, "199"), "(none)");
    EXPECT_LE(std::filesystem::file_size(path_), 3 * bounded.max_bytes);
}

TEST_F(DiskStoreTest, RefusesAWrongSetting) {
    auto wrong = settings();
    wrong.max_bytes = 0;
    EXPECT_THROW(DiskStore(wrong, clock_), std::invalid_argument);
    wrong = settings();
    wrong.path.clear();
    EXPECT_THROW(DiskStore(wrong, clock_), std::invalid_argument);
}

// ------------------------------------------------------------------------ faults

TEST_F(DiskStoreTest, AFileThatIsNoDatabaseIsSetAsideAndANewOneBegun) {
    std::ofstream{path_} << std::string(10'000, 'x');
    {
        const auto store = open();
        EXPECT_EQ(body_of(*store, "a"), "(none)");
        store->store(key("a"), entry_of("one"));
        store->flush();
        EXPECT_EQ(store->statistics().damaged, 1U);
    }
    EXPECT_EQ(std::filesystem::file_size(path_ + ".damaged"), 10'000U);
    EXPECT_EQ(body_of(*open(), "a"), "one");
}

// Whatever is spoiled, each answer is the right one or none.
TEST_F(DiskStoreTest, ASpoiledFileGivesTheRightAnswersOrNone) {
    {
        const auto store = open();
        for (int number = 0; number < 300; ++number) {
            const auto name = std::to_string(number);
            store->store(key(name), entry_of(name + std::string(3000, '.')));
        }
    }
    const auto whole = std::filesystem::file_size(path_);
    std::filesystem::copy_file(path_, path_ + ".copy");
    std::mt19937 random{9};
    for (int round = 0; round < 12; ++round) {
        std::filesystem::copy_file(
            path_ + ".copy", path_, std::filesystem::copy_options::overwrite_existing);
        for (const auto* beside : {"-wal", "-shm"}) {
            std::filesystem::remove(path_ + beside);
        }
        if (round % 3 == 0) {
            std::filesystem::resize_file(path_, random() % whole);
        } else {
            for (int spot = 0; spot < 1 + round * 4; ++spot) {
                spoil(static_cast<std::streamoff>(random() % whole),
                      1 + random() % 200);
            }
        }
        const auto store = open();
        for (int number = 0; number < 300; ++number) {
            const auto name = std::to_string(number);
            const auto body = body_of(*store, name);
            ASSERT_TRUE(body == "(none)" || body == name + std::string(3000, '.'));
        }
        store->store(key("new"), entry_of("new"));
        EXPECT_EQ(body_of(*store, "new"), "new");
        store->flush();
        // Set aside at most once or twice, and then it keeps again.
        EXPECT_TRUE(comes_true([&] {
            store->store(key("new"), entry_of("new"));
            store->flush();
            return store->statistics().pending == 0;
        }));
    }
}

TEST_F(DiskStoreTest, AFileOfSomebodyElseIsLeftAlone) {
    {
        storage::SqliteFile theirs;
        ASSERT_EQ(theirs.open(path_), storage::FileOutcome::Done);
        ASSERT_EQ(theirs.run("CREATE TABLE entries (precious); "
                             "INSERT INTO entries VALUES (1)"),
                  storage::FileOutcome::Done);
    }
    std::ifstream file{path_, std::ios::binary};
    const std::string before{std::istreambuf_iterator<char>{file}, {}};
    {
        const auto store = open();
        store->store(key("a"), entry_of("one"));
        EXPECT_EQ(body_of(*store, "a"), "one");
        store->flush();
        EXPECT_GE(store->statistics().faults, 1U);
    }
    file.clear();
    file.seekg(0);
    const std::string after{std::istreambuf_iterator<char>{file}, {}};
    EXPECT_TRUE(before == after);
    EXPECT_FALSE(is_set_aside());
}

TEST_F(DiskStoreTest, AFolderThatIsNotThereIsAMissUntilItIs) {
    path_ = folder_.path("later/cache.sqlite3");
    const auto store = open();
    EXPECT_EQ(body_of(*store, "a"), "(none)");
    store->store(key("a"), entry_of("one"));
    EXPECT_EQ(body_of(*store, "a"), "one");
    store->flush();
    EXPECT_GE(store->statistics().faults, 1U);

    std::filesystem::create_directories(folder_.path("later"));
    EXPECT_TRUE(comes_true([&] {
        store->store(key("b"), entry_of("two"));
        store->flush();
        return store->statistics().entries > 0;
    }));
    EXPECT_EQ(body_of(*store, "b"), "two");
}

/// The rights of nobody, for as long as it lives: root may write everything.
class AsNobody {
public:
    AsNobody() : was_root_{::geteuid() == 0} {
        if (was_root_ && ::seteuid(65534) != 0) std::abort();
    }
    AsNobody(const AsNobody&) = delete;
    AsNobody& operator=(const AsNobody&) = delete;
    ~AsNobody() {
        if (was_root_ && ::seteuid(0) != 0) std::abort();
    }

private:
    bool was_root_;
};

TEST_F(DiskStoreTest, AFileThatMayNotBeWrittenIsAMissAndACount) {
    open()->store(key("a"), entry_of("one"));
    ASSERT_EQ(::chmod(path_.c_str(), 0444), 0);
    const AsNobody nobody;
    const auto store = open();
    EXPECT_EQ(body_of(*store, "a"), "(none)");
    store->store(key("b"), entry_of("two"));
    store->flush();
    EXPECT_GE(store->statistics().faults, 1U);
    EXPECT_FALSE(is_set_aside());
}

/// No file may grow past a bound, for as long as it lives: to SQLite a full disk.
class FullDisk {
public:
    explicit FullDisk(rlim_t bytes) {
        std::signal(SIGXFSZ, SIG_IGN);  // NOLINT(cert-err33-c)
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit bound{bytes, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &bound);
    }
    FullDisk(const FullDisk&) = delete;
    FullDisk& operator=(const FullDisk&) = delete;
    ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }

private:
    rlimit before_{};
};

TEST_F(DiskStoreTest, AFullDiskIsAMissAndACountUntilThereIsRoom) {
    const auto store = open();
    store->store(key("old"), entry_of("old"));
    store->flush();
    {
        const FullDisk full{200'000};
        for (int number = 0; number < 40; ++number) {
            const auto name = std::to_string(number);
            store->store(key(name), entry_of(name + std::string(20'000, '.')));
        }
        store->store(key("old"), entry_of("new"));
        EXPECT_TRUE(comes_true([&] {
            store->flush();
            return store->statistics().dropped > 0;
        }));
        EXPECT_GE(store->statistics().faults, 1U);
        for (int number = 0; number < 40; ++number) {
            const auto name = std::to_string(number);
            const auto body = body_of(*store, name);
            EXPECT_TRUE(body == "(none)" || body == name + std::string(20'000, '.'));
        }
        EXPECT_NE(body_of(*store, "old"), "old") << "it is no longer true";
    }
    EXPECT_TRUE(comes_true([&] {
        store->store(key("old"), entry_of("newest"));
        store->flush();
        return store->statistics().pending == 0;
    }));
    EXPECT_EQ(body_of(*store, "old"), "newest");
}

TEST_F(DiskStoreTest, ALockOfAnotherIsWaitedForAndLosesNothing) {
    const auto store = open();
    store->store(key("a"), entry_of("one"));
    store->flush();
    storage::SqliteFile other;
    ASSERT_EQ(other.open(path_), storage::FileOutcome::Done);
    ASSERT_EQ(other.run("BEGIN IMMEDIATE"), storage::FileOutcome::Done);
    store->store(key("b"), entry_of("two"));
    EXPECT_EQ(body_of(*store, "b"), "two");
    EXPECT_TRUE(comes_true([&] { return store->statistics().faults > 0; }));
    EXPECT_EQ(body_of(*store, "a"), "one") << "who reads waits for nobody who writes";
    ASSERT_EQ(other.run("COMMIT"), storage::FileOutcome::Done);
    EXPECT_TRUE(comes_true([&] {
        store->store(key("b"), entry_of("two"));
        store->flush();
        return store->statistics().entries == 2;
    }));
}

TEST_F(DiskStoreTest, TwoOnOneFileNeverMixUp) {
    const auto hammer = [&](unsigned seed) {
        const auto store = open();
        std::mt19937 random{seed};
        int mixed = 0;
        for (int count = 0; count < 1500; ++count) {
            const auto name = std::to_string(random() % 50);
            const auto action = random() % 10;
            if (action < 4) store->store(key(name), entry_of(name));
            if (action == 4) store->erase(key(name));
            if (action > 4) {
                const auto body = body_of(*store, name);
                if (body != "(none)" && body != name) ++mixed;
            }
        }
        return mixed;
    };
    auto one = std::async(std::launch::async, hammer, 1U);
    auto other = std::async(std::launch::async, hammer, 2U);
    EXPECT_EQ(one.get(), 0);
    EXPECT_EQ(other.get(), 0);
    // What both have left is a file that a third one reads.
    const auto store = open();
    int found = 0;
    for (int number = 0; number < 50; ++number) {
        if (body_of(*store, std::to_string(number)) != "(none)") ++found;
    }
    EXPECT_GT(found, 5);
    EXPECT_FALSE(is_set_aside());
}

TEST_F(DiskStoreTest, OneLearnsWhatAnotherHasWritten) {
    const auto one = open();
    const auto other = open();
    one->store(key("a"), entry_of("one"));
    one->flush();
    EXPECT_TRUE(comes_true([&] {
        other->store(key("b"), entry_of("two"));
        other->flush();
        return body_of(*other, "a") == "one";
    }));
}

TEST_F(DiskStoreTest, WhatWaitsToBeWrittenIsBounded) {
    auto bounded = settings();
    bounded.max_pending_bytes = 100'000;
    DiskStore store{bounded, clock_};
    storage::SqliteFile other;
    store.flush();
    ASSERT_EQ(other.open(path_), storage::FileOutcome::Done);
    ASSERT_EQ(other.run("BEGIN IMMEDIATE"), storage::FileOutcome::Done);
    for (int number = 0; number < 20; ++number) {
        store.store(key(std::to_string(number)), entry_of(std::string(20'000, 'x')));
    }
    EXPECT_GE(store.statistics().dropped, 14U);
    other.close();
}

}  // namespace
}  // namespace pyesi::cache
