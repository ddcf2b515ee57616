#pragma once

#include "scheduler/hashing.h"
#include "scheduler/slab.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pyesi::scheduler {

/// Finds a slab's index by a 64-bit key. One flat table with linear probing: adding
/// and removing allocate nothing once it is warm.
///
/// Thread: any one at a time.
class KeyIndex {
public:
    /// kNone if the key is not there.
    std::uint32_t find(std::uint64_t key) const noexcept {
        if (cells_.empty()) return kNone;
        return cells_[place_of(key)].index;
    }

    /// REQUIRES: the key is not there, and index is not kNone.
    void add(std::uint64_t key, std::uint32_t index) {
        if ((size_ + 1) * 4 > cells_.size() * 3) grow();
        cells_[place_of(key)] = {key, index};
        ++size_;
    }

    /// REQUIRES: the key is there.
    void erase(std::uint64_t key) noexcept;

    std::size_t size() const noexcept { return size_; }

    /// `use(key, index)` for each. `use` must not change this.
    template <class Use>
    void for_each(Use use) const {
        for (const auto& cell : cells_) {
            if (cell.index != kNone) use(cell.key, cell.index);
        }
    }

private:
    struct Cell {
        std::uint64_t key = 0;
        std::uint32_t index = kNone;  // kNone: vacant
    };

    std::size_t mask() const noexcept { return cells_.size() - 1; }
    std::size_t home_of(std::uint64_t key) const noexcept {
        return spread(key) & mask();
    }

    /// Where the key is, or where it would be put.
    std::size_t place_of(std::uint64_t key) const noexcept {
        auto place = home_of(key);
        while (cells_[place].index != kNone && cells_[place].key != key) {
            place = (place + 1) & mask();
        }
        return place;
    }

    void grow();

    std::vector<Cell> cells_;  // a power of two
    std::size_t size_ = 0;
};

}  // namespace pyesi::scheduler
