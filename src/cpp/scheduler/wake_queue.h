#pragma once

#include "base/time.h"
#include "scheduler/ring.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace pyesi::scheduler {

/// Instants to come, the earliest first, each for one member of a slab.
///
/// Instants mostly come in order, since equal time-outs do: those lie in a ring, the
/// others in a heap. Nothing is taken out from the middle; who no longer waits is
/// dropped when its turn comes, or when too many such have gathered.
///
/// Thread: any one at a time.
class WakeQueue {
public:
    struct Entry {
        base::TimePoint at{};
        std::uint32_t index = 0;
        std::uint32_t serial = 0;  ///< tells a member from the one before it there
    };

    bool empty() const noexcept { return in_order_.empty() && heap_.empty(); }
    std::size_t size() const noexcept { return in_order_.size() + heap_.size(); }

    void push(const Entry& entry) {
        if (in_order_.empty() || in_order_.back().at <= entry.at) {
            in_order_.push_back(entry);
        } else {
            heap_.push_back(entry);
            std::ranges::push_heap(heap_, is_later);
        }
    }

    /// REQUIRES: !empty().
    const Entry& earliest() const noexcept {
        return heap_is_first() ? heap_.front() : in_order_.front();
    }

    /// REQUIRES: !empty().
    void pop() noexcept {
        if (heap_is_first()) {
            std::ranges::pop_heap(heap_, is_later);
            heap_.pop_back();
        } else {
            in_order_.pop_front();
        }
    }

    /// Drops entries that no longer matter: all at the front, and all others too once
    /// there are more of them than of the `living`.
    template <class IsLive>
    void drop_stale(std::size_t living, IsLive is_live) {
        while (!empty() && !is_live(earliest())) pop();
        if (size() > 2 * living + kTolerated) keep_only(is_live);
    }

    /// In no order.
    template <class Function>
    void for_each(Function function) const {
        for (std::size_t place = 0; place < in_order_.size(); ++place) {
            function(in_order_[place]);
        }
        for (const auto& entry : heap_) function(entry);
    }

    /// Keeps some memory for the next, but not that of a great wave.
    void clear() noexcept {
        in_order_.clear();
        if (heap_.capacity() > kTolerated) heap_ = {};
        heap_.clear();
    }

private:
    static constexpr std::size_t kTolerated = 64;

    static bool is_later(const Entry& left, const Entry& right) noexcept {
        return left.at > right.at;
    }

    bool heap_is_first() const noexcept {
        if (heap_.empty()) return false;
        return in_order_.empty() || heap_.front().at < in_order_.front().at;
    }

    template <class IsLive>
    void keep_only(IsLive is_live) {
        std::erase_if(heap_, [&](const Entry& entry) { return !is_live(entry); });
        std::ranges::make_heap(heap_, is_later);
        for (auto left = in_order_.size(); left > 0; --left) {
            const auto entry = in_order_.front();
            in_order_.pop_front();
            if (is_live(entry)) in_order_.push_back(entry);
        }
    }

    Ring<Entry> in_order_;
    std::vector<Entry> heap_;
};

}  // namespace pyesi::scheduler
