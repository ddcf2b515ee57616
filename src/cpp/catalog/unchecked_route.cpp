#include "catalog/unchecked_route.h"

#include "catalog/path_template.h"

namespace pyesi::catalog {
namespace {

Parameter any_in_path(std::string_view name) {
    Parameter parameter;
    parameter.name = name;
    parameter.location = Location::Path;
    parameter.required = true;
    return parameter;
}

}  // namespace

base::Result<Route> make_unchecked_route(http::Method method,
                                         std::string_view path,
                                         std::uint32_t index) {
    auto parsed = parse_path_template(path);
    if (!parsed || parsed->names.size() > Route::kMaxParameters) {
        return base::make_failure(
            base::ErrorKind::InvalidRequest,
            "An UncheckedRoute's template must be a path that starts with '/': no "
            "empty "
            "segment, blank, control character, '?' or '#', and each placeholder a "
            "whole {name}, at most 16 and all different.");
    }
    Route route;
    route.method = method;
    route.path = path;
    route.operation_id = "unchecked";
    route.pieces = std::move(parsed->pieces);
    for (const auto name : parsed->names) {
        route.parameters.push_back(any_in_path(name));
    }
    route.unchecked = true;
    route.index = index;
    return route;
}

}  // namespace pyesi::catalog
