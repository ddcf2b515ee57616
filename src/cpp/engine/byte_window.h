#pragma once

#include <algorithm>
#include <cstddef>

namespace pyesi::engine {

/// Bounds what has come and was not taken yet, in bytes: who takes slowly does not fill
/// the memory.
///
/// What is under way is thought to become as large as the largest that came. So the
/// bound may be passed by the first few, and by answers that are larger than all before
/// them; and one may always be under way where nothing is held.
///
/// Thread: any one at a time.
class ByteWindow {
public:
    /// What is held where nobody says otherwise.
    static constexpr std::size_t kUsual = std::size_t{64} << 20U;

    explicit ByteWindow(std::size_t most = kUsual) noexcept : most_{most} {}

    void on_come(std::size_t bytes) noexcept {
        held_ += bytes;
        largest_ = std::max(largest_, bytes);
    }

    void on_taken(std::size_t bytes) noexcept { held_ -= std::min(bytes, held_); }

    /// Whether one more may be asked for while so many are under way.
    bool has_room(std::size_t under_way) const noexcept {
        if (held_ == 0 && under_way == 0) return true;
        return held_ + (under_way + 1) * largest_ <= most_;
    }

    std::size_t held() const noexcept { return held_; }

private:
    std::size_t most_;
    std::size_t held_ = 0;
    std::size_t largest_ = 0;
};

}  // namespace pyesi::engine
