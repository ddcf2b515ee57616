#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pyesi::cache {

/// Remembers hashes in a fixed room: what it was told, it never denies; of what it
/// was not told it denies all but one in a hundred, up to 400,000 hashes (a Bloom
/// filter of four bits a hash). So a slow tier need not be asked for what it
/// surely does not have.
///
/// Thread: any one at a time.
class HashFilter {
public:
    HashFilter() : words_(kBits / kWordBits) {}

    void add(std::uint64_t hash) noexcept {
        for (unsigned probe = 0; probe < kProbes; ++probe) {
            const auto bit = bit_of(hash, probe);
            words_[bit / kWordBits] |= std::uint64_t{1} << (bit % kWordBits);
        }
    }

    bool may_have(std::uint64_t hash) const noexcept {
        for (unsigned probe = 0; probe < kProbes; ++probe) {
            const auto bit = bit_of(hash, probe);
            const auto word = words_[bit / kWordBits];
            if ((word >> (bit % kWordBits) & 1U) == 0) return false;
        }
        return true;
    }

private:
    static constexpr std::size_t kWordBits = 64;
    static constexpr std::size_t kBits = std::size_t{1} << 22U;  // 512 KiB
    static constexpr unsigned kProbes = 4;

    // Hashes are evenly spread already: two halves make as many probes as are wanted
    // (Kirsch and Mitzenmacher, 2008).
    static std::size_t bit_of(std::uint64_t hash, unsigned probe) noexcept {
        const auto step = (hash >> 32U) | 1U;
        return static_cast<std::size_t>(hash + probe * step) & (kBits - 1);
    }

    std::vector<std::uint64_t> words_;
};

}  // namespace pyesi::cache
