#pragma once

#include "base/result.h"
#include "catalog/route.h"

#include <string>
#include <string_view>
#include <vector>

namespace pyesi::catalog {

/// The operations table as tools/build_catalog.py writes it, read.
struct ReadTable {
    std::string compatibility_date;
    std::vector<Route> routes;  ///< `index` counts from 0
};

/// Fails with ConfigurationError if `json` is no such table.
base::Result<ReadTable> read_table(std::string_view json);

}  // namespace pyesi::catalog
