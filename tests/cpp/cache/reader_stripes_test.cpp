#include "cache/reader_stripes.h"

#include "cache/examples.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace pyesi::cache {
namespace {

using examples::entry;

class ReaderStripesTest : public testing::Test {
protected:
    EntryPtr share() {
        ReaderStripes::Reading reading{stripes_};
        return reading.share(*resident_);
    }

    ReaderStripes stripes_;
    EntryPtr entry_ = entry({{"etag", "\"a\""}});
    std::shared_ptr<Resident> resident_ = Resident::make("key", entry_);

    void SetUp() override { resident_->keep(resident_); }
    void TearDown() override {
        stripes_.let_all_go();
        resident_->let_go();
    }
};

TEST_F(ReaderStripesTest, HandsOutTheSameEntryHoweverOftenItIsHit) {
    for (int hit = 0; hit < 100; ++hit) EXPECT_EQ(share(), entry_);
}

TEST_F(ReaderStripesTest, ThreadsThatHitOneEntryCountItsOwnersApart) {
    for (int hit = 0; hit < 100; ++hit) share();
    const auto owners_before = resident_.use_count();
    const std::vector<EntryPtr> kept(50, share());
    EXPECT_EQ(kept.size(), 50U);
    EXPECT_EQ(resident_.use_count(), owners_before);
}

TEST_F(ReaderStripesTest, WhatIsLetGoIsOwnedByNoStripe) {
    std::vector<std::thread> readers;
    readers.reserve(12);
    for (int reader = 0; reader < 12; ++reader) {
        readers.emplace_back([this] {
            for (int hit = 0; hit < 100; ++hit) share();
        });
    }
    for (auto& reader : readers) reader.join();
    {
        const ReaderStripes::Changing changing{stripes_};
        stripes_.let_go(*resident_);
    }
    EXPECT_EQ(resident_.use_count(), 2) << "the test's, and its own";
}

TEST_F(ReaderStripesTest, WhatWasHandedOutStaysWhenItIsLetGo) {
    EntryPtr handed_out;
    for (int hit = 0; hit < 100; ++hit) handed_out = share();
    {
        const ReaderStripes::Changing changing{stripes_};
        stripes_.let_go(*resident_);
    }
    EXPECT_EQ(handed_out, entry_);
}

TEST_F(ReaderStripesTest, CountsWhatAllThreadsHitAndMiss) {
    std::vector<std::thread> readers;
    readers.reserve(12);
    for (int reader = 0; reader < 12; ++reader) {
        readers.emplace_back([this] {
            for (int turn = 0; turn < 1000; ++turn) {
                ReaderStripes::Reading reading{stripes_};
                turn % 4 == 0 ? reading.count_miss() : reading.count_hit();
            }
        });
    }
    for (auto& reader : readers) reader.join();
    EXPECT_EQ(stripes_.counts().hits, 9000U);
    EXPECT_EQ(stripes_.counts().misses, 3000U);
}

}  // namespace
}  // namespace pyesi::cache
