#include "catalog/route.h"

#include <algorithm>

namespace pyesi::catalog {

const Parameter* find_parameter(const Route& route, std::string_view name) noexcept {
    const auto found = std::find_if(
        route.parameters.begin(), route.parameters.end(), [&](const Parameter& known) {
            return known.name == name;
        });
    return found == route.parameters.end() ? nullptr : &*found;
}

}  // namespace pyesi::catalog
