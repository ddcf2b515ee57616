#pragma once

#include <cstddef>
#include <cstdint>

namespace pyesi::scheduler {

/// Who goes first, best first.
enum class Priority : std::uint8_t { Interactive, Normal, Background, Warming };

inline constexpr std::size_t kPriorities = 4;

constexpr std::size_t index_of(Priority priority) noexcept {
    return static_cast<std::size_t>(priority);
}

constexpr const char* name_of(Priority priority) noexcept {
    switch (priority) {
        case Priority::Interactive: return "interactive";
        case Priority::Normal: return "normal";
        case Priority::Background: return "background";
        case Priority::Warming: return "warming";
    }
    return "normal";
}

}  // namespace pyesi::scheduler
