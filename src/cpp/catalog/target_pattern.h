#pragma once

#include "base/failure.h"
#include "catalog/binding.h"
#include "catalog/route.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pyesi::catalog {

/// The targets of one route that have certain values for some of its parameters.
struct TargetPattern {
    std::string path;                ///< `{name}` stands for any value
    std::vector<std::string> pairs;  ///< `name=value`, each somewhere in the query

    bool matches(std::string_view target) const noexcept;
};

/// The pattern of all that bind_target may write for the route with these arguments
/// and any others. Fails as bind_target does, but nothing is missing here.
[[nodiscard]] std::optional<base::Failure> bind_pattern(
    const Route& route, std::span<const Argument> arguments, TargetPattern& pattern);

/// True if `text` is what `glob` says, where a star stands for any run of characters.
bool matches_glob(std::string_view text, std::string_view glob) noexcept;

}  // namespace pyesi::catalog
