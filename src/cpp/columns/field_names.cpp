#include "columns/field_names.h"

#include <algorithm>

namespace pyesi::columns {

FieldNames::FieldNames(const std::vector<std::string_view>& names)
    : follower_(names.size() + 1, kNone), last_{names.size()} {
    names_.reserve(names.size());
    for (const auto text : names) {
        auto& name = names_.emplace_back();
        name.text = text;
        const auto quoted = name.text + '"';
        if (quoted.size() > kRoom) continue;
        name.used = (quoted.size() + 7) / 8;
        std::memcpy(name.words, quoted.data(), quoted.size());
        std::memset(name.masks, 0xFF, quoted.size());
    }
    // Until an object was seen: in the order of the catalog.
    for (std::size_t place = 0; place < names.size(); ++place) {
        follower_[place == 0 ? names.size() : place - 1] = place;
    }
}

std::size_t FieldNames::find_among_all(const char* at) noexcept {
    for (std::size_t place = 0; place < names_.size(); ++place) {
        if (names_[place].is_at(at)) return on_found(place);
    }
    return kNone;
}

std::size_t FieldNames::find_text(std::string_view name) noexcept {
    const auto found = std::ranges::find(names_, name, &Name::text);
    if (found == names_.end()) return kNone;
    return on_found(static_cast<std::size_t>(found - names_.begin()));
}

std::size_t FieldNames::on_found(std::size_t place) noexcept {
    follower_[last_] = place;
    last_ = place;
    return place;
}

}  // namespace pyesi::columns
