#pragma once

#include "metrics/history.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pyesi::metrics {

/// The past as it is told, the open periods among it.
///
/// Thread: any one at a time.
struct Past {
    std::vector<HistoryRow> minutes;
    std::vector<HistoryRow> tens;

    bool empty() const noexcept { return minutes.empty() && tens.empty(); }
    bool operator==(const Past&) const = default;
};

/// What a file keeps of it: a line that says what it is, and a line for each row.
std::string text_of(const Past& past);

/// The past that a text tells; nothing if it is another text, or only a part of one.
std::optional<Past> past_of(std::string_view text);

}  // namespace pyesi::metrics
