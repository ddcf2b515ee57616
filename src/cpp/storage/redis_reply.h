#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct redisReader;                // NOLINT(readability-identifier-naming)
struct redisReply;                 // NOLINT(readability-identifier-naming)
struct redisReplyObjectFunctions;  // NOLINT(readability-identifier-naming)

namespace pyesi::storage {

/// A Redis server's reply, borrowed: valid while whoever told of it is on the stack.
///
/// Constant after construction.
class RedisReply {
public:
    explicit RedisReply(const redisReply& reply) noexcept : reply_{&reply} {}

    bool is_nothing() const noexcept;
    bool is_error() const noexcept;

    /// Of a string or a status.
    std::optional<std::string_view> text() const noexcept;
    std::optional<std::int64_t> number() const noexcept;

    /// The text of an error of the server's.
    std::optional<std::string_view> error() const noexcept;

    /// How many replies an array holds; 0 for what is none.
    std::size_t size() const noexcept;

    /// REQUIRES: index < size().
    RedisReply at(std::size_t index) const noexcept;

private:
    const redisReply* reply_;
};

/// Cuts what a server sends into replies. Garbage, and a reply that is longer, wider
/// or deeper than any that is asked for, ends it.
///
/// Thread: any one at a time.
class RedisReader {
public:
    /// Wider than any reply to a command of ours.
    static constexpr std::size_t kMostElements = 1'000'000;

    /// Throws std::bad_alloc.
    explicit RedisReader(std::size_t max_reply_bytes);
    ~RedisReader();
    RedisReader(const RedisReader&) = delete;
    RedisReader& operator=(const RedisReader&) = delete;

    enum class Next : std::uint8_t { Reply, More, Broken };

    /// Takes bytes in; false if nothing can be read any more.
    bool feed(std::string_view bytes) noexcept;

    /// Reads the next whole reply, if there is one: then `reply` tells it.
    Next next() noexcept;

    /// REQUIRES: `next` gave Reply, and was not called again.
    RedisReply reply() const noexcept { return RedisReply{*reply_}; }

private:
    struct FreeReader {
        void operator()(redisReader* reader) const noexcept;
    };
    struct FreeReply {
        void operator()(redisReply* reply) const noexcept;
    };

    std::unique_ptr<redisReplyObjectFunctions> functions_;
    std::unique_ptr<redisReader, FreeReader> reader_;
    std::unique_ptr<redisReply, FreeReply> reply_;
    std::size_t max_reply_bytes_;
    std::size_t unread_ = 0;  ///< bytes since the last whole reply
    bool is_broken_ = false;
};

/// Appends a command as Redis reads it.
void append_command(std::string& bytes, std::span<const std::string_view> words);

}  // namespace pyesi::storage
