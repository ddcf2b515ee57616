#include "storage/redis_reply.h"

#include <hiredis/hiredis.h>

#include <new>

namespace pyesi::storage {

namespace {

/// hiredis' own, but for arrays: it would reserve room for as many elements as the
/// server cares to announce. What it counts them in depends on its version.
template <class Count>
void* make_bounded_array(const redisReadTask* task, Count elements) noexcept {
    const auto make_array =
        static_cast<const redisReplyObjectFunctions*>(task->privdata)->createArray;
    const bool is_bounded =
        static_cast<std::size_t>(elements) <= RedisReader::kMostElements;
    return is_bounded && make_array != nullptr ? make_array(task, elements) : nullptr;
}

}  // namespace

bool RedisReply::is_nothing() const noexcept {
    return reply_->type == REDIS_REPLY_NIL;
}

bool RedisReply::is_error() const noexcept {
    return reply_->type == REDIS_REPLY_ERROR;
}

std::optional<std::string_view> RedisReply::text() const noexcept {
    const bool is_text =
        reply_->type == REDIS_REPLY_STRING || reply_->type == REDIS_REPLY_STATUS;
    if (!is_text) return std::nullopt;
    return std::string_view{reply_->str, static_cast<std::size_t>(reply_->len)};
}

std::optional<std::int64_t> RedisReply::number() const noexcept {
    if (reply_->type != REDIS_REPLY_INTEGER) return std::nullopt;
    return reply_->integer;
}

std::optional<std::string_view> RedisReply::error() const noexcept {
    if (!is_error()) return std::nullopt;
    return std::string_view{reply_->str, static_cast<std::size_t>(reply_->len)};
}

std::size_t RedisReply::size() const noexcept {
    return reply_->type == REDIS_REPLY_ARRAY ? reply_->elements : 0;
}

RedisReply RedisReply::at(std::size_t index) const noexcept {
    return RedisReply{*reply_->element[index]};
}

void RedisReader::FreeReader::operator()(redisReader* reader) const noexcept {
    redisReaderFree(reader);
}

void RedisReader::FreeReply::operator()(redisReply* reply) const noexcept {
    freeReplyObject(reply);
}

RedisReader::RedisReader(std::size_t max_reply_bytes)
    : reader_{redisReaderCreate()}, max_reply_bytes_{max_reply_bytes} {
    if (!reader_) throw std::bad_alloc{};
    functions_ = std::make_unique<redisReplyObjectFunctions>(*reader_->fn);
    functions_->createArray = &make_bounded_array;
    reader_->privdata = reader_->fn;
    reader_->fn = functions_.get();
}

RedisReader::~RedisReader() = default;

bool RedisReader::feed(std::string_view bytes) noexcept {
    unread_ += bytes.size();
    is_broken_ = is_broken_ || unread_ > max_reply_bytes_ ||
                 redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != REDIS_OK;
    return !is_broken_;
}

RedisReader::Next RedisReader::next() noexcept {
    reply_.reset();
    if (is_broken_) return Next::Broken;
    void* read = nullptr;
    if (redisReaderGetReply(reader_.get(), &read) != REDIS_OK) {
        is_broken_ = true;
        return Next::Broken;
    }
    if (read == nullptr) return Next::More;
    reply_.reset(static_cast<redisReply*>(read));
    unread_ = reader_->len - reader_->pos;
    return Next::Reply;
}

void append_command(std::string& bytes, std::span<const std::string_view> words) {
    bytes += '*' + std::to_string(words.size()) + "\r\n";
    for (const auto word : words) {
        bytes += '$' + std::to_string(word.size()) + "\r\n";
        bytes += word;
        bytes += "\r\n";
    }
}

}  // namespace pyesi::storage
