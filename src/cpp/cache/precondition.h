#pragma once

#include "cache/entry.h"
#include "http/headers.h"

namespace pyesi::cache {

// A request that comes with conditions of its own, as from a browser behind a shared
// cache (RFC 9111 §4.3.2). If-Match, If-Unmodified-Since and If-Range are the origin's
// to judge.

/// Whether a stored answer that may be served is what the caller has already: then a
/// 304 does. If-None-Match is compared weakly and decides alone where it is there;
/// else If-Modified-Since, against Last-Modified, else Date, else the arrival.
bool is_not_modified(const Entry& stored, const http::Headers& request_headers);

/// The fields of that 304: those of the stored answer that RFC 9110 §15.4.5 asks for,
/// and Last-Modified where there is no ETag.
http::Headers not_modified_fields(const Entry& stored);

}  // namespace pyesi::cache
