#include "columns/quoted_text.h"

#include <algorithm>

namespace pyesi::columns {

namespace {

/// Whether JSON may hold the letter as it is.
bool stands_for_itself(char letter) noexcept {
    constexpr unsigned char kFirstAllowed = 0x20;
    return static_cast<unsigned char>(letter) >= kFirstAllowed && letter != '"' &&
           letter != '\\';
}

}  // namespace

QuotedText::QuotedText(std::string_view text,
                       std::string_view before,
                       std::string_view after)
    : size_{before.size() + text.size() + after.size()}, text_{text} {
    if (size_ > kRoom || !std::ranges::all_of(text, stands_for_itself)) return;
    can_be_found_ = true;
    is_long_ = size_ > kRoom / 2;
    std::string whole{before};
    whole += text;
    whole += after;
    std::memcpy(words_.data(), whole.data(), size_);
    std::memset(masks_.data(), 0xFF, size_);
}

}  // namespace pyesi::columns
