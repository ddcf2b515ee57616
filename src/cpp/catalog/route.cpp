#include "catalog/route.h"

#include <algorithm>

namespace pyesi::catalog {

const Parameter* find_parameter(const Route& route, std::string_view name) noexcept {
    const auto found = std::ranges::find(route.parameters, name, &Parameter::name);
    return found == route.parameters.end() ? nullptr : &*found;
}

}  // namespace pyesi::catalog
