#pragma once

#include "base/bytes.h"
#include "base/time.h"
#include "cache/entry.h"

#include <optional>

namespace pyesi::cache {

/// A value of the application's own, kept in the store beside the answers under
/// append_value_key. Its lifetime is the application's word: it is gone at expiry.
struct ApplicationValue {
    EntryKind kind = EntryKind::BytesValue;
    base::Bytes bytes;
    std::optional<base::Duration> expire;  ///< none: until evicted or deleted
};

/// REQUIRES: value.kind is not Response.
EntryPtr make_value_entry(ApplicationValue value,
                          base::TimePoint now,
                          base::WallTime wall_now);

}  // namespace pyesi::cache
