#include "transport/transfer_table.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace pyesi::transport {
namespace {

TEST(TransferTable, FindsWhatIsThereAndNothingElse) {
    TransferTable table;
    const auto& first = table.add();
    const auto& second = table.add();
    EXPECT_EQ(table.find(first.id), &first);
    EXPECT_EQ(table.find(second.id), &second);
    EXPECT_EQ(table.find(0), nullptr);
    EXPECT_EQ(table.find(3), nullptr);
    EXPECT_EQ(table.find(~TransferId{0}), nullptr);
}

TEST(TransferTable, ANumberOfASlotUsedBeforeFindsNothing) {
    TransferTable table;
    std::set<TransferId> seen;
    for (int i = 0; i < 100; ++i) {
        auto& transfer = table.add();
        const auto id = transfer.id;
        EXPECT_TRUE(seen.insert(id).second);
        EXPECT_EQ(table.find(id), &transfer);
        table.remove(transfer);
        EXPECT_EQ(table.find(id), nullptr);
    }
}

TEST(TransferTable, AnEmptiedSlotHoldsNothingOfItsRequest) {
    TransferTable table;
    auto& transfer = table.add();
    const auto common = std::make_shared<const http::Headers>();
    transfer.request.common_headers = common;
    transfer.request.url = "http://a/";
    table.remove(transfer);
    EXPECT_EQ(common.use_count(), 1);
    EXPECT_TRUE(transfer.request.url.empty());
}

/// The queue's order, read by emptying it.
std::vector<Transfer*> drained(TransferQueue& queue) {
    std::vector<Transfer*> order;
    while (!queue.empty()) {
        order.push_back(&queue.front());
        queue.remove(queue.front());
    }
    return order;
}

TEST(TransferQueue, KeepsTheirOrderWhicheverLeaves) {
    for (std::size_t leaving = 0; leaving < 4; ++leaving) {
        std::vector<Transfer> transfers(4);
        TransferQueue queue;
        std::vector<Transfer*> expected;
        for (auto& transfer : transfers) queue.push(transfer);
        queue.remove(transfers[leaving]);
        for (std::size_t i = 0; i < transfers.size(); ++i) {
            if (i != leaving) expected.push_back(&transfers[i]);
        }
        queue.push(transfers[leaving]);
        expected.push_back(&transfers[leaving]);
        EXPECT_EQ(drained(queue), expected);
    }
}

}  // namespace
}  // namespace pyesi::transport
