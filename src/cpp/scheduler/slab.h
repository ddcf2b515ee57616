#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace pyesi::scheduler {

/// Stands for "none" where an index into a Slab is expected.
inline constexpr std::uint32_t kNone = 0xffffffffU;

/// Values of one type that keep their place while they live, and are named by it.
/// What was given back is used again first; once none is left, the memory of a great
/// wave is returned.
///
/// Thread: any one at a time.
template <class T>
class Slab {
public:
    /// REQUIRES: fewer than 2^32 - 1 values.
    std::uint32_t add(T value) {
        const auto index = take_place();
        (*this)[index] = std::move(value);
        return index;
    }

    /// A place whose value is as its last tenant left it, for one that is worth using
    /// again. REQUIRES: as for `add`.
    std::uint32_t take_place() {
        if (free_.empty()) grow();
        const auto index = free_.back();
        free_.pop_back();
        ++size_;
        return index;
    }

    /// REQUIRES: index came from `add` and was not erased since.
    void erase(std::uint32_t index) {
        free_.push_back(index);
        if (--size_ == 0 && chunks_.size() > 1) shrink();
    }

    /// Whether there is a place of that name; it may be vacant.
    bool has_place(std::uint32_t index) const noexcept {
        return index < chunks_.size() * kChunk;
    }

    T& operator[](std::uint32_t index) noexcept {
        return (*chunks_[index / kChunk])[index % kChunk];
    }
    const T& operator[](std::uint32_t index) const noexcept {
        return (*chunks_[index / kChunk])[index % kChunk];
    }

    std::size_t size() const noexcept { return size_; }

private:
    static constexpr std::size_t kChunk = 256;
    using Chunk = std::array<T, kChunk>;

    void grow() {
        const auto first = static_cast<std::uint32_t>(chunks_.size() * kChunk);
        chunks_.push_back(std::make_unique<Chunk>());
        free_.reserve(chunks_.size() * kChunk);
        for (std::uint32_t i = kChunk; i > 0; --i) free_.push_back(first + i - 1);
    }

    void shrink() {
        chunks_.resize(1);
        chunks_.shrink_to_fit();
        free_ = {};
        for (std::uint32_t i = kChunk; i > 0; --i) free_.push_back(i - 1);
    }

    std::vector<std::unique_ptr<Chunk>> chunks_;
    std::vector<std::uint32_t> free_;
    std::size_t size_ = 0;
};

}  // namespace pyesi::scheduler
