#pragma once

#include "scheduler/slab.h"

#include <cstdint>

namespace pyesi::scheduler {

/// A list through the members of a slab: no memory of its own, and any member is
/// taken out in one step.
///
/// Thread: any one at a time.
template <class T, std::uint32_t T::* Previous, std::uint32_t T::* Next>
class Chain {
public:
    bool empty() const noexcept { return head_ == kNone; }

    /// The oldest; kNone if it is empty.
    std::uint32_t front() const noexcept { return head_; }

    void push_back(Slab<T>& slab, std::uint32_t index) noexcept {
        slab[index].*Previous = tail_;
        slab[index].*Next = kNone;
        (tail_ == kNone ? head_ : slab[tail_].*Next) = index;
        tail_ = index;
    }

    /// REQUIRES: index is a member of this chain.
    void erase(Slab<T>& slab, std::uint32_t index) noexcept {
        const auto before = slab[index].*Previous;
        const auto after = slab[index].*Next;
        (before == kNone ? head_ : slab[before].*Next) = after;
        (after == kNone ? tail_ : slab[after].*Previous) = before;
    }

private:
    std::uint32_t head_ = kNone;
    std::uint32_t tail_ = kNone;
};

}  // namespace pyesi::scheduler
