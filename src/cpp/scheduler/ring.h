#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace pyesi::scheduler {

/// A queue in one block that grows by doubling: once warm it allocates nothing.
///
/// Thread: any one at a time.
template <class T>
class Ring {
public:
    bool empty() const noexcept { return count_ == 0; }
    std::size_t size() const noexcept { return count_; }

    /// REQUIRES: index < size(). The oldest is at 0.
    T& operator[](std::size_t index) noexcept { return slots_[place(index)]; }
    const T& operator[](std::size_t index) const noexcept {
        return slots_[place(index)];
    }

    T& front() noexcept { return (*this)[0]; }
    const T& front() const noexcept { return (*this)[0]; }
    T& back() noexcept { return (*this)[count_ - 1]; }
    const T& back() const noexcept { return (*this)[count_ - 1]; }

    void push_back(T value) {
        if (count_ == slots_.size()) grow();
        slots_[place(count_)] = std::move(value);
        ++count_;
    }

    void pop_front() noexcept {
        head_ = place(1);
        --count_;
    }

    /// Keeps the block for the next, unless it is a great one.
    void clear() noexcept {
        constexpr std::size_t kKept = 64;
        if (slots_.size() > kKept) slots_ = {};
        head_ = count_ = 0;
    }

private:
    std::size_t place(std::size_t index) const noexcept {
        return (head_ + index) & (slots_.size() - 1);
    }

    void grow() {
        std::vector<T> larger(slots_.empty() ? 4 : slots_.size() * 2);
        for (std::size_t i = 0; i < count_; ++i) larger[i] = std::move((*this)[i]);
        slots_ = std::move(larger);
        head_ = 0;
    }

    std::vector<T> slots_;  // a power of two
    std::size_t head_ = 0;
    std::size_t count_ = 0;
};

}  // namespace pyesi::scheduler
