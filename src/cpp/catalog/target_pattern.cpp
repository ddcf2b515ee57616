#include "catalog/target_pattern.h"

#include "catalog/path_template.h"

#include <algorithm>
#include <cstddef>

namespace pyesi::catalog {

namespace {

bool has_pair(std::string_view query, std::string_view pair) noexcept {
    while (!query.empty()) {
        query.remove_prefix(1);  // the question mark, or what parts two pairs
        const auto each = query.substr(0, query.find('&'));
        if (each == pair) return true;
        query.remove_prefix(each.size());
    }
    return false;
}

}  // namespace

bool TargetPattern::matches(std::string_view target) const noexcept {
    const auto target_path = target.substr(0, target.find('?'));
    if (!is_filled_in(target_path, path)) return false;
    const auto query = target.substr(target_path.size());
    return std::ranges::all_of(
        pairs, [&](const std::string& pair) { return has_pair(query, pair); });
}

// Greedy, and back to the last star where that fails: no worse than the product of
// the lengths, where recursion could take for ever.
bool matches_glob(std::string_view text, std::string_view glob) noexcept {
    std::size_t at = 0;
    std::size_t want = 0;
    std::size_t star = std::string_view::npos;
    std::size_t retry = 0;
    while (at < text.size()) {
        if (want < glob.size() && glob[want] == '*') {
            star = want++;
            retry = at;
        } else if (want < glob.size() && glob[want] == text[at]) {
            ++want;
            ++at;
        } else if (star != std::string_view::npos) {
            want = star + 1;
            at = ++retry;
        } else {
            return false;
        }
    }
    return glob.find_first_not_of('*', want) == std::string_view::npos;
}

}  // namespace pyesi::catalog
