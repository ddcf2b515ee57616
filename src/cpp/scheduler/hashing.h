#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace pyesi::scheduler {

/// Spreads the bits of a number over all 64 (the finaliser of splitmix64).
constexpr std::uint64_t spread(std::uint64_t bits) noexcept {
    bits = (bits ^ (bits >> 30U)) * 0xbf58476d1ce4e5b9U;
    bits = (bits ^ (bits >> 27U)) * 0x94d049bb133111ebU;
    return bits ^ (bits >> 31U);
}

/// One key for two, of which the order matters.
constexpr std::uint64_t mix(std::uint64_t left, std::uint64_t right) noexcept {
    return spread(left + 0x9e3779b97f4a7c15U + spread(right));
}

inline std::uint64_t hash_of(std::string_view text) noexcept {
    return spread(std::hash<std::string_view>{}(text));
}

/// The same number on every machine: for what processes say to each other.
constexpr std::uint64_t stable_hash_of(std::string_view text,
                                       std::uint64_t seed = 0) noexcept {
    auto bits = 0xcbf29ce484222325U ^ spread(seed);  // FNV-1a
    for (const char letter : text) {
        bits = (bits ^ static_cast<unsigned char>(letter)) * 0x100000001b3U;
    }
    return spread(bits);
}

}  // namespace pyesi::scheduler
