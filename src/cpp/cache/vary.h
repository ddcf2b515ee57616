#pragma once

#include "cache/entry.h"
#include "http/headers.h"

#include <vector>

namespace pyesi::cache {

/// Whether an answer was chosen by a field that no key holds (RFC 9111 §4.1), so that
/// the request's own fields must be at hand when its entry is made. `Vary: *` is
/// decide_storable's to refuse.
bool varies_beyond_key(const http::Headers& headers);

/// The fields that the answer was chosen by and that no key holds, with what the
/// request had of each. Null is a request without any.
std::vector<NominatedField> nominate_fields(const http::Headers& headers,
                                            const http::Headers* request_headers);

/// Whether the answer was chosen by fields that this request has alike: absent from
/// both, or of the same values in the same order. If not, it is neither served nor
/// validated.
bool matches_variant(const Entry& entry, const http::Headers& request_headers);

}  // namespace pyesi::cache
