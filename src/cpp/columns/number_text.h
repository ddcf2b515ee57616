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
template <class Number>
inline constexpr auto kTensOf = [] {
    std::array<Number, 16> powers{1};
    for (std::size_t place = 1; place < powers.size(); ++place) {
        powers[place] = powers[place - 1] * 10;  // a double itself up to the last
    }
    return powers;
}();
inline constexpr auto& kTens = kTensOf<double>;
inline constexpr auto& kPowersOfTen = kTensOf<std::uint64_t>;

/// Digits in a row, and what they make.
struct Digits {
    std::uint64_t value = 0;
    std::size_t count = 0;
};

/// Eight digits, each without its '0', as one number; the first is the lowest byte.
inline std::uint64_t join_digits(std::uint64_t word) noexcept {
    // To pairs, to fours, to one: the upper half of what was joined is what counts.
    word = (word * 10 + (word >> 8U)) & 0x00FF00FF00FF00FF;
    word = word * (1 + (100ULL << 16U)) >> 16U & 0x0000FFFF0000FFFF;
    return word * (1 + (10'000ULL << 32U)) >> 32U;
}

/// Eight characters, looked at as digits.
struct DigitBlock {
    std::uint64_t word;  // each less '0'
    std::uint64_t
        others;  // the high bit of what is no digit; above the first it may err

    explicit DigitBlock(const char* at) noexcept {
        static_assert(std::endian::native == std::endian::little);
        std::memcpy(&word, at, sizeof word);
        word ^= 0x3030303030303030;
        // What is added brings all but 0-9 to a high bit, if it had none.
        others = (word | (word + 0x7676767676767676)) & 0x8080808080808080;
    }

    // REQUIRES for what follows: not all are digits.

    unsigned first_other() const noexcept {
        return static_cast<unsigned>(std::countr_zero(others));
    }

    /// The digits that it begins with.
    std::size_t count() const noexcept { return first_other() / 8; }

    /// What those make: leading zeros take the place of the rest.
    std::uint64_t join() const noexcept {
        return join_digits(word << 8U << (~first_other() & 63U));
    }
};

/// Whether it is 1 to 9.
inline bool begins_number(const char* at) noexcept {
    return static_cast<unsigned char>(*at - '1') < 9;
}

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
    digits.value = digits.value * kPowersOfTen[block.count()] + block.join();
    digits.count += block.count();
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

/// An integer of up to 15 digits that begins with 0 or its sign.
inline const char* scan_rare_int64(const char* at, std::int64_t& value) noexcept {
    const bool negative = *at == '-';
    at += negative ? 1 : 0;
    const auto digits = read_digits(at);
    if (digits.count - 1 >= 15 || (*at == '0' && digits.count > 1)) return nullptr;
    const auto number = static_cast<std::int64_t>(digits.value);
    value = negative ? -number : number;
    return at + digits.count;
}

/// An integer of up to 15 digits. REQUIRES: it begins_number.
inline const char* scan_usual_int64(const char* at, std::int64_t& value) noexcept {
    const DigitBlock first{at};
    if (first.others != 0) {
        value = static_cast<std::int64_t>(first.join());
        return at + first.count();
    }
    const DigitBlock second{at + 8};
    if (second.others == 0) return nullptr;
    value = static_cast<std::int64_t>(
        join_digits(first.word) * kPowersOfTen[second.count()] + second.join());
    return at + 8 + second.count();
}

inline const char* scan_int64(const char* at, std::int64_t& value) noexcept {
    return begins_number(at) ? scan_usual_int64(at, value) : scan_rare_int64(at, value);
}

inline const char* try_read_int64(const char* at, std::int64_t& value) noexcept {
    std::int64_t number = 0;
    const auto* const end = scan_int64(at, number);
    if (end == nullptr || !ends_number(*end)) return nullptr;
    value = number;
    return end;
}

/// Digits and the power of ten that they are to be divided by. Of up to 15 digits both
/// are doubles themselves, and so their quotient is the double that is nearest.
inline double divided(std::uint64_t digits, std::size_t decimals) noexcept {
    return static_cast<double>(static_cast<std::int64_t>(digits)) / kTens[decimals];
}

/// A number of up to 15 digits in all and without an exponent.
inline const char* scan_rare_double(const char* at, double& value) noexcept {
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
    const auto number = divided(mantissa, decimals);
    value = negative ? -number : number;
    return at;
}

/// The same with up to 7 decimals. REQUIRES: it begins_number.
inline const char* scan_usual_double(const char* at, double& value) noexcept {
    const DigitBlock first{at};
    std::uint64_t whole = 0;
    std::size_t count = 0;
    if (first.others != 0) {
        whole = first.join();
        count = first.count();
    } else {
        const DigitBlock second{at + 8};
        if (second.others == 0) return nullptr;
        count = second.count();
        whole = join_digits(first.word) * kPowersOfTen[count] + second.join();
        count += 8;
    }
    if (at[count] != '.') {
        value = divided(whole, 0);
        return at + count;
    }
    const DigitBlock fraction{at + count + 1};
    if (fraction.others == 0) return nullptr;
    const auto decimals = fraction.count();
    if (decimals == 0 || count + decimals > 15) return nullptr;
    value = divided(whole * kPowersOfTen[decimals] + fraction.join(), decimals);
    return at + count + 1 + decimals;
}

inline const char* scan_double(const char* at, double& value) noexcept {
    if (begins_number(at)) {
        const auto* const end = scan_usual_double(at, value);
        if (end != nullptr) return end;
    }
    return scan_rare_double(at, value);
}

inline const char* try_read_double(const char* at, double& value) noexcept {
    double number = 0;
    const auto* const end = scan_double(at, number);
    if (end == nullptr || !ends_number(*end)) return nullptr;
    value = number;
    return end;
}

/// The first character from `at` on that is no digit.
inline const char* past_digits(const char* at) noexcept {
    for (;; at += 8) {
        const DigitBlock block{at};
        if (block.others != 0) return at + block.count();
    }
}

/// A number that nobody wants, without an exponent and of any length.
inline const char* scan_number(const char* at) noexcept {
    at += *at == '-' ? 1 : 0;
    const auto* const end = past_digits(at);
    if (end == at || (*at == '0' && end != at + 1)) return nullptr;
    if (*end != '.') return end;
    const auto* const all = past_digits(end + 1);
    return all == end + 1 ? nullptr : all;
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
