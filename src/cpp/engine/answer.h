#pragma once

#include "base/bytes.h"
#include "base/failure.h"
#include "base/time.h"
#include "cache/entry.h"
#include "engine/call.h"
#include "engine/timeline.h"

#include <cstdint>
#include <memory>
#include <string>

namespace pyesi::engine {

struct RowsRead;

/// Where an answer came from.
enum class Source : std::uint8_t { Network, Fresh, Revalidated, Stale };

/// How a request ended well: with an answer, whatever its status.
///
/// The entry is shared with the cache. `decoded` is the body in plain where it
/// was at hand; else the entry's body is decoded when somebody asks.
struct Answer {
    Call call;
    cache::EntryPtr entry;
    base::Bytes decoded;
    std::shared_ptr<const RowsRead> rows{};  ///< where they were wanted and read
    Source source = Source::Network;
    int attempts = 0;
    base::Duration elapsed{};
    base::Duration age{};
    Timeline timeline{};

    int status() const noexcept { return entry->response.status; }
};

}  // namespace pyesi::engine
