#include "cache/sieve_table.h"

#include "cache/examples.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <list>
#include <random>
#include <string>
#include <vector>

namespace pyesi::cache {
namespace {

using namespace examples;

const EntryPtr& some_entry() {
    static const EntryPtr made = entry({{"etag", "\"a\""}});
    return made;
}

const EntryPtr& fresh_entry() {
    static const EntryPtr made = entry({{"cache-control", "max-age=60"}});
    return made;
}

std::vector<std::string> keys_in_order(const SieveTable& table) {
    std::vector<std::string> keys;
    for (const auto* at = table.oldest(); at != nullptr; at = at->newer) {
        keys.emplace_back(at->key());
    }
    return keys;
}

/// SIEVE as its paper tells it, on a list: the front is the oldest.
class Reference {
public:
    bool has(const std::string& key) { return find(key) != order_.end(); }
    void insert(const std::string& key) { order_.push_back({key, false}); }
    void mark(const std::string& key) { find(key)->visited = true; }

    /// The second hand of ours: it looks, clears nothing, and goes one on.
    std::string step_to_expired() {
        if (looker_ == order_.end()) looker_ = order_.begin();
        if (looker_ == order_.end()) return "";
        const auto seen = looker_++;
        return seen->visited || is_fresh(seen->key) ? "" : seen->key;
    }

    static bool is_fresh(const std::string& key) { return key.back() % 2 == 0; }

    void take_out(const std::string& key) {
        const auto at = find(key);
        if (hand_ == at) ++hand_;
        if (looker_ == at) ++looker_;
        order_.erase(at);
    }

    std::string choose_victim() {
        if (hand_ == order_.end()) hand_ = order_.begin();
        while (hand_->visited) {
            hand_->visited = false;
            if (++hand_ == order_.end()) hand_ = order_.begin();
        }
        return hand_->key;
    }

    std::vector<std::string> keys() const {
        std::vector<std::string> keys;
        std::ranges::transform(order_, std::back_inserter(keys), &Held::key);
        return keys;
    }

private:
    struct Held {
        std::string key;
        bool visited;
    };

    std::list<Held>::iterator find(const std::string& key) {
        return std::ranges::find(order_, key, &Held::key);
    }

    std::list<Held> order_;
    std::list<Held>::iterator hand_ = order_.end();
    std::list<Held>::iterator looker_ = order_.end();
};

/// What hashes the keys of a run may have: all apart, in a few places, all alike.
class SieveTableModel : public testing::TestWithParam<std::uint64_t> {
protected:
    void step() {
        const auto name = "key" + std::to_string(random_() % 60);
        const auto action = random_() % 12;
        if (action < 4) {
            insert(name);
        } else if (action < 8) {
            mark(name);
        } else if (action == 8) {
            take_out(name);
        } else if (action == 9) {
            evict();
        } else {
            look(random_() % 2 == 0);
        }
    }

    void expect_same_order() const {
        ASSERT_EQ(keys_in_order(table_), reference_.keys());
        ASSERT_EQ(table_.size(), reference_.keys().size());
    }

private:
    static CacheKey key_of(const std::string& name) {
        return {name, hash_of(name) % GetParam()};
    }

    void insert(const std::string& name) {
        if (reference_.has(name)) return;
        reference_.insert(name);
        const auto& fresh = fresh_entry();
        table_.insert(
            key_of(name), Reference::is_fresh(name) ? fresh : some_entry(), 1);
    }

    void mark(const std::string& name) {
        auto* resident = table_.find(key_of(name));
        ASSERT_EQ(resident != nullptr, reference_.has(name));
        if (resident == nullptr) return;
        ASSERT_EQ(resident->key(), name);
        resident->marks.mark_visited();
        reference_.mark(name);
    }

    void take_out(const std::string& name) {
        const auto* resident = table_.find(key_of(name));
        if (resident == nullptr) return;
        ASSERT_EQ(table_.take_out(*resident)->key(), name);
        reference_.take_out(name);
    }

