#pragma once

#include "http/headers.h"
#include "http/method.h"
#include "http/url.h"

#include <vector>

namespace pyesi::cache {

/// A request that was answered, as far as it bears on what is stored.
struct Change {
    http::Method method = http::Method::Get;
    int status = 0;
    bool catalog_read = false;  ///< a POST that only reads
};

/// Whether the answer outdates what is stored under the request's URL (RFC 9111 §4.4):
/// a method that is not safe was not answered with an error.
bool outdates(const Change& change) noexcept;

/// The URLs whose stored answers a change outdates: its own; the same without its
/// query, in which ESI's changes carry their arguments; and those that Location and
/// Content-Location name, where they are of the same origin. A server may not empty
/// another's cache (§4.4). Empty if nothing is outdated.
std::vector<http::Url> outdated_urls(const Change& change,
                                     const http::Url& asked,
                                     const http::Headers& answer);

}  // namespace pyesi::cache
