#include "engine/rows_wanted.h"

#include "columns/table_plan.h"

#include <algorithm>
#include <array>
#include <utility>

namespace pyesi::engine {

bool needs_body_alone(const columns::TablePlan& plan) noexcept {
    return std::ranges::none_of(plan.given, [](const columns::GivenColumn& column) {
        return column.from == columns::GivenFrom::LastModified;
    });
}

std::shared_ptr<const RowsRead> read_rows(std::shared_ptr<const RowsWanted> wanted,
                                          base::Bytes plain) {
    const std::array documents{columns::Document{
        .json = std::move(plain), .page = wanted->page, .given = wanted->given}};
    auto batch = columns::read_batch(wanted->plan, documents);
    return std::make_shared<const RowsRead>(
        RowsRead{std::move(wanted), std::move(batch)});
}

}  // namespace pyesi::engine
