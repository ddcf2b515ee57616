#include "engine/selection.h"

#include "cache/cache_key.h"

namespace pyesi::engine {

namespace {

// Behind an identity may stand headers of the caller's own, after a zero byte.
bool is_of(std::string_view variant, std::string_view identity) noexcept {
    const auto whose = cache::identity_in(variant);
    return whose.substr(0, whose.find('\0')) == identity;
}

}  // namespace

bool Selection::matches(std::string_view key_text) const noexcept {
    const auto key = cache::parse_request_key(key_text);
    if (key.target.empty()) return false;
    if (target && !target->matches(key.target)) return false;
    if (glob && !catalog::matches_glob(key.target, *glob)) return false;
    return !identity || is_of(key.variant, *identity);
}

}  // namespace pyesi::engine
