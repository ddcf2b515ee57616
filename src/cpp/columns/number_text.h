#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace pyesi::columns {

/// Numbers in JSON, eight digits at a time. What is rare (many digits, exponents) and
/// what is wrong is for simdjson to read: these say no to it.
///
/// `at` is a token's first character, and kNumberRoom bytes from there can be read.

inline constexpr std::size_t kNumberRoom = 48;

// Here and not where they are used: there they would be copied at each call.
inline constexpr std::array<double, 16> kTens{1e0,
                                              1e1,
                                              1e2,
                                              1e3,
                                              1e4,
                                              1e5,
                                              1e6,
                                              1e7,
                                              1e8,
                                              1e9,
                                              1e10,
                                              1e11,
                                              1e12,
                                              1e13,
                                              1e14,
                                              1e15};
inline constexpr auto kPowersOfTen = [] {
    std::array<std::uint64_t, kTens.size()> powers{1};
    for (std::size_t place = 1; place < powers.size(); ++place) {
        powers[place] = powers[place - 1] * 10;
    }
    return powers;
}();

/// Digits in a row, and what they make.
struct Digits {
    std::uint64_t value = 0;
    std::size_t count = 0;
};

/// Eight digits, each without its '0', as one number; the first is the lowest byte.
inline std::uint64_t join_digits(std::uint64_t word) noexcept {
    constexpr std::uint64_t kPairs = 0x000000FF000000FF;
    // Pairs, then two fours at once: the upper half of each product is what counts.
    word = word * 10 + (word >> 8U);
    return ((word & kPairs) * (100 + (1'000'000ULL << 32U)) +
            (word >> 16U & kPairs) * (1 + (10'000ULL << 32U))) >>
           32U;
}

/// Eight characters, looked at as digits.
struct DigitBlock {
    std::uint64_t word;    // each less '0'
    std::uint64_t others;  // its lowest bit is of the first that is no digit

    explicit DigitBlock(const char* at) noexcept {
        static_assert(std::endian::native == std::endian::little);
        std::memcpy(&word, at, sizeof word);
        word ^= 0x3030303030303030;
        // The high half of a byte is 0 for 0-9 alone, also after 6 is added to it.
        others = (word | (word + 0x0606060606060606)) & 0xF0F0F0F0F0F0F0F0;
    }

    /// The bits of the digits that it begins with. REQUIRES: not all are.
    unsigned bits() const noexcept {
        return static_cast<unsigned>(std::countr_zero(others)) & ~7U;
    }

    /// What so many bits of digits make: leading zeros take the place of the rest.
    std::uint64_t join(unsigned bits) const noexcept {
        return join_digits(word << (56 - bits) << 8U);
    }
};

/// At most 16 digits from `at` on; more count as 16.
inline Digits read_digits(const char* at) noexcept {
    Digits digits;
    DigitBlock block{at};
    if (block.others == 0) {
        digits = {.value = join_digits(block.word), .count = 8};
        block = DigitBlock{at + 8};
        if (block.others == 0) {
            digits.value = digits.value * kPowersOfTen[8] + join_digits(block.word);
            digits.count = 16;
            return digits;
        }
    }
    const auto bits = block.bits();
    if (bits == 0) return digits;
    digits.value = digits.value * kPowersOfTen[bits / 8] + block.join(bits);
    digits.count += bits / 8;
    return digits;
}

/// Whether a number may end before this character.
inline bool ends_number(char next) noexcept {
    return next == ',' || next == '}' || next == ']' || next == ' ' || next == '\n' ||
           next == '\r' || next == '\t';
}

// Each gives the character after what it read, or null for what it does not read; then
// `value` is as it was. Of those that scan, it is for the caller to judge whether a
// number may end there; those that try to read have done so.

/// An integer of up to 15 digits, after its sign.
inline const char* scan_negative_int64(const char* at, std::int64_t& value) noexcept {
    if (*at != '-') return nullptr;
    const auto digits = read_digits(++at);
    if (digits.count - 1 >= 15 || (*at == '0' && digits.count > 1)) return nullptr;
    value = -static_cast<std::int64_t>(digits.value);
    return at + digits.count;
}

/// An integer of up to 15 digits.
inline const char* scan_int64(const char* at, std::int64_t& value) noexcept {
    const DigitBlock first{at};
    if (first.others != 0) {
        const auto bits = first.bits();
        if (bits == 0) return scan_negative_int64(at, value);
        if (*at == '0' && bits != 8) return nullptr;
        value = static_cast<std::int64_t>(first.join(bits));
        return at + bits / 8;
    }
    const DigitBlock second{at + 8};
    if (second.others == 0 || *at == '0') return nullptr;
    const auto bits = second.bits();
    value = static_cast<std::int64_t>(join_digits(first.word) * kPowersOfTen[bits / 8] +
                                      second.join(bits));
    return at + 8 + bits / 8;
}

inline const char* try_read_int64(const char* at, std::int64_t& value) noexcept {
    std::int64_t number = 0;
    const auto* const end = scan_int64(at, number);
    if (end == nullptr || !ends_number(*end)) return nullptr;
    value = number;
    return end;
}

/// A number of up to 15 digits in all and without an exponent: it and the power of ten
/// are doubles themselves, and so their quotient is the double that is nearest.
inline const char* scan_double(const char* at, double& value) noexcept {
    const bool negative = *at == '-';
    at += negative ? 1 : 0;
    const auto whole = read_digits(at);
    if (whole.count - 1 >= 15 || (*at == '0' && whole.count > 1)) return nullptr;
    at += whole.count;
    auto mantissa = whole.value;
    std::size_t decimals = 0;
    if (*at == '.') {
        const auto fraction = read_digits(at + 1);
        decimals = fraction.count;
        if (decimals == 0 || decimals + whole.count > 15) return nullptr;
        mantissa = mantissa * kPowersOfTen[decimals] + fraction.value;
        at += 1 + decimals;
    }
    const auto number = static_cast<double>(mantissa) / kTens[decimals];
    value = negative ? -number : number;
    return at;
}

inline const char* try_read_double(const char* at, double& value) noexcept {
    double number = 0;
    const auto* const end = scan_double(at, number);
    if (end == nullptr || !ends_number(*end)) return nullptr;
    value = number;
    return end;
}

/// `true` or `false`.
inline const char* scan_bool(const char* at, bool& value) noexcept {
    if (std::memcmp(at, "true", 4) == 0) {
        value = true;
        return at + 4;
    }
    if (std::memcmp(at, "false", 5) != 0) return nullptr;
    value = false;
    return at + 5;
}

inline const char* try_read_bool(const char* at, bool& value) noexcept {
    bool flag = false;
    const auto* const end = scan_bool(at, flag);
    if (end == nullptr || !ends_number(*end)) return nullptr;
    value = flag;
    return end;
}

}  // namespace pyesi::columns
