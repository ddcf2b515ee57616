#pragma once

#include "base/result.h"
#include "cache/entry.h"
#include "engine/call.h"
#include "engine/rows_wanted.h"
#include "http/headers.h"
#include "http/message.h"
#include "transport/transfer.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

namespace pyesi::engine {

/// How bodies are taken in.
struct BodyPolicy {
    std::size_t max_bytes = 0;              ///< decoded
    std::size_t compression_threshold = 0;  ///< larger ones are held compressed
    bool keeps_plain = true;  ///< also in plain, beside those: of errors always
};

/// What one attempt brought: an answer with its body validated, or a failure.
struct Attempt {
    http::Response response;
    base::Bytes decoded;  ///< the body in plain; empty if the response's own is
    std::shared_ptr<const RowsRead> rows{};  ///< of the body, in place of `decoded`
    std::optional<base::Failure> failure;
    bool was_coded = false;  ///< as it came, by a Content-Encoding
    bool surely_not_sent = false;
    bool reused_connection_died = false;
};

/// The fields that one request sends beside those of its client: its own ones, and the
/// validators of `stored`, which may be null.
http::Headers fields_to_send(const Call& call, const cache::Entry* stored);

/// The body in plain, where it is at hand.
std::string_view plain_view(const Attempt& attempt) noexcept;

/// Whether taking the body in is worth a hand-over to another thread.
bool is_worth_a_worker(const transport::TransferEnd& end, BodyPolicy policy) noexcept;

/// Judges a transfer's end: a redirect is refused, the body is decoded once into a
/// capped buffer and held in whichever form is smaller. Pure, from any thread.
Attempt make_attempt(transport::TransferEnd&& end, BodyPolicy policy);

/// Reads the rows that are wanted of a good answer's body, and lets go of it in plain
/// where it is held otherwise as well. From any thread.
/// REQUIRES: needs_body_alone(*wanted->plan).
void read_rows_of(Attempt& attempt, std::shared_ptr<const RowsWanted> wanted);

/// True if the answer says that a page is past the last one. The one thing in
/// pyesi that is decided on text: some routes answer 404, others wrap the same
/// words in a 500.
bool is_past_last_page(int status, std::string_view content) noexcept;

}  // namespace pyesi::engine
