#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pyesi::catalog {

/// How many letters must be put in, taken out, changed or swapped with their
/// neighbour to make `left` into `right`; case does not count.
std::size_t edit_distance(std::string_view left, std::string_view right);

/// The candidate that `word` was probably meant to be: the nearest, if at most a
/// third of its letters differ. Empty if there is none.
std::string_view nearest(std::string_view word,
                         const std::vector<std::string_view>& candidates);

/// `word` in quotes, fit for a message: cut short, without control characters.
std::string in_quotes(std::string_view word);

/// All words in quotes, with commas.
std::string in_quotes(const std::vector<std::string_view>& words);

}  // namespace pyesi::catalog
