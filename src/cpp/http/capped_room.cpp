#include "http/capped_room.h"

#include <algorithm>
#include <utility>

namespace pyesi::http {

namespace {

constexpr std::size_t kLeastGrowth = 4096;

}  // namespace

CappedRoom::CappedRoom(std::size_t first_guess, std::size_t ceiling)
    : ceiling_{ceiling}, capacity_{std::min(first_guess, ceiling)} {
    buffer_.reserve(capacity_);
}

bool CappedRoom::try_grow() {
    if (capacity_ == ceiling_) return false;
    capacity_ = std::min(std::max(2 * capacity_, kLeastGrowth), ceiling_);
    // Nothing to keep: do not hold the old room beside the new.
    if (buffer_.size() == 0) buffer_ = base::ByteBuffer{};
    buffer_.reserve(capacity_);
    return true;
}

base::Bytes CappedRoom::freeze() && {
    if (left() > buffer_.size() / 2) return base::Bytes{buffer_.view()};
    return std::move(buffer_).freeze();
}

}  // namespace pyesi::http
