#pragma once

#include "catalog/route.h"

#include <optional>
#include <string_view>
#include <vector>

namespace pyesi::catalog {

/// A path template cut at its placeholders.
struct PathTemplate {
    std::vector<Piece> pieces;            ///< `parameter` counts placeholders from 0
    std::vector<std::string_view> names;  ///< of the placeholders, in order
};

/// Cuts `/a/{b}/c`. Nothing unless it is one absolute path of RFC 3986 §3.3 (no
/// query, blank, control character, empty or dot segment) whose placeholders are
/// whole, named by [A-Za-z_][A-Za-z0-9_-]* and differ.
///
/// The names are views into `text`.
std::optional<PathTemplate> parse_path_template(std::string_view text);

/// True if `path` is what `path_template` gives for some values.
bool is_filled_in(std::string_view path, std::string_view path_template) noexcept;

}  // namespace pyesi::catalog
