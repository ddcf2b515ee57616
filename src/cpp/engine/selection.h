#pragma once

#include "catalog/target_pattern.h"

#include <optional>
#include <string>
#include <string_view>

namespace pyesi::engine {

/// Which of the kept answers are meant. What is not said holds for all of them.
///
/// Constant after construction.
struct Selection {
    std::optional<catalog::TargetPattern> target;
    std::optional<std::string> glob;  ///< of path and query
    std::optional<std::string> identity;

    /// Whether the key is that of such an answer; an application's value is none.
    bool matches(std::string_view key_text) const noexcept;
};

}  // namespace pyesi::engine
