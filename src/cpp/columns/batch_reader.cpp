#include "columns/batch_reader.h"

#include "columns/batch_builder.h"
#include "columns/document_reader.h"

#include <chrono>
#include <memory>
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

/// What one thread reads a table's documents with. Most are pages of one listing: what
/// a page took of memory, and learnt of names and their order, serves the next.
class Desk {
public:
    explicit Desk(std::shared_ptr<const TablePlan> plan) : builder_{std::move(plan)} {}

    bool is_for(const TablePlan& plan) const noexcept {
        return &builder_.plan() == &plan;
    }

    /// After a failure it is of no use.
    base::Result<RecordBatchPtr> read(std::span<const Document> documents) {
        std::size_t rows = 0;
        for (const auto& document : documents) {
            counts_.bytes += document.json.size();
            const auto read = reader_.read(document);
            if (!read) return read.failure();
            append_given(builder_, document, *read);
            rows += *read;
        }
        reader_.tell_counts();
        auto batch = builder_.freeze(static_cast<std::int64_t>(rows),
                                     std::exchange(counts_, {}));
        builder_.clear();
        return batch;
    }

private:
    BatchBuilder builder_;
    ReadingCounts counts_;
    DocumentReader reader_{builder_, counts_};
};

// A desk with the room of a giant is not kept for the small ones that follow.
constexpr std::uint64_t kKeptBytes = std::uint64_t{4} << 20U;

}  // namespace

base::Result<RecordBatchPtr> read_batch(std::shared_ptr<const TablePlan> plan,
                                        std::span<const Document> documents) {
    thread_local std::unique_ptr<Desk> kept;
    // Taken, and put back when all went well: a failure leaves none.
    auto desk = std::exchange(kept, nullptr);
    if (!desk || !desk->is_for(*plan)) desk = std::make_unique<Desk>(std::move(plan));
    auto batch = desk->read(documents);
    if (batch && (*batch)->counts.bytes <= kKeptBytes) kept = std::move(desk);
    return batch;
}

}  // namespace pyesi::columns
