#pragma once

#include "columns/batch_reader.h"
#include "columns/table_plan.h"

#include <pybind11/pybind11.h>

#include <memory>
#include <vector>

namespace pyesi::bindings {

/// Python's TablePlan.
///
/// Constant after construction; its dictionaries guard themselves.
struct TablePlanFace {
    std::shared_ptr<const columns::TablePlan> plan;
};

/// The caller's values for a document, one for each column that is the caller's.
/// Throws ValueError if their number or types are not the plan's.
std::vector<columns::GivenValue> given_values(const columns::TablePlan& plan,
                                              const pybind11::tuple& given);

void bind_table_plan(pybind11::module_& core);

}  // namespace pyesi::bindings
