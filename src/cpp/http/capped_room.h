#pragma once

#include "base/bytes.h"

#include <cstddef>

namespace pyesi::http {

/// Room for a decoded body whose size nobody knows before: it doubles from a first
/// guess, and is never larger than its ceiling.
///
/// Thread: any one at a time.
class CappedRoom {
public:
    CappedRoom(std::size_t first_guess, std::size_t ceiling);

    std::size_t ceiling() const noexcept { return ceiling_; }
    std::size_t capacity() const noexcept { return capacity_; }
    std::size_t left() const noexcept { return capacity_ - buffer_.size(); }

    /// Where the next `left()` bytes go, to be written and then committed.
    char* end() { return buffer_.prepare(left()); }
    void commit(std::size_t count) noexcept { buffer_.commit(count); }

    /// Makes more room and keeps what was committed. False, and then nothing
    /// changes, if there may be no more.
    [[nodiscard]] bool try_grow();

    /// Hands over what was committed, in a run of its own where a wrong guess would
    /// make it hold more than half again of what it needs.
    base::Bytes freeze() &&;

private:
    std::size_t ceiling_;
    std::size_t capacity_;
    base::ByteBuffer buffer_;
};

}  // namespace pyesi::http
