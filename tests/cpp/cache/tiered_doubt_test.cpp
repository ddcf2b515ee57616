// What becomes of an entry that another process may have a newer one of.

#include "cache/application_value.h"
#include "cache/examples.h"
#include "cache/memory_store.h"
#include "cache/tiered_store.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace pyesi::cache {
namespace {

using namespace examples;

/// A shared tier that answers when it is told to.
class SharedStore final : public Store {
public:
    EntryPtr find(CacheKeyView, base::TimePoint) override { return nullptr; }
    bool may_take_time() const noexcept override { return true; }
    void look_up(const CacheKey& key, base::TimePoint, const Found& found) override {
        ++asked;
        waiting.emplace_back(key.text, found);
        if (answers_at_once) answer();
    }
    void store(CacheKey key, EntryPtr entry) override {
        entries[key.text] = std::move(entry);
    }
    void add(CacheKey key, EntryPtr entry) override {
        entries.emplace(key.text, std::move(entry));
    }
    bool erase(CacheKeyView key) override {
        return entries.erase(std::string{key.text}) > 0;
    }
    std::size_t erase_if(const std::function<bool(std::string_view)>&) override {
        return 0;
    }
    void clear() override { entries.clear(); }
    void watch(StoreWatcher* told) override { watcher = told; }
    StoreStatistics statistics() const override { return {}; }

    void answer() {
        for (auto& [key, found] : std::exchange(waiting, {})) {
            const auto entry = entries.find(key);
            found(entry == entries.end() ? nullptr : entry->second);
        }
    }

    std::map<std::string, EntryPtr> entries;
    std::vector<std::pair<std::string, Found>> waiting;
    StoreWatcher* watcher = nullptr;
    bool answers_at_once = true;
    int asked = 0;
};

class TieredDoubt : public testing::Test {
protected:
    /// An answer that the server made `later` after noon.
    static EntryPtr made(base::Duration later, std::string_view body) {
        const auto seconds = std::chrono::floor<std::chrono::seconds>(kNoon + later);
        auto headers = fields({{"cache-control", "max-age=600"}});
        headers.append("date", http::format_http_date(seconds));
        return make_entry(answer(std::move(headers), body), arrival(later));
    }

    std::string found() {
        const auto entry = tiers_.find(key_, kStart);
        return entry ? std::string{entry->response.body.bytes.view()} : "(none)";
    }

    std::string looked_up() {
        std::string told = "(nothing)";
        tiers_.look_up(key_, kStart, [&](const EntryPtr& entry) {
            told = entry ? std::string{entry->response.body.bytes.view()} : "(none)";
        });
        return told;
    }

