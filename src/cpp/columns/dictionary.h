#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace pyesi::columns {

/// The distinct strings of one column, by the number that rows hold. It begins with
/// the values that the catalog knows and grows by those that it does not; a number
/// never changes its meaning, so that all batches of a table can share it.
///
/// Thread-safe.
class Dictionary {
public:
    explicit Dictionary(std::vector<std::string> known);

    /// The number of `value`, which is added if it is new.
    std::int32_t index_of(std::string_view value);

    /// All values, in the order of their numbers.
    std::vector<std::string> values() const;

    /// How many values were known from the start: those after them are new.
    std::size_t known() const noexcept { return known_; }
    std::size_t size() const;

private:
    const std::size_t known_;
    mutable std::mutex mutex_;
    std::deque<std::string> values_;  // a deque: the map's keys point into it
    std::unordered_map<std::string_view, std::int32_t> numbers_;
};

}  // namespace pyesi::columns
