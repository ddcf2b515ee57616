#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace pyesi::columns {

inline constexpr std::size_t kTextBuckets = 64;

/// A number below kTextBuckets for the text that begins at `at`, by what stands before
/// its closing quote, of eight bytes. REQUIRES: those can be read.
inline std::size_t bucket_of(const char* at) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    // The lowest bit of `quotes` that is set is the highest one of the first quote.
    const auto others = word ^ 0x2222222222222222;
    const auto quotes = (others - 0x0101010101010101) & ~others & 0x8080808080808080;
    const auto before = (quotes & (~quotes + 1)) - 1;  // all bits where there is none
    const auto letters = quotes == 0 ? word : word & (before >> 7U);
    return static_cast<std::size_t>((letters * 0x9E3779B97F4A7C15U) >> 58U);
}

/// A short string as it stands in JSON, to be looked for where one begins: compared
/// with its closing quote, or what else stands around it, and in words of eight bytes,
/// it needs no end to be found.
///
/// Constant after construction.
class QuotedText {
public:
    /// How far is_at reads, at most. What is longer with what stands around it is at no
    /// place, and so is what JSON must write otherwise.
    static constexpr std::size_t kRoom = 32;

    explicit QuotedText(std::string_view text,
                        std::string_view before = "",
                        std::string_view after = "\"");

    const std::string& text() const noexcept { return text_; }

    /// With what stands around it.
    std::size_t size() const noexcept { return size_; }

    /// Whether there is a place where is_at is true that is no NUL.
    bool can_be_found() const noexcept { return can_be_found_; }

    /// Whether it is what begins at `at`.
    /// REQUIRES: kRoom bytes from there on can be read.
    bool is_at(const char* at) const noexcept {
        const auto differs = differs_in(at, 0) | differs_in(at, 1);
        if (differs != 0 || !is_long_) return differs == 0;
        return (differs_in(at, 2) | differs_in(at, 3)) == 0;
    }

private:
    static constexpr std::size_t kWords = kRoom / 8;

    std::uint64_t differs_in(const char* at, std::size_t word) const noexcept {
        std::uint64_t there = 0;
        std::memcpy(&there, at + 8 * word, sizeof there);
        return (there ^ words_[word]) & masks_[word];
    }

    std::array<std::uint64_t, kWords> words_{};
    // At first none of it is there: it is looked for as a NUL, which no string has.
    std::array<std::uint64_t, kWords> masks_{0xFF};
    std::size_t size_;
    bool is_long_ = false;
    bool can_be_found_ = false;
    std::string text_;
};

}  // namespace pyesi::columns
