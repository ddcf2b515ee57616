#include "catalog/spelling.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace pyesi::catalog {
namespace {

// Longer words are not misspelt names, and the distance takes time by the square.
constexpr std::size_t kLongestWord = 128;
constexpr std::size_t kLongestQuote = 80;

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same(char left, char right) noexcept {
    return lower(left) == lower(right);
}

using Row = std::vector<std::size_t>;

/// The three last rows of the table of distances between all beginnings.
struct Rows {
    Row before_last;
    Row last;
    Row next;
};

/// Optimal string alignment: the cheapest way to reach (i, j).
std::size_t cheapest(const Rows& rows,
                     std::string_view left,
                     std::string_view right,
                     std::pair<std::size_t, std::size_t> at) {
    const auto [i, j] = at;
    const std::size_t change = same(left[i - 1], right[j - 1]) ? 0 : 1;
    std::size_t cost = std::min(rows.last[j] + 1, rows.next[j - 1] + 1);
    cost = std::min(cost, rows.last[j - 1] + change);
    const bool swapped = i > 1 && j > 1 && same(left[i - 1], right[j - 2]) &&
                         same(left[i - 2], right[j - 1]);
    return swapped ? std::min(cost, rows.before_last[j - 2] + 1) : cost;
}

}  // namespace

std::size_t edit_distance(std::string_view left, std::string_view right) {
    const std::size_t width = right.size() + 1;
    Rows rows{Row(width), Row(width), Row(width)};
    std::iota(rows.last.begin(), rows.last.end(), std::size_t{0});
    for (std::size_t i = 1; i <= left.size(); ++i) {
        rows.next[0] = i;
        for (std::size_t j = 1; j < width; ++j) {
            rows.next[j] = cheapest(rows, left, right, {i, j});
        }
        std::swap(rows.before_last, rows.last);
        std::swap(rows.last, rows.next);
    }
    return rows.last.back();
}

std::string_view nearest(std::string_view word,
                         const std::vector<std::string_view>& candidates) {
    if (word.size() > kLongestWord) return {};
    std::string_view best;
    std::size_t bound = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (const auto candidate : candidates) {
        const std::size_t distance = edit_distance(word, candidate);
        if (distance < bound) {
            bound = distance;
            best = candidate;
        }
    }
    return best;
}

std::string in_quotes(std::string_view word) {
    std::string text{"\""};
    for (const char c : word.substr(0, kLongestQuote)) {
        const bool plain = static_cast<unsigned char>(c) >= 0x20 && c != 0x7F;
        text += plain ? c : '?';
    }
    text += word.size() > kLongestQuote ? "…\"" : "\"";
    return text;
}

std::string in_quotes(const std::vector<std::string_view>& words) {
    std::string text;
    for (const auto word : words) {
        if (!text.empty()) text += ", ";
        text += in_quotes(word);
    }
    return text;
}

}  // namespace pyesi::catalog
