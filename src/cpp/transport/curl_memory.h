#pragma once

#include <array>
#include <cstddef>

namespace pyesi::transport {

/// Memory for libcurl, which asks for a hundred small blocks a request and gives
/// them back: blocks that it gave back while a transport was running it are kept
/// by size, and given out again to the same transport.
///
/// libcurl calls its allocator from other threads too (one for each name that is
/// resolved); outside a `Scope` blocks come from malloc and go back there.
///
/// Thread: network thread only, but for `initialise_libcurl`, which is thread-safe.
class CurlMemory {
public:
    /// Initialises libcurl, once in a process, with this allocator. Where somebody
    /// else initialised it before, theirs stays.
    /// Throws std::runtime_error if libcurl cannot be initialised.
    static void initialise_libcurl();

    // 16-byte steps to 1 kB, then four steps to each doubling up to 64 kB.
    static constexpr std::size_t kClasses = 64 + 6 * 4;

    CurlMemory() = default;
    CurlMemory(const CurlMemory&) = delete;
    CurlMemory& operator=(const CurlMemory&) = delete;
    ~CurlMemory();

    /// While it lives, what libcurl does on this thread uses `memory`.
    class Scope {
    public:
        explicit Scope(CurlMemory& memory) noexcept;
        Scope(const Scope&) = delete;
        Scope& operator=(const Scope&) = delete;
        ~Scope();

    private:
        CurlMemory* before_;
    };

private:
    struct Block;
    friend struct CurlAllocator;

    static constexpr std::size_t kMostHeld = std::size_t{8} << 20U;

    Block* take(std::size_t size_class) noexcept;
    bool keep(Block* block) noexcept;

    std::array<Block*, kClasses> kept_{};
    std::size_t held_ = 0;
};

}  // namespace pyesi::transport
