#include "bindings/arguments.h"
#include "bindings/profile_face.h"
#include "bindings/python_error.h"
#include "catalog/binding.h"
#include "catalog/target_pattern.h"
#include "catalog/unchecked_route.h"

#include <algorithm>
#include <string>
#include <utility>

namespace py = pybind11;

namespace pyesi::bindings {

namespace {

using RoutePtr = std::shared_ptr<const catalog::Route>;

base::Result<RoutePtr> named_route(const engine::Profile& profile,
                                   http::Method method,
                                   std::string_view name) {
    const auto& routes = profile.routes();
    const auto* route = routes->find(method, name);
    if (route == nullptr) return routes->why_not_found(method, name);
    return RoutePtr{routes, route};
}

base::Result<RoutePtr> unchecked_route(const engine::Profile& profile,
                                       http::Method method,
                                       py::handle route) {
    const auto text = route.attr("template").cast<std::string>();
    auto made = catalog::make_unchecked_route(
        method, text, profile.routes()->unchecked_index());
    if (!made) return std::move(made).failure();
    return RoutePtr{std::make_shared<const catalog::Route>(std::move(made).value())};
}

base::Result<RoutePtr> route_of(const engine::Profile& profile,
                                http::Method method,
                                py::handle route) {
    if (py::isinstance<py::str>(route)) {
        return named_route(profile, method, route.cast<std::string_view>());
    }
    if (py::hasattr(route, "template")) return unchecked_route(profile, method, route);
    return base::make_failure(
        base::ErrorKind::InvalidRequest,
        "A route is a path template, an operation id or a pyesi.UncheckedRoute.");
}

bool gives(std::span<const catalog::Argument> arguments, std::string_view name) {
    return std::ranges::any_of(
        arguments, [&](const auto& argument) { return argument.name == name; });
}

}  // namespace

base::Result<engine::Call> make_call(const ProfileFace& face, CallParts parts) {
    auto route = route_of(*face.profile, parts.method, parts.route);
    if (!route) return std::move(route).failure();

    Arguments arguments;
    engine::Call call{.profile = face.profile,
                      .route = *route,
                      .options = std::move(parts.options),
                      .target = {},
                      .method = parts.method};
    auto failure = arguments.read(parts.parameters.ptr());
    if (!failure) {
        failure = catalog::bind_target(*call.route, arguments.view(), call.target);
    }
    if (failure) {
        failure->route = call.route->path;
        return std::move(*failure);
    }
    // Page 1 has two spellings, and ESI must not be asked twice for one page.
    const auto& page = call.route->page_parameter;
    if (call.route->pagination == catalog::Pagination::Pages && !page.empty() &&
        !gives(arguments.view(), page)) {
        call.target = catalog::with_query_parameter(call.target, page, "1");
    }
    return call;
}

base::Result<catalog::TargetPattern> make_pattern(const ProfileFace& face,
                                                  py::handle route,
                                                  py::handle parameters) {
    auto named = route_of(*face.profile, http::Method::Get, route);
    if (!named) return std::move(named).failure();
    Arguments arguments;
    catalog::TargetPattern pattern;
    auto failure = arguments.read(parameters.ptr());
    if (!failure) failure = catalog::bind_pattern(**named, arguments.view(), pattern);
    if (!failure) return pattern;
    failure->route = (*named)->path;
    return std::move(*failure);
}

http::Method method_of(py::handle method) {
    const auto name = method.cast<std::string>();
    if (const auto parsed = http::parse_method(name)) return *parsed;
    raise_error(base::make_failure(
        base::ErrorKind::InvalidRequest,
        "The method must be GET, HEAD, POST, PUT or DELETE, in capitals."));
}

}  // namespace pyesi::bindings
