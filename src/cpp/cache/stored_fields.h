#pragma once

#include "cache/entry.h"
#include "http/headers.h"

namespace pyesi::cache {

// Which fields of an answer are kept (RFC 9111 §3.1). All are, but for two kinds.

/// Erases what belonged to the connection that brought the answer (RFC 9110 §7.6.1):
/// Connection and the fields it names, Transfer-Encoding and their like, and what was
/// between us and a proxy.
void drop_connection_fields(http::Headers& headers);

/// The entry as it may be kept: without the fields that `no-cache="…"` names, and in a
/// shared cache without those of `private="…"` (RFC 9111 §5.2.2.4, §5.2.2.7). The same
/// entry where nothing is named. Lifetime and permissions stay what the whole answer
/// said.
EntryPtr as_stored(const EntryPtr& entry, CacheMode mode);

}  // namespace pyesi::cache
