#pragma once

#include "base/time.h"
#include "cache/entry.h"
#include "cache/resident_marks.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace pyesi::cache {

/// An entry at home in a SieveTable, with its key. The two and the count of owners
/// lie side by side, so that who looks it up waits for memory once: what is handed
/// out owns the resident, and the entry through it.
///
/// Thread: any one at a time; several where they only read and mark as visited.
class Resident {
public:
    static std::shared_ptr<Resident> make(std::string_view key, EntryPtr entry) {
        return std::make_shared<Resident>(key, std::move(entry));
    }

    /// See make.
    Resident(std::string_view key, EntryPtr entry);
    Resident(const Resident&) = delete;
    Resident& operator=(const Resident&) = delete;
    ~Resident() = default;

    std::string_view key() const noexcept { return {text(), size_}; }
    const Entry& entry() const noexcept { return *entry_; }

    /// See Entry::is_gone. Most need not be asked.
    bool is_gone(base::TimePoint now) const noexcept {
        return marks.may_be_gone() && entry_->is_gone(now);
    }

    /// An owner of the entry.
    EntryPtr share() const { return {itself_, entry_.get()}; }

    /// Keeps itself alive until it is let go, and longer where others own it.
    void keep(std::shared_ptr<Resident> itself) noexcept {
        itself_ = std::move(itself);
    }
    std::shared_ptr<Resident> let_go() noexcept { return std::exchange(itself_, {}); }

    /// What a key of that size takes beyond the resident itself.
    static std::size_t bytes_beside(std::size_t key_size) noexcept {
        return key_size > kInPlace ? key_size : 0;
    }

    ResidentMarks marks{};  ///< doubtful: see Store::doubt

    // The table's own: where it is found, and the order of coming.
    std::uint32_t tag = 0;
    Resident* newer = nullptr;
    Resident* older = nullptr;

private:
    // Keys of ESI's routes are 90 to 130 bytes long.
    static constexpr std::size_t kInPlace = 136;

    const char* text() const noexcept {
        return size_ > kInPlace ? far_text_.data() : near_text_.data();
    }

    std::uint32_t size_;
    std::shared_ptr<Resident> itself_;
    EntryPtr entry_;
    std::string far_text_;
    std::array<char, kInPlace> near_text_;
};

}  // namespace pyesi::cache
