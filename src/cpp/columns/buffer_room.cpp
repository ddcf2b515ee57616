#include "columns/buffer_room.h"

#include <array>

namespace pyesi::columns {

namespace {

/// Eight bytes of 0 or 1 to eight bits, the first lowest.
std::uint8_t packed(const std::uint8_t* flags) noexcept {
    unsigned bits = 0;
    for (unsigned place = 0; place < 8; ++place) {
        bits |= (flags[place] != 0 ? 1U : 0U) << place;
    }
    return static_cast<std::uint8_t>(bits);
}

}  // namespace

const std::uint8_t* BufferRoom::pack(std::span<const std::uint8_t> flags) noexcept {
    auto* const bits =
        reinterpret_cast<std::uint8_t*>(place(packed_size(flags.size())));
    const auto whole = flags.size() / 8;
    for (std::size_t byte = 0; byte < whole; ++byte) {
        bits[byte] = packed(flags.data() + 8 * byte);
    }
    if (flags.size() % 8 != 0) {
        std::array<std::uint8_t, 8> rest{};
        std::memcpy(rest.data(), flags.data() + 8 * whole, flags.size() % 8);
        bits[whole] = packed(rest.data());
    }
    return bits;
}

}  // namespace pyesi::columns
