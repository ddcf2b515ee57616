#pragma once

#include "base/result.h"
#include "columns/batch_builder.h"
#include "columns/batch_reader.h"

#include <cstddef>
#include <memory>

namespace pyesi::columns {

/// Reads documents into a batch's columns by one pass over their JSON.
///
/// Thread: any one at a time.
class DocumentReader {
public:
    /// Both outlive it.
    DocumentReader(BatchBuilder& builder, ReadingCounts& counts);
    DocumentReader(const DocumentReader&) = delete;
    DocumentReader& operator=(const DocumentReader&) = delete;
    ~DocumentReader();

    /// Adds the document's rows and tells how many; given columns get nothing. After a
    /// failure, which is as of read_batch, the builder is of no use.
    base::Result<std::size_t> read(const Document& document);

    /// Adds the names that the catalog does not know to the counts, once.
    void tell_counts();

private:
    class Rows;
    std::unique_ptr<Rows> rows_;
};

}  // namespace pyesi::columns
