#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>

namespace pyesi::columns {

/// One run of bytes for all buffers of a batch, each at a multiple of 64 as Arrow asks.
/// Measured first, and then filled in the same order: nothing is allocated twice.
///
/// Thread: any one at a time.
class BufferRoom {
public:
    static constexpr std::size_t kAlignment = 64;

    static constexpr std::size_t rounded(std::size_t bytes) noexcept {
        return (bytes + kAlignment - 1) / kAlignment * kAlignment;
    }

    explicit BufferRoom(std::size_t bytes)
        : size_{bytes},
          room_{static_cast<std::byte*>(
                    ::operator new(bytes == 0 ? kAlignment : bytes, kAligned)),
                [](std::byte* run) { ::operator delete(run, kAligned); }} {}

    /// Room for so many bytes, the rest of the last 64 zero.
    /// REQUIRES: it was measured.
    std::byte* place(std::size_t bytes) noexcept {
        auto* const start = room_.get() + used_;
        const auto whole = rounded(bytes);
        std::memset(start + bytes, 0, whole - bytes);
        used_ += whole;
        return start;
    }

    template <class T>
    const T* copy(std::span<const T> from) noexcept {
        auto* const start = place(from.size_bytes());
        if (!from.empty()) std::memcpy(start, from.data(), from.size_bytes());
        return reinterpret_cast<const T*>(start);
    }

    /// A bit for each byte, set where that is not 0.
    const std::uint8_t* pack(std::span<const std::uint8_t> flags) noexcept;

    std::size_t size() const noexcept { return size_; }
    std::shared_ptr<const std::byte> share() && noexcept { return std::move(room_); }

private:
    static constexpr std::align_val_t kAligned{kAlignment};

    std::size_t size_;
    std::size_t used_ = 0;
    std::shared_ptr<std::byte> room_;
};

inline std::size_t packed_size(std::size_t flags) noexcept {
    return (flags + 7) / 8;
}

}  // namespace pyesi::columns
