#include "columns/batch_reader.h"

#include "columns/batch_builder.h"
#include "columns/document_reader.h"

#include <chrono>
#include <utility>

namespace pyesi::columns {

namespace {

std::int64_t in_milliseconds(base::WallTime instant) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               instant.time_since_epoch())
        .count();
}

GivenValue value_of(const GivenColumn& column,
                    const Document& document,
                    std::size_t& next_of_caller) {
    switch (column.from) {
        case GivenFrom::Caller: return document.given[next_of_caller++];
        case GivenFrom::Page: return std::int64_t{document.page};
        case GivenFrom::LastModified: break;
    }
    if (!document.last_modified) return {};
    return in_milliseconds(*document.last_modified);
}

/// Adds a row, of the type that the column's kind asks for.
struct AppendGiven {
    ColumnBuilder& column;

    void operator()(std::monostate) const { column.append_null(); }
    void operator()(std::int64_t value) const {
        if (column.type().kind == Kind::Double) {
            column.append_double(static_cast<double>(value));
        } else {
            column.append_int64(value);
        }
    }
    void operator()(double value) const { column.append_double(value); }
    void operator()(bool value) const { column.append_bool(value); }
    void operator()(const std::string& value) const { column.append_text(value); }
};

void append_given(BatchBuilder& builder, const Document& document, std::size_t rows) {
    const auto& given = builder.plan().given;
    auto& columns = builder.columns();
    const auto first = columns.size() - given.size();
    std::size_t next_of_caller = 0;
    for (std::size_t place = 0; place < given.size(); ++place) {
        const auto value = value_of(given[place], document, next_of_caller);
        auto& column = columns[first + place];
        for (std::size_t row = 0; row < rows; ++row) {
            std::visit(AppendGiven{column}, value);
        }
    }
}

}  // namespace

base::Result<RecordBatchPtr> read_batch(std::shared_ptr<const TablePlan> plan,
                                        std::span<const Document> documents) {
    BatchBuilder builder{std::move(plan)};
    ReadingCounts counts;
    DocumentReader reader{builder, counts};
    std::size_t rows = 0;
    for (const auto& document : documents) {
        counts.bytes += document.json.size();
        const auto read = reader.read(document);
        if (!read) return read.failure();
        append_given(builder, document, *read);
        rows += *read;
    }
    reader.tell_counts();
    return builder.freeze(static_cast<std::int64_t>(rows), std::move(counts));
}

}  // namespace pyesi::columns
