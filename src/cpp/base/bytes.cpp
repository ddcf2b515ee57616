#include "base/bytes.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace pyesi::base {

namespace {

std::shared_ptr<char> make_room(std::size_t capacity) {
    // One allocation for the count and the bytes, not zeroed: what is read is
    // written first, and the slack is zeroed when the bytes are frozen.
    // NOLINTNEXTLINE(modernize-avoid-c-arrays): a std::array knows its size when built
    const auto room = std::make_shared_for_overwrite<char[]>(capacity + Bytes::kSlack);
    return {room, room.get()};
}

}  // namespace

Bytes::Bytes(std::string_view content) {
    ByteBuffer buffer;
    buffer.append(content.data(), content.size());
    *this = std::move(buffer).freeze();
}

void ByteBuffer::reserve(std::size_t size) {
    if (size <= capacity_) return;
    auto grown = make_room(size);
    if (size_ > 0) std::memcpy(grown.get(), data_.get(), size_);
    data_ = std::move(grown);
    capacity_ = size;
}

void ByteBuffer::append(const char* bytes, std::size_t count) {
    if (count == 0) return;
    std::memcpy(prepare(count), bytes, count);
    commit(count);
}

char* ByteBuffer::prepare(std::size_t count) {
    if (size_ + count > capacity_) reserve(std::max(size_ + count, capacity_ * 2));
    return data_.get() + size_;
}

Bytes ByteBuffer::freeze() && {
    if (data_) std::memset(data_.get() + size_, 0, Bytes::kSlack);
    capacity_ = 0;
    return Bytes{std::exchange(data_, nullptr), std::exchange(size_, 0)};
}

}  // namespace pyesi::base
