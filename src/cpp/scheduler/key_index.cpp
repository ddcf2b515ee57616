#include "scheduler/key_index.h"

#include <utility>

namespace pyesi::scheduler {

namespace {

constexpr std::size_t kFewest = 64;

}  // namespace

void KeyIndex::erase(std::uint64_t key) noexcept {
    auto hole = place_of(key);
    // Cells behind the hole that could no longer be reached over it move into it.
    for (auto next = (hole + 1) & mask(); cells_[next].index != kNone;
         next = (next + 1) & mask()) {
        const auto wanted = (next - home_of(cells_[next].key)) & mask();
        const auto gap = (next - hole) & mask();
        if (wanted >= gap) {
            cells_[hole] = cells_[next];
            hole = next;
        }
    }
    cells_[hole] = {};
    --size_;
    if (size_ == 0 && cells_.size() > kFewest * 1024) cells_ = {};
}

void KeyIndex::grow() {
    const auto before = std::exchange(
        cells_, std::vector<Cell>(cells_.empty() ? kFewest : cells_.size() * 2));
    for (const auto& cell : before) {
        if (cell.index != kNone) cells_[place_of(cell.key)] = cell;
    }
}

}  // namespace pyesi::scheduler
