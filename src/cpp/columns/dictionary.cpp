#include "columns/dictionary.h"

#include <utility>

namespace pyesi::columns {

Dictionary::Dictionary(std::vector<std::string> known) : known_{known.size()} {
    for (auto& value : known) {
        values_.push_back(std::move(value));
        numbers_.emplace(values_.back(), static_cast<std::int32_t>(numbers_.size()));
    }
}

std::int32_t Dictionary::index_of(std::string_view value) {
    const std::lock_guard lock{mutex_};
    const auto found = numbers_.find(value);
    if (found != numbers_.end()) return found->second;
    const auto number = static_cast<std::int32_t>(values_.size());
    values_.emplace_back(value);
    numbers_.emplace(values_.back(), number);
    return number;
}

std::vector<std::string> Dictionary::values() const {
    const std::lock_guard lock{mutex_};
    return {values_.begin(), values_.end()};
}

std::size_t Dictionary::size() const {
    const std::lock_guard lock{mutex_};
    return values_.size();
}

}  // namespace pyesi::columns
