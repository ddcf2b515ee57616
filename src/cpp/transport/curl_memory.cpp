#include "transport/curl_memory.h"

#include <curl/curl.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <mutex>
#include <stdexcept>

namespace pyesi::transport {

namespace {

constexpr std::size_t kStep = 16;
constexpr std::size_t kSmall = 1024;
constexpr std::size_t kLargest = std::size_t{64} << 10U;
constexpr std::size_t kSmallClasses = kSmall / kStep;
constexpr std::size_t kUnclassed = std::numeric_limits<std::size_t>::max();

// A sanitizer must see each block come and go.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kKeeps = false;
#else
constexpr bool kKeeps = true;
#endif

// 1025…2048 has four classes of 256, 2049…4096 four of 512, and so on.
constexpr std::size_t class_of(std::size_t size) noexcept {
    if (size <= kSmall) return size == 0 ? 0 : (size - 1) / kStep;
    if (size > kLargest) return kUnclassed;
    const auto doubling = static_cast<std::size_t>(std::bit_width(size - 1)) - 11;
    const auto quarter = ((size - 1) >> (doubling + 8)) & 3U;
    return kSmallClasses + doubling * 4 + quarter;
}

constexpr std::size_t capacity_of(std::size_t size_class) noexcept {
    if (size_class < kSmallClasses) return (size_class + 1) * kStep;
    const auto above = size_class - kSmallClasses;
    return (kSmall << (above / 4)) + (above % 4 + 1) * (kSmall / 4 << (above / 4));
}

static_assert(class_of(kSmall) == kSmallClasses - 1);
static_assert(class_of(kSmall + 1) == kSmallClasses);
static_assert(capacity_of(class_of(16385)) >= 16385);
static_assert(capacity_of(class_of(kLargest)) == kLargest);

constexpr auto kCapacity = [] {
    std::array<std::size_t, CurlMemory::kClasses> capacities{};
    for (std::size_t i = 0; i < capacities.size(); ++i) capacities[i] = capacity_of(i);
    return capacities;
}();

// Asked for with each block. In a module that Python loads, glibc finds it by a call
// unless told that it lies with the program's own.
#ifdef __GLIBC__
[[gnu::tls_model("initial-exec")]]
#endif
thread_local CurlMemory* current = nullptr;

// Begun anew by glibc in a child that was forked meanwhile, unlike a function's static.
constinit std::once_flag initialised;

}  // namespace

// What stands before each block's bytes, and keeps them aligned.
struct alignas(std::max_align_t) CurlMemory::Block {
    std::size_t size_class;  // kUnclassed: `capacity` bytes straight from malloc
    union {
        std::size_t capacity;  // while libcurl has it
        Block* next;           // while it is kept
    };
};

/// The functions that libcurl is given.
struct CurlAllocator {
    using Block = CurlMemory::Block;

    static void* allocate(std::size_t size) noexcept {
        const auto size_class = class_of(size);
        if (size_class != kUnclassed && current != nullptr) {
            if (Block* kept = current->take(size_class)) return bytes_of(kept);
        }
        const auto capacity = size_class == kUnclassed ? size : kCapacity[size_class];
        if (capacity > kUnclassed - sizeof(Block)) return nullptr;
        auto* block = static_cast<Block*>(std::malloc(sizeof(Block) + capacity));
        if (block == nullptr) return nullptr;
        block->size_class = size_class;
        block->capacity = capacity;
        return bytes_of(block);
    }

    static void release(void* bytes) noexcept {
        if (bytes == nullptr) return;
        Block* block = block_of(bytes);
        if (current == nullptr || !current->keep(block)) std::free(block);
    }

    static void* reallocate(void* bytes, std::size_t size) noexcept {
        if (bytes == nullptr) return allocate(size);
        const auto capacity = capacity_of_block(*block_of(bytes));
        if (size <= capacity) return bytes;
        void* grown = allocate(size);
        if (grown == nullptr) return nullptr;
        std::memcpy(grown, bytes, capacity);
        release(bytes);
        return grown;
    }

    static void* allocate_zeroed(std::size_t count, std::size_t size) noexcept {
        if (size != 0 && count > kUnclassed / size) return nullptr;
        void* bytes = allocate(count * size);
        if (bytes != nullptr) std::memset(bytes, 0, count * size);
        return bytes;
    }

    static char* duplicate(const char* text) noexcept {
        const auto size = std::strlen(text) + 1;
        void* bytes = allocate(size);
        return bytes == nullptr ? nullptr
                                : static_cast<char*>(std::memcpy(bytes, text, size));
    }

private:
    static void* bytes_of(Block* block) noexcept { return block + 1; }
    static Block* block_of(void* bytes) noexcept {
        return static_cast<Block*>(bytes) - 1;
    }
    static std::size_t capacity_of_block(const Block& block) noexcept {
        return block.size_class == kUnclassed ? block.capacity
                                              : kCapacity[block.size_class];
    }
};

void CurlMemory::initialise_libcurl() {
    // Never undone: libcurl's clean-up is not safe while other threads run.
    std::call_once(initialised, [] {
        const auto code = kKeeps ? curl_global_init_mem(CURL_GLOBAL_DEFAULT,
                                                        &CurlAllocator::allocate,
                                                        &CurlAllocator::release,
                                                        &CurlAllocator::reallocate,
                                                        &CurlAllocator::duplicate,
                                                        &CurlAllocator::allocate_zeroed)
                                 : curl_global_init(CURL_GLOBAL_DEFAULT);
        if (code != CURLE_OK) {
            throw std::runtime_error{"libcurl cannot be initialised"};
        }
    });
}

CurlMemory::~CurlMemory() {
    for (Block* block : kept_) {
        while (block != nullptr) {
            Block* next = block->next;
            std::free(block);
            block = next;
        }
    }
}

CurlMemory::Scope::Scope(CurlMemory& memory) noexcept : before_{current} {
    current = &memory;
}

CurlMemory::Scope::~Scope() {
    current = before_;
}

CurlMemory::Block* CurlMemory::take(std::size_t size_class) noexcept {
    Block* block = kept_[size_class];
    if (block == nullptr) return nullptr;
    kept_[size_class] = block->next;
    held_ -= kCapacity[size_class];
    return block;
}

bool CurlMemory::keep(Block* block) noexcept {
    if (block->size_class == kUnclassed || held_ > kMostHeld) return false;
    held_ += kCapacity[block->size_class];
    block->next = kept_[block->size_class];
    kept_[block->size_class] = block;
    return true;
}

}  // namespace pyesi::transport
