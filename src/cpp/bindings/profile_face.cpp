#include "bindings/profile_face.h"

#include "bindings/bridge.h"
#include "bindings/cache_view.h"
#include "bindings/fast_calls.h"
#include "bindings/python_error.h"
#include "bindings/table_calls.h"
#include "bindings/warming_face.h"
#include "cache/lifetime_override.h"
#include "engine/upstream_set.h"
#include "http/url.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <pybind11/stl.h>

namespace py = pybind11;

namespace pyesi::bindings {

namespace {

std::shared_ptr<const engine::Options> options_for(const ProfileFace& face,
                                                   const OptionsFace* options,
                                                   AskedAs asked_as) {
    return options_of(options, *face.profile, face.engine->engine().clock(), asked_as);
}

std::map<std::string, base::Duration, std::less<>> lifetimes_in(
    const py::kwargs& given) {
    std::map<std::string, base::Duration, std::less<>> lifetimes;
    for (const auto& [path, seconds] :
         given["lifetimes"].cast<std::map<std::string, double>>()) {
        lifetimes.emplace(path, base::from_seconds(seconds));
    }
    return lifetimes;
}

std::map<std::string, scheduler::Ceiling, std::less<>> ceilings_in(
    const py::kwargs& given) {
    using Ceilings = std::map<std::string, std::pair<std::uint32_t, double>>;
    std::map<std::string, scheduler::Ceiling, std::less<>> ceilings;
    for (const auto& [path, ceiling] : given["ceilings"].cast<Ceilings>()) {
        const auto& [requests, seconds] = ceiling;
        ceilings.emplace(path,
                         scheduler::Ceiling{requests, base::from_seconds(seconds)});
    }
    return ceilings;
}

/// url, weight, trusted
using MemberTuple = std::tuple<std::string, double, bool>;
/// path, interval, timeout, down_after, up_after
using CheckTuple =
    std::tuple<std::string, double, double, std::uint32_t, std::uint32_t>;

engine::HealthCheck health_check_of(const CheckTuple& given) {
    const auto& [path, interval, timeout, down_after, up_after] = given;
    return {.path = path,
            .interval = base::from_seconds(interval),
            .timeout = base::from_seconds(timeout),
            .verdicts = {.down_after = down_after, .up_after = up_after}};
}

/// Nothing in it where the client has one upstream.
engine::UpstreamSet upstreams_in(const py::kwargs& given) {
    engine::UpstreamSet set;
    if (!given.contains("upstreams")) return set;
    for (const auto& [url, weight, trusted] :
         given["upstreams"].cast<std::vector<MemberTuple>>()) {
        const auto parsed = http::parse_url(url);
        if (!parsed) throw py::value_error("an upstream's URL cannot be read");
        set.members.push_back({.base_url = url,
                               .origin = http::origin(*parsed),
                               .weight = weight,
                               .trusted = trusted});
    }
    const auto balancing =
        scheduler::parse_balancing(given["balancing"].cast<std::string>());
    if (!balancing) throw py::value_error("there is no such balancing");
    set.balancing = *balancing;
    const auto check = given["health_check"].cast<std::optional<CheckTuple>>();
    if (check) set.check = health_check_of(*check);
    return set;
}

std::optional<std::string> fault_of_lifetime(const std::string& path,
                                             double wanted,
                                             std::optional<double> told) {
    return cache::fault_of_override(
        path,
        base::from_seconds(wanted),
        told ? std::optional{base::from_seconds(*told)} : std::nullopt);
}

std::unique_ptr<ProfileFace> make_profile(std::shared_ptr<EngineFace> engine,
                                          const py::kwargs& given) {
    engine::ProfileSettings settings{
        .base_url = given["base_url"].cast<std::string>(),
        .user_agent = given["user_agent"].cast<std::string>(),
        .compatibility_date = given["compatibility_date"].cast<std::string>(),
        .language = given["language"].cast<std::string>(),
        .tenant = given["tenant"].cast<std::string>(),
        .lifetimes = lifetimes_in(given),
        .ceilings = ceilings_in(given),
        .upstreams = upstreams_in(given)};
    auto profile =
        std::make_shared<const engine::Profile>(std::move(settings), engine->routes());
    return std::make_unique<ProfileFace>(
        ProfileFace{std::move(engine), std::move(profile)});
}

base::Result<engine::Call> item_of(
    const ProfileFace& face,
    const py::tuple& item,
    const std::shared_ptr<const engine::Options>& usual) {
    auto options = usual;
    if (item.size() > 3) {
        options =
            options_for(face, item[3].cast<const OptionsFace*>(), AskedAs::ItemOfMany);
    }
    try {
        return make_call(face,
                         {.method = method_of(item[0]),
                          .route = item[1],
                          .parameters = item[2],
                          .options = std::move(options)});
    } catch (py::error_already_set& error) {
        return base::make_failure(base::ErrorKind::InvalidRequest, error.what());
    }
}

std::vector<base::Result<engine::Call>> calls_of(const ProfileFace& face,
                                                 const py::sequence& items,
                                                 const OptionsFace* options) {
    const auto usual = options_for(face, options, AskedAs::ItemOfMany);
    std::vector<base::Result<engine::Call>> calls;
    calls.reserve(items.size());
    for (const auto& item : items) {
        calls.push_back(item_of(face, item.cast<py::tuple>(), usual));
    }
    return calls;
}

engine::Tag submit_batch(const ProfileFace& face,
                         Bridge& bridge,
                         const py::object& future,
                         const py::sequence& items,
                         const OptionsFace* options,
                         std::size_t batch_size,
                         const py::object& on_event) {
    const auto tag = face.engine->engine().submit_batch(
        calls_of(face, items, options),
        {.at_once = batch_size, .tells_progress = !on_event.is_none()},
        bridge.queue());
    bridge.expect(tag, future, on_event);
    return tag;
}

engine::Tag stream_batch(const ProfileFace& face,
                         Bridge& bridge,
                         const py::object& future,
                         const py::sequence& items,
                         const OptionsFace* options,
                         std::size_t batch_size,
                         bool in_order,
                         std::size_t byte_window,
                         const py::object& on_event) {
    using engine::Delivery;
    const auto tag = face.engine->engine().submit_batch(
        calls_of(face, items, options),
        {.at_once = batch_size,
         .delivery = in_order ? Delivery::InOrder : Delivery::AsCompleted,
         .byte_window = byte_window},
        bridge.queue());
    bridge.expect(tag, future, on_event);
    return tag;
}

engine::Tag submit_sweep(const ProfileFace& face,
                         Bridge& bridge,
                         const py::object& future,
                         const py::object& route,
                         const py::object& parameters,
                         const OptionsFace* options,
                         bool consistent,
                         bool wait_for_refresh,
                         const py::object& on_event) {
    const auto tag = begin_sweep(face,
                                 bridge,
                                 {route, parameters, options},
                                 {.consistent = consistent,
                                  .wait_for_refresh = wait_for_refresh,
                                  .tells_progress = !on_event.is_none()});
    bridge.expect(tag, future, on_event);
    return tag;
}

engine::Tag stream_sweep(const ProfileFace& face,
                         Bridge& bridge,
                         const py::object& future,
                         const py::object& route,
                         const py::object& parameters,
                         const OptionsFace* options,
                         bool consistent,
                         bool wait_for_refresh,
                         std::size_t byte_window,
                         const py::object& on_event) {
    const auto tag = begin_sweep(face,
                                 bridge,
                                 {route, parameters, options},
                                 {.consistent = consistent,
                                  .stream = true,
                                  .wait_for_refresh = wait_for_refresh,
                                  .byte_window = byte_window});
    bridge.expect(tag, future, on_event);
    return tag;
}

}  // namespace

engine::Tag begin_sweep(const ProfileFace& face,
                        const Bridge& bridge,
                        const AskedPages& asked,
                        engine::Engine::SweepSettings settings) {
    const auto usual = options_for(face, asked.options, AskedAs::ItemOfMany);
    // Stale pages would make a snapshot that never was.
    auto strict = std::make_shared<engine::Options>(*usual);
    strict->accept_stale = false;
    // What is kept is not going to be any newer.
    const bool may_wait = strict->cache_mode != engine::CacheMode::OnlyIfCached &&
                          strict->cache_mode != engine::CacheMode::ForceStale;
    settings.wait_for_refresh = settings.wait_for_refresh && may_wait;
    auto call = make_call(face,
                          {.route = asked.route,
                           .parameters = asked.parameters,
                           .options = std::move(strict)});
    if (!call) raise_error(call.failure());
    return face.engine->engine().submit_sweep(
        std::move(call).value(), std::move(settings), bridge.queue());
}

void bind_profile(py::module_& core) {
    core.def("fault_of_lifetime",
             &fault_of_lifetime,
             py::arg("path"),
             py::arg("wanted"),
             py::arg("told"));
    py::class_<ProfileFace> profile{core, "Profile"};
    profile.def(py::init(&make_profile), py::arg("engine"))
        .def_property_readonly("try_fresh", &fast_try_fresh)
        .def_property_readonly("submit", &fast_submit)
        .def_property_readonly("needs_token", &fast_needs_token)
        .def("explain", &explain)
        .def("invalidate", &invalidate)
        .def("submit_batch", &submit_batch)
        .def("stream_batch", &stream_batch)
        .def("taken",
             [](const ProfileFace& face, engine::Tag tag, std::size_t bytes) {
                 if (!face.engine->is_closed()) {
                     face.engine->engine().on_taken(tag, bytes);
                 }
             })
        .def("submit_sweep", &submit_sweep)
        .def("stream_sweep", &stream_sweep);
    bind_warming(core, profile);
    bind_table_calls(core, profile);
}

}  // namespace pyesi::bindings
