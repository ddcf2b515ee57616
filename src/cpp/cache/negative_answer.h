#pragma once

#include "base/time.h"
#include "cache/entry.h"
#include "http/message.h"

namespace pyesi::cache {

/// Whether an entry holds a refusal: its error counts against ESI's limit each time
/// that it is asked for. It is served while it is fresh, and is never validated.
bool is_negative(const Entry& entry) noexcept;

/// The entry of an answer that says no: 403 and 404, not 401, which a fresh token
/// ends at once. It is fresh for `lifetime`, or for as long as the server dates it
/// where that is longer, and gone afterwards.
///
/// Null if it must not be kept: another status, no lifetime, or the server forbids it
/// (`no-store`, `no-cache`, `Vary: *`). The catalog's lifetime and the user's are for
/// answers that say yes, and are left out.
EntryPtr make_negative_entry(const http::Response& response,
                             Arrival arrival,
                             base::Duration lifetime);

}  // namespace pyesi::cache