    CacheKey key_ = make_key("r0-1:v/a");
    std::shared_ptr<MemoryStore> memory_ =
        std::make_shared<MemoryStore>(MemoryStore::Settings{});
    std::shared_ptr<SharedStore> shared_ = std::make_shared<SharedStore>();
    TieredStore tiers_{memory_, shared_};
};

TEST_F(TieredDoubt, AnEntryInDoubtIsNotFoundAndItsTierIsAsked) {
    tiers_.store(key_, made(0s, "old"));
    EXPECT_EQ(found(), "old");
    shared_->watcher->on_doubt(key_);
    EXPECT_EQ(found(), "(none)");
    EXPECT_EQ(memory_->peek(key_, kStart)->response.body.bytes.view(), "old");
    EXPECT_EQ(looked_up(), "old");
    EXPECT_EQ(shared_->asked, 1);
    EXPECT_EQ(found(), "old");
}

TEST_F(TieredDoubt, WhatIsNewerBelowTakesItsPlace) {
    tiers_.store(key_, made(0s, "old"));
    shared_->store(key_, made(60s, "new"));
    shared_->watcher->on_doubt(key_);
    EXPECT_EQ(looked_up(), "new");
    EXPECT_EQ(found(), "new");
}

TEST_F(TieredDoubt, WhatIsOlderBelowDoesNotAndIsReplaced) {
    tiers_.store(key_, made(60s, "new"));
    shared_->store(key_, made(0s, "old"));
    shared_->watcher->on_doubt(key_);
    EXPECT_EQ(looked_up(), "new");
    EXPECT_EQ(found(), "new");
    EXPECT_EQ(shared_->entries.at(key_.text)->response.body.bytes.view(), "new");
}

TEST_F(TieredDoubt, WhereNothingLiesBelowItStandsAndIsGivenBack) {
    tiers_.store(key_, made(0s, "only"));
    shared_->entries.clear();
    shared_->watcher->on_doubt_all();
    EXPECT_EQ(found(), "(none)");
    EXPECT_EQ(looked_up(), "only");
    EXPECT_EQ(found(), "only");
    EXPECT_EQ(shared_->entries.size(), 1U);
}

TEST_F(TieredDoubt, WhatIsForMemoryAloneIsNotGivenAway) {
    auto entry = std::make_shared<Entry>(*made(0s, "mine"));
    entry->gone_when_stale = true;
    tiers_.store(key_, entry);
    shared_->watcher->on_doubt(key_);
    EXPECT_EQ(looked_up(), "mine");
    EXPECT_TRUE(shared_->entries.empty());
}

TEST_F(TieredDoubt, WhatAnotherErasedIsGone) {
    tiers_.store(key_, made(0s, "old"));
    shared_->entries.clear();
    shared_->watcher->on_erased(key_);
    EXPECT_EQ(looked_up(), "(none)");
    EXPECT_EQ(memory_->peek(key_, kStart), nullptr);
}

TEST_F(TieredDoubt, DoubtWhileItIsAskedForOutlastsTheAnswer) {
    shared_->store(key_, made(0s, "old"));
    shared_->answers_at_once = false;
    std::string told;
    tiers_.look_up(key_, kStart, [&](const EntryPtr& entry) {
        told = entry->response.body.bytes.view();
    });
    shared_->watcher->on_doubt(key_);
    shared_->answer();
    EXPECT_EQ(told, "old");
    EXPECT_EQ(found(), "(none)");
    shared_->store(key_, made(60s, "new"));
    shared_->answers_at_once = true;
    EXPECT_EQ(looked_up(), "new");
}

TEST_F(TieredDoubt, OursThatIsStoredWhileItIsAskedForIsTheAnswer) {
    shared_->store(key_, made(0s, "old"));
    shared_->answers_at_once = false;
    std::string told;
    tiers_.look_up(key_, kStart, [&](const EntryPtr& entry) {
        told = entry->response.body.bytes.view();
    });
    tiers_.store(key_, made(0s, "ours"));
    shared_->entries[key_.text] = made(60s, "overtaken");
    shared_->answer();
    EXPECT_EQ(told, "ours");
    EXPECT_EQ(found(), "ours");
}

TEST_F(TieredDoubt, OfValuesTheSharedOneIsTaken) {
    const auto value = [](std::string_view text) {
        return make_value_entry(
            {EntryKind::TextValue, base::Bytes{text}, 600s}, kStart, kNoon);
    };
    tiers_.store(key_, value("ours"));
    shared_->store(key_, value("theirs"));
    shared_->watcher->on_doubt(key_);
    EXPECT_EQ(looked_up(), "theirs");
    EXPECT_EQ(found(), "theirs");
}

TEST_F(TieredDoubt, IsCountedOnceForEachEntry) {
    tiers_.store(key_, made(0s, "one"));
    tiers_.store(make_key("r0-1:v/b"), made(0s, "two"));
    shared_->watcher->on_doubt(key_);
    shared_->watcher->on_doubt(key_);
    shared_->watcher->on_doubt(make_key("r0-1:v/unknown"));
    EXPECT_EQ(tiers_.statistics().doubted, 1U);
}

TEST_F(TieredDoubt, PassesThroughTheTiersAboveIt) {
    auto memory = std::make_shared<MemoryStore>(MemoryStore::Settings{});
    auto redis = std::make_shared<SharedStore>();
    auto file = std::make_shared<MemoryStore>(MemoryStore::Settings{});
    auto both = std::make_shared<TieredStore>(redis, file);
    TieredStore whole{memory, both};
    whole.store(key_, made(0s, "old"));
    ASSERT_NE(file->find(key_, kStart), nullptr);

    redis->watcher->on_doubt(key_);
    EXPECT_EQ(whole.find(key_, kStart), nullptr);
    EXPECT_NE(file->find(key_, kStart), nullptr);
    redis->watcher->on_erased(key_);
    EXPECT_EQ(file->find(key_, kStart), nullptr);
    EXPECT_EQ(memory->peek(key_, kStart), nullptr);
}

}  // namespace
}  // namespace pyesi::cache
