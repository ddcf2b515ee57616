#pragma once

#include "cache/entry.h"
#include "http/headers.h"

#include <cstdint>

namespace pyesi::cache {

/// What the answer to a HEAD says of the stored answer to a GET of the same URL.
enum class HeadVerdict : std::uint8_t {
    SaysNothing,  ///< it names no validator and no length
    Refreshes,    ///< all that it names is as stored: merge_not_modified takes it
    Outdates,     ///< something differs
};

/// RFC 9111 §4.3.5: ETag, Last-Modified and Content-Length, as far as the HEAD's answer
/// has them. Tags are compared weakly, as ESI's change form with the coding; lengths
/// only where the stored answer has one, and in the same coding.
HeadVerdict compare_head(const Entry& stored, const http::Headers& head);

/// The stored answer, fresh no more: from `now` on it is validated before it is used.
EntryPtr outdated(const Entry& stored, base::TimePoint now);

/// The stored answer to a GET as that to a HEAD (RFC 9110 §9.3.1): without its body.
EntryPtr as_head_answer(const Entry& stored);

}  // namespace pyesi::cache
