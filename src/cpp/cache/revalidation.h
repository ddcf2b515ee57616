#pragma once

#include "cache/entry.h"
#include "http/headers.h"

namespace pyesi::cache {

/// Appends what asks "has it changed since?": If-None-Match with the tag verbatim,
/// W/ included, and If-Modified-Since with the server's own text; both where there
/// are both (RFC 9110 §8.8.4). False, and nothing appended, without a validator.
bool append_validators(const Entry& entry, http::Headers& request_headers);

/// The stored answer, refreshed by a 304 (RFC 9111 §4.3.4): its fields over the
/// stored ones, lifetime and age from the merged whole, the body shared. What the
/// 304 leaves out, as ESI often does X-Pages, stays; but not Age and Date, which
/// belonged to an earlier arrival, nor an Expires that is past by now, so that the
/// catalog's lifetime can speak. What tells of the body stays the stored one's.
///
/// Null if the 304 is about another answer than the stored one: it names another tag,
/// or where the stored one has none, another Last-Modified. Then ask again without
/// validators. One key holds one answer, so this is all that a 304 can update.
EntryPtr merge_not_modified(const Entry& stored,
                            const http::Headers& not_modified,
                            const Arrival& arrival);

}  // namespace pyesi::cache
