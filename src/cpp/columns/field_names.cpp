#include "columns/field_names.h"

#include <algorithm>
#include <string>
#include <utility>

namespace pyesi::columns {

FieldNames::FieldNames(const std::vector<std::string_view>& names)
    : next_of_(names.size(), kNone),
      follower_(names.size() + 1, kNone),
      last_{names.size()} {
    first_of_.fill(kNone);
    names_.reserve(names.size());
    for (const auto text : names) {
        names_.emplace_back(text);
        if (names_.back().size() > kRoom) continue;
        const auto place = names_.size() - 1;
        auto room = std::string{text} + '"';
        room.resize(kRoom);
        next_of_[place] = std::exchange(first_of_[bucket_of(room.data())], place);
    }
    // Until an object was seen: in the order of the catalog.
    for (std::size_t place = 0; place < names.size(); ++place) {
        follower_[place == 0 ? names.size() : place - 1] = place;
    }
}

std::size_t FieldNames::search(const char* at) const noexcept {
    auto place = first_of_[bucket_of(at)];
    while (place != kNone && !names_[place].is_at(at)) place = next_of_[place];
    return place;
}

std::size_t FieldNames::find_among_all(const char* at) noexcept {
    const auto place = search(at);
    return place == kNone ? kNone : on_found(place);
}

std::size_t FieldNames::find_text(std::string_view name) noexcept {
    const auto found = std::ranges::find(names_, name, &QuotedText::text);
    if (found == names_.end()) return kNone;
    return on_found(static_cast<std::size_t>(found - names_.begin()));
}

std::size_t FieldNames::on_found(std::size_t place) noexcept {
    follower_[last_] = place;
    last_ = place;
    return place;
}

}  // namespace pyesi::columns
