#include "columns/record_batch.h"

namespace pyesi::columns {

void ReadingCounts::add(const ReadingCounts& other) {
    bytes += other.bytes;
    misfits += other.misfits;
    unknown_fields.insert(other.unknown_fields.begin(), other.unknown_fields.end());
}

}  // namespace pyesi::columns
