#pragma once

#include "transport/transfer.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace pyesi::transport {

class CurlExchange;
struct CurlLane;

/// One attempt from `start` to its end: waiting on its lane or in flight.
struct Transfer {
    TransferId id = 0;
    TransferRequest request;
    Completion done;
    CurlLane* lane = nullptr;
    base::TimePoint entered_at{};
    std::size_t target = 0;            ///< where path and query begin in the URL
    CurlExchange* exchange = nullptr;  ///< while it is in flight
    std::size_t place = 0;             ///< among those in flight
    Transfer* before = nullptr;        ///< in the lane's queue
    Transfer* behind = nullptr;
};

/// Transfers by number, in slots that are used again. A number names a slot and
/// how often the slot was used, so that an old one finds nothing.
///
/// Thread: network thread only.
class TransferTable {
public:
    Transfer& add() {
        if (free_.empty()) {
            slots_.emplace_back();
            slots_.back().id = slots_.size();
            return slots_.back();
        }
        Transfer& slot = slots_[free_.back()];
        free_.pop_back();
        return slot;
    }

    Transfer* find(TransferId id) noexcept {
        const auto index = index_of(id);
        if (index >= slots_.size() || slots_[index].id != id) return nullptr;
        return &slots_[index];
    }

    /// Forgets the transfer and what it holds.
    void remove(Transfer& transfer) {
        const auto id = transfer.id;
        free_.push_back(index_of(id));
        transfer = {};
        transfer.id = id + kOneUse;
    }

private:
    // The lower half of a number is the slot, counted from one.
    static constexpr TransferId kOneUse = TransferId{1} << 32U;

    static std::size_t index_of(TransferId id) noexcept {
        return static_cast<std::size_t>((id & (kOneUse - 1)) - 1);
    }

    std::deque<Transfer> slots_;
    std::vector<std::size_t> free_;
};

/// The transfers of one lane that wait, first come first served.
///
/// Thread: network thread only.
class TransferQueue {
public:
    bool empty() const noexcept { return head_ == nullptr; }
    Transfer& front() const noexcept { return *head_; }
    Transfer* first() const noexcept { return head_; }

    void push(Transfer& transfer) noexcept {
        transfer.before = tail_;
        (tail_ != nullptr ? tail_->behind : head_) = &transfer;
        tail_ = &transfer;
    }

    void remove(Transfer& transfer) noexcept {
        (transfer.before != nullptr ? transfer.before->behind : head_) =
            transfer.behind;
        (transfer.behind != nullptr ? transfer.behind->before : tail_) =
            transfer.before;
        transfer.before = nullptr;
        transfer.behind = nullptr;
    }

private:
    Transfer* head_ = nullptr;
    Transfer* tail_ = nullptr;
};

}  // namespace pyesi::transport
