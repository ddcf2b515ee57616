#pragma once

#include "base/result.h"
#include "catalog/route.h"

#include <cstdint>
#include <string_view>

namespace pyesi::catalog {

/// A route outside the catalog. Values for its `{placeholders}` go into the path,
/// all others into the query; neither names nor types are checked.
///
/// `index` is RouteTable::unchecked_index(). Fails with InvalidRequest unless
/// `path` is a template as parse_path_template takes it.
base::Result<Route> make_unchecked_route(http::Method method,
                                         std::string_view path,
                                         std::uint32_t index);

}  // namespace pyesi::catalog
