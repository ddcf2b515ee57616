#include "cache/resident.h"

#include <algorithm>

namespace pyesi::cache {

// The text is written below; to clear its room first would be work for nothing.
// NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init)
Resident::Resident(std::string_view key, EntryPtr entry)
    : size_{static_cast<std::uint32_t>(key.size())}, entry_{std::move(entry)} {
    marks.set_may_be_gone(entry_->may_be_gone());
    if (key.size() > kInPlace) {
        far_text_ = key;
    } else {
        std::ranges::copy(key, near_text_.data());
    }
}

}  // namespace pyesi::cache