    void look(bool takes) {
        const auto expected = reference_.step_to_expired();
        const auto* expired = table_.step_to_expired(kStart);
        ASSERT_EQ(expired != nullptr, !expected.empty());
        if (expired == nullptr) return;
        ASSERT_EQ(expired->key(), expected);
        if (!takes) return;
        reference_.take_out(expected);
        table_.take_out(*expired);
    }

    void evict() {
        if (table_.size() == 0) return;
        const auto& victim = table_.choose_victim();
        ASSERT_EQ(victim.key(), reference_.choose_victim());
        reference_.take_out(std::string{victim.key()});
        table_.take_out(victim);
    }

    std::mt19937 random_{7};
    SieveTable table_;
    Reference reference_;
};

TEST_P(SieveTableModel, KeepsTheOrderAndTheVictimsOfThePaper) {
    for (int count = 0; count < 5000; ++count) {
        step();
        expect_same_order();
        if (HasFatalFailure()) return;
    }
}

INSTANTIATE_TEST_SUITE_P(Hashes,
                         SieveTableModel,
                         testing::Values(1U, 2U, 17U, 64U, UINT64_MAX));

TEST(SieveTable, AnEmptyTableFindsNothing) {
    SieveTable table;
    EXPECT_EQ(table.find(view_of("a")), nullptr);
    EXPECT_EQ(table.oldest(), nullptr);
    EXPECT_EQ(table.size(), 0U);
}

TEST(SieveTable, HandsOutWhatWasPutIn) {
    SieveTable table;
    table.insert(make_key("a"), some_entry(), 42);
    const auto* resident = table.find(view_of("a"));
    ASSERT_NE(resident, nullptr);
    EXPECT_EQ(resident->marks.weight(), 42U);
    const auto taken = table.take_out(*resident);
    EXPECT_EQ(&taken->entry(), some_entry().get());
    EXPECT_EQ(taken->marks.weight(), 42U);
    EXPECT_EQ(table.find(view_of("a")), nullptr);
}

TEST(SieveTable, GrowingKeepsOrderMarksAndHand) {
    SieveTable table;
    for (int id = 0; id < 8; ++id) {
        table.insert(make_key(std::to_string(id)), some_entry(), 1);
    }
    for (const auto* name : {"0", "1", "3"})
        table.find(view_of(name))->marks.mark_visited();
    EXPECT_EQ(table.choose_victim().key(), "2");  // the hand stands here now
    for (int id = 8; id < 1000; ++id) {
        table.insert(make_key(std::to_string(id)), some_entry(), 1);
    }
    EXPECT_EQ(table.choose_victim().key(), "2");
    table.take_out(*table.find(view_of("2")));
    EXPECT_EQ(table.choose_victim().key(), "4") << "3 was asked for";
    EXPECT_EQ(keys_in_order(table).back(), "999");
}

TEST(SieveTable, TheHeaviestWeightIsKeptWhole) {
    SieveTable table;
    const auto& resident =
        table.insert(make_key("a"), some_entry(), SieveTable::kMaxWeight);
    EXPECT_EQ(resident.marks.weight(), SieveTable::kMaxWeight);
    EXPECT_FALSE(resident.marks.is_visited());
}

TEST(SieveTable, AKeyOfAnyLengthIsKeptWhole) {
    SieveTable table;
    for (std::size_t size = 0; size < 400; ++size) {
        table.insert(make_key(std::string(size, 'k')), some_entry(), 1);
    }
    for (std::size_t size = 0; size < 400; ++size) {
        const std::string key(size, 'k');
        const auto* resident = table.find(view_of(key));
        ASSERT_NE(resident, nullptr);
        EXPECT_EQ(resident->key(), key);
    }
}

TEST(SieveTable, WhatIsHandedOutOutlivesTheTable) {
    const auto entry_alone = entry({{"etag", "\"b\""}});
    EntryPtr handed_out;
    {
        SieveTable table;
        handed_out = table.insert(make_key("a"), entry_alone, 1).share();
    }
    EXPECT_EQ(handed_out, entry_alone);
    handed_out.reset();
    EXPECT_EQ(entry_alone.use_count(), 1) << "nothing else owns it any more";
}

}  // namespace
}  // namespace pyesi::cache
