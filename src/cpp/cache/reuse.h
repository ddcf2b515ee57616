#pragma once

#include "base/time.h"
#include "cache/entry.h"
#include "cache/request_directives.h"

#include <cstdint>

namespace pyesi::cache {

/// What to do with an entry that was found.
enum class Reuse : std::uint8_t {
    Serve,                ///< fresh
    ServeStale,           ///< past its freshness, and the caller accepts that
    ServeThenRevalidate,  ///< past it, and the server accepts that
    Revalidate,           ///< ask with its validators, and wait
    NotCached,            ///< it would have to be asked for, and may not be
};

/// RFC 9111 §4.2.3, less what age_when_received leaves out. It grows with policy
/// time alone: no wall clock that is set makes an answer younger or older.
base::Duration current_age(const EntryTimes& times, base::TimePoint now) noexcept;

/// RFC 9111 §4 with §5.2.1 and RFC 5861 §3.
Reuse decide_reuse(const Entry& entry,
                   const RequestDirectives& directives,
                   base::TimePoint now) noexcept;

/// Whether an entry may stand in for an answer that failed (RFC 5861 §4): while
/// `stale-if-error` runs, or `usual` where the server did not say; never when it
/// said must-revalidate or no-cache.
///
/// The caller's own `stale-if-error` stands for `usual` and shortens the server's.
/// Who asks for something newer than the entry, and says nothing of errors, is told
/// of the failure.
bool may_serve_stale_on_error(const Entry& entry,
                              const RequestDirectives& directives,
                              base::Duration usual,
                              base::TimePoint now) noexcept;

}  // namespace pyesi::cache
