#include "storage/boot_id.h"

#include <charconv>
#include <fstream>
#include <random>
#include <string>
#include <system_error>

namespace pyesi::storage {

namespace {

// The first sixteen digits of the UUID that Linux draws at each start; 0 if there
// is none.
std::uint64_t read_boot_id() {
    std::ifstream file{"/proc/sys/kernel/random/boot_id"};
    std::string digits;
    for (char letter = 0; digits.size() < 16 && file.get(letter);) {
        if (letter != '-') digits += letter;
    }
    std::uint64_t number = 0;
    const auto* end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, number, 16);
    return read.ec == std::errc{} && read.ptr == end ? number : 0;
}

}  // namespace

std::uint64_t boot_number() {
    if (const auto number = read_boot_id()) return number;
    std::random_device random;
    return (std::uint64_t{random()} << 32U) | random();
}

}  // namespace pyesi::storage
