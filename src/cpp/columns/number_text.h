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

/// At most 16 digits from `at` on; more count as 16.
inline Digits read_digits(const char* at) noexcept {
    static_assert(std::endian::native == std::endian::little);
    constexpr std::uint64_t kZeros = 0x3030303030303030;
    Digits digits;
    for (int block = 0; block < 2; ++block) {
        std::uint64_t word = 0;
        std::memcpy(&word, at + digits.count, sizeof word);
        word ^= kZeros;
        // The high half of a byte is 0 for 0-9 alone, also after 6 is added to it.
        const auto others = (word | (word + 0x0606060606060606)) & 0xF0F0F0F0F0F0F0F0;
        const auto count =
            others == 0 ? 8U : static_cast<unsigned>(std::countr_zero(others)) / 8;
        if (count == 0) break;
        // Leading zeros in place of what is no digit; then pairs, fours, eights.
        word <<= 8 * (8 - count);
        word = (word * 10 + (word >> 8U)) & 0x00FF00FF00FF00FF;
        word = (word * 100 + (word >> 16U)) & 0x0000FFFF0000FFFF;
        word = (word * 10'000 + (word >> 32U)) & 0x00000000FFFFFFFF;
        digits.value = digits.value * kPowersOfTen[count] + word;
        digits.count += count;
        if (count < 8) break;
    }
    return digits;
}

/// Whether a number may end before this character.
inline bool ends_number(char next) noexcept {
    return next == ',' || next == '}' || next == ']' || next == ' ' || next == '\n' ||
           next == '\r' || next == '\t';
}

// Each gives the character after what it read, or null for what it does not read; then
// `value` is as it was.

/// An integer of up to 15 digits.
inline const char* try_read_int64(const char* at, std::int64_t& value) noexcept {
    const bool negative = *at == '-';
    at += negative ? 1 : 0;
    const auto digits = read_digits(at);
    const bool usual = digits.count - 1 < 15 && ends_number(at[digits.count]) &&
                       (*at != '0' || digits.count == 1);
    if (!usual) return nullptr;
    const auto number = static_cast<std::int64_t>(digits.value);
    value = negative ? -number : number;
    return at + digits.count;
}

/// A number of up to 15 digits in all and without an exponent: it and the power of ten
/// are doubles themselves, and so their quotient is the double that is nearest.
inline const char* try_read_double(const char* at, double& value) noexcept {
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
    if (!ends_number(*at)) return nullptr;
    const auto number = static_cast<double>(mantissa) / kTens[decimals];
    value = negative ? -number : number;
    return at;
}

/// `true` or `false`, whole.
inline const char* try_read_bool(const char* at, bool& value) noexcept {
    const bool yes = std::memcmp(at, "true", 4) == 0 && ends_number(at[4]);
    const bool no = std::memcmp(at, "false", 5) == 0 && ends_number(at[5]);
    if (!yes && !no) return nullptr;
    value = yes;
    return at + (yes ? 4 : 5);
}

}  // namespace pyesi::columns
