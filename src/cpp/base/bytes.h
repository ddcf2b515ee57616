#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace pyesi::base {

/// One reference-counted, immutable run of bytes, followed by kSlack readable
/// zero bytes, so that a SIMD parser may read past the end without a copy.
///
/// Constant after construction. Copies share the bytes.
class Bytes {
public:
    static constexpr std::size_t kSlack = 64;

    Bytes() = default;

    /// Copies `content`.
    explicit Bytes(std::string_view content);

    std::string_view view() const noexcept { return {data_.get(), size_}; }
    const char* data() const noexcept { return data_.get(); }
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }

private:
    friend class ByteBuffer;
    Bytes(std::shared_ptr<const char> data, std::size_t size) noexcept
        : data_{std::move(data)}, size_{size} {}

    std::shared_ptr<const char> data_;
    std::size_t size_ = 0;
};

/// Bytes in the making: grows up to a cap, then is frozen into Bytes without a
/// copy.
///
/// Thread: any one at a time.
class ByteBuffer {
public:
    ByteBuffer() = default;

    /// Makes room for `size` bytes in all.
    void reserve(std::size_t size);

    void append(const char* bytes, std::size_t count);

    /// Room for `count` more bytes, to be written and then `commit`ted.
    char* prepare(std::size_t count);

    /// REQUIRES: count <= what was prepared.
    void commit(std::size_t count) noexcept { size_ += count; }

    std::size_t size() const noexcept { return size_; }
    std::string_view view() const noexcept { return {data_.get(), size_}; }

    /// Hands the bytes over and leaves the buffer empty.
    Bytes freeze() &&;

private:
    std::shared_ptr<char> data_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace pyesi::base
