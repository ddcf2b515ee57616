#pragma once

#include "columns/quoted_text.h"

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

namespace pyesi::columns {

/// The names of an object's fields, found by where the last object had them: the field
/// that followed this one there most likely follows it here.
///
/// Thread: any one at a time.
class FieldNames {
public:
    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

    explicit FieldNames(const std::vector<std::string_view>& names);

    /// An object begins.
    void begin() noexcept { last_ = names_.size(); }

    /// The place of the name that begins at `at`, after its opening quote, and is in
    /// plain up to its closing one; kNone if there is none of it.
    /// REQUIRES: kRoom bytes from `at` on can be read.
    std::size_t find(const char* at) noexcept {
        const auto guess = follower_[last_];
        if (guess != kNone && names_[guess].is_at(at)) {
            last_ = guess;
            return guess;
        }
        return find_among_all(at);
    }

    /// The same, without a guess and without remembering it for the next one.
    std::size_t search(const char* at) const noexcept;

    /// How long the name is, with its closing quote.
    std::size_t quoted_size(std::size_t place) const noexcept {
        return names_[place].size();
    }

    /// The place of a name that is at hand.
    std::size_t find_text(std::string_view name) noexcept;

    /// How far a name is read, at most. Longer names than that have no guess.
    static constexpr std::size_t kRoom = QuotedText::kRoom;

private:
    std::size_t find_among_all(const char* at) noexcept;
    std::size_t on_found(std::size_t place) noexcept;

    std::vector<QuotedText> names_;
    // Names by the hash of their first eight letters: the first of a bucket, and what
    // comes after each.
    std::array<std::size_t, kTextBuckets> first_of_;
    std::vector<std::size_t> next_of_;
    std::vector<std::size_t> follower_;  // by place; the last: of an object's beginning
    std::size_t last_;
};

}  // namespace pyesi::columns
