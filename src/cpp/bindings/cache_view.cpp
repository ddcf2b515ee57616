#include "bindings/cache_view.h"

#include "bindings/python_error.h"
#include "bindings/without_gil.h"

#include <chrono>
#include <utility>

namespace py = pybind11;

namespace pyesi::bindings {

namespace {

const char* name_of(cache::Reuse reuse) noexcept {
    switch (reuse) {
        case cache::Reuse::Serve: return "serve";
        case cache::Reuse::ServeStale: return "serve_stale";
        case cache::Reuse::NotCached: return "not_cached";
        case cache::Reuse::ServeThenRevalidate: return "serve_then_revalidate";
        case cache::Reuse::Revalidate: break;
    }
    return "send";
}

void tell_entry(py::dict& told, const cache::Entry& entry) {
    const auto expiry = entry.times.expires_at.time_since_epoch();
    told["status"] = entry.response.status;
    told["etag"] = py::none();
    if (entry.etag) told["etag"] = entry.etag->text;
    told["has_validator"] = entry.etag || entry.last_modified;
    told["expires_at"] = std::chrono::duration<double>(expiry).count();
}

/// Where it may go.
py::list origins_of(const engine::Call& call) {
    py::list origins;
    const auto& set = call.profile->upstreams();
    if (!set) {
        origins.append(call.profile->origin());
        return origins;
    }
    for (const auto& member : set->members) {
        const bool may_go = member.trusted || !engine::has_token(call);
        if (may_go) origins.append(member.origin);
    }
    return origins;
}

}  // namespace

py::dict explain(const ProfileFace& face,
                 const py::object& method,
                 const py::object& route,
                 const py::object& parameters,
                 const OptionsFace* options) {
    auto& engine = face.engine->engine();
    auto call = make_call(
        face,
        {.method = method_of(method),
         .route = route,
         .parameters = parameters,
         .options = options_of(options, *face.profile, engine.clock(), AskedAs::One)});
    if (!call) raise_error(call.failure());
    const auto seen = without_gil([&] { return engine.explain(*call); });

    py::dict told;
    told["url"] = face.profile->url_of(call->target);
    told["origins"] = origins_of(*call);
    told["group"] = py::none();
    if (call->route->rate_limit) told["group"] = call->route->rate_limit->group;
    told["repeatable"] = seen.repeatable;
    told["cached"] = seen.cached;
    told["reuse"] = name_of(seen.reuse);
    told["joins"] = seen.joins;
    told["age"] = base::in_seconds(seen.age);
    told["fresh_for"] = base::in_seconds(seen.fresh_for);
    told["kept"] = seen.entry != nullptr;
    if (seen.entry) tell_entry(told, *seen.entry);
    return told;
}

std::optional<std::size_t> save_cache(const EngineFace& face, const std::string& path) {
    auto& engine = face.engine();
    return without_gil([&] { return engine.save_cache(path); });
}

std::optional<std::size_t> load_cache(const EngineFace& face, const std::string& path) {
    auto& engine = face.engine();
    return without_gil([&] { return engine.load_cache(path); });
}

std::size_t invalidate(const ProfileFace& face,
                       const py::object& route,
                       const py::object& parameters,
                       const std::optional<std::string>& glob,
                       const std::optional<std::string>& identity) {
    engine::Selection selection{
        .target = std::nullopt, .glob = glob, .identity = identity};
    if (!route.is_none()) {
        auto pattern = make_pattern(face, route, parameters);
        if (!pattern) raise_error(pattern.failure());
        selection.target = std::move(pattern).value();
    }
    auto& engine = face.engine->engine();
    return without_gil([&] { return engine.invalidate(selection); });
}

}  // namespace pyesi::bindings
