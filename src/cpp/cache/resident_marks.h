#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace pyesi::cache {

/// What a resident of a SieveTable weighs, and three bits about it, in one word. The
/// one who looks up may mark it while others read; all else is for whoever has the
/// table to himself.
///
/// Thread: any one at a time; several where they only read and mark as visited.
class ResidentMarks {
public:
    static constexpr std::uint32_t kMaxWeight = (std::uint32_t{1} << 29U) - 1;

    std::size_t weight() const noexcept { return word() & kMaxWeight; }

    bool is_visited() const noexcept { return has(kVisited); }
    bool is_doubtful() const noexcept { return has(kDoubtful); }
    /// Whether the entry can be gone by itself (Entry::is_gone): else it need not be
    /// asked, which would be one more wait for memory.
    bool may_be_gone() const noexcept { return has(kMayBeGone); }

    /// Writes only what is not so already: many may read this line.
    void mark_visited() const noexcept {
        if (!is_visited()) word_.fetch_or(kVisited, std::memory_order_relaxed);
    }

    /// REQUIRES: weight <= kMaxWeight.
    void set_weight(std::size_t weight) noexcept {
        const auto others = word() & ~kMaxWeight;
        word_.store(others | static_cast<std::uint32_t>(weight & kMaxWeight),
                    std::memory_order_relaxed);
    }
    void set_visited(bool on) noexcept { set(kVisited, on); }
    void set_doubtful(bool on) noexcept { set(kDoubtful, on); }
    void set_may_be_gone(bool on) noexcept { set(kMayBeGone, on); }

private:
    static constexpr std::uint32_t kVisited = std::uint32_t{1} << 29U;
    static constexpr std::uint32_t kDoubtful = std::uint32_t{1} << 30U;
    static constexpr std::uint32_t kMayBeGone = std::uint32_t{1} << 31U;

    std::uint32_t word() const noexcept {
        return word_.load(std::memory_order_relaxed);
    }
    bool has(std::uint32_t bit) const noexcept { return (word() & bit) != 0; }
    void set(std::uint32_t bit, bool on) noexcept {
        const auto others = word() & ~bit;
        word_.store(on ? others | bit : others, std::memory_order_relaxed);
    }

    mutable std::atomic<std::uint32_t> word_{0};
};

}  // namespace pyesi::cache
