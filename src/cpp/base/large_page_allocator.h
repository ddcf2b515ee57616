#pragma once

#include <cstddef>
#include <new>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace pyesi::base {

/// Memory for large tables that are read here and there: from a size of 2 MiB on the
/// system is asked for large pages, so that a look-up need not wait for the table of
/// pages as well. Where there are none it is memory like any other.
///
/// Thread-safe.
template <class T>
struct LargePageAllocator {
    using value_type = T;

    LargePageAllocator() = default;
    template <class U>
    explicit(false)
        LargePageAllocator(const LargePageAllocator<U>& /*other*/) noexcept {}

    T* allocate(std::size_t count) {
        const auto bytes = count * sizeof(T);
        void* const room = ::operator new(bytes, alignment_of(bytes));
#ifdef MADV_HUGEPAGE
        // Advice: whether it is taken changes nothing but the speed.
        if (bytes >= kLargePage) static_cast<void>(madvise(room, bytes, MADV_HUGEPAGE));
#endif
        return static_cast<T*>(room);
    }

    void deallocate(T* room, std::size_t count) noexcept {
        ::operator delete(room, alignment_of(count * sizeof(T)));
    }

    bool operator==(const LargePageAllocator& /*other*/) const = default;

private:
    static constexpr std::size_t kLargePage = std::size_t{2} << 20U;

    static std::align_val_t alignment_of(std::size_t bytes) noexcept {
        return std::align_val_t{bytes >= kLargePage ? kLargePage : alignof(T)};
    }
};

}  // namespace pyesi::base
