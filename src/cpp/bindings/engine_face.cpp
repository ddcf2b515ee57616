#include "bindings/engine_face.h"

#include "bindings/application_values.h"
#include "bindings/cache_view.h"
#include "bindings/python_error.h"
#include "bindings/statistics_view.h"

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include <pybind11/stl.h>

namespace py = pybind11;

namespace pyesi::bindings {

namespace {

std::vector<std::string> labels_of(const catalog::RouteTable& routes) {
    std::vector<std::string> labels;
    for (const auto& route : routes.routes()) labels.push_back(route.operation_id);
    return labels;
}

/// Reads settings by name and tells which one nobody asked for.
class Settings {
public:
    explicit Settings(const py::kwargs& given) : given_{given} {}

    template <class T>
    void read(const char* name, T& setting) {
        if (!given_.contains(name)) return;
        setting = given_[name].cast<T>();
        ++read_;
    }

    void read_seconds(const char* name, base::Duration& setting) {
        double seconds = base::in_seconds(setting);
        read(name, seconds);
        setting = base::from_seconds(seconds);
    }

    /// Throws TypeError for a name that was not read.
    void finish() const {
        if (read_ == given_.size()) return;
        throw py::type_error("Engine got a setting that it does not know");
    }

private:
    const py::kwargs& given_;
    std::size_t read_ = 0;
};

/// base_ttl, max_ttl, popularity_factor, decay; None: no dynamic TTL.
using DynamicTtlTuple = std::tuple<double, double, double, double>;

cache::DynamicTtl dynamic_ttl_of(const DynamicTtlTuple& given) {
    const auto [base_ttl, max_ttl, factor, decay] = given;
    return {.base_ttl = base::from_seconds(base_ttl),
            .max_ttl = base::from_seconds(max_ttl),
            .popularity_factor = factor,
            .decay = base::from_seconds(decay)};
}

std::optional<cache::DynamicTtl> dynamic_ttl_in(Settings& settings) {
    std::optional<DynamicTtlTuple> given;
    settings.read("dynamic_ttl", given);
    if (!given) return std::nullopt;
    return dynamic_ttl_of(*given);
}

void read_address(Settings& settings,
                  const std::string& prefix,
                  storage::RedisAddress& address) {
    const auto read = [&](const char* name, auto& part) {
        settings.read((prefix + name).c_str(), part);
    };
    read("host", address.host);
    read("port", address.port);
    read("path", address.path);
    read("user", address.user);
    read("password", address.password);
    read("database", address.database);
}

void read_redis(Settings& settings, cache::RedisSettings& redis) {
    read_address(settings, "redis_", redis.address);
    base::Duration timeout = redis.timeout;
    settings.read_seconds("redis_timeout", timeout);
    redis.timeout = std::chrono::ceil<std::chrono::milliseconds>(timeout);
}

void read_limits(Settings& settings, engine::EngineConfig& config) {
    settings.read("reserve", config.reserve);
    settings.read("limits_path", config.limits_path);
    read_address(settings, "limits_redis_", config.limits_redis);
    base::Duration timeout = config.limits_timeout;
    settings.read_seconds("limits_timeout", timeout);
    config.limits_timeout = std::chrono::ceil<std::chrono::milliseconds>(timeout);
}

engine::EngineConfig config_of(const py::kwargs& given) {
    engine::EngineConfig config;
    auto& transport = config.transport;
    Settings settings{given};
    settings.read("max_in_flight", config.max_in_flight);
    settings.read("max_in_flight_total", config.max_in_flight_total);
    settings.read("max_waiting", config.max_waiting);
    settings.read("retry_attempts", config.retry.max_attempts);
    read_limits(settings, config);
    settings.read("retry_budget", config.retry_budget.share);
    settings.read("retry_floor", config.retry_budget.floor);
    settings.read_seconds("retry_base", config.retry.base);
    settings.read_seconds("retry_cap", config.retry.cap);
    settings.read_seconds("stale_if_error", config.stale_if_error);
    settings.read("least_requests", config.breaker.least_requests);
    settings.read("failures_in_a_row", config.breaker.failures_in_a_row);
    settings.read("circuit_breaker", config.breaker.enabled);
    settings.read("failure_threshold", config.breaker.failure_threshold);
    settings.read("half_open_max_calls", config.breaker.half_open_max_calls);
    settings.read_seconds("recovery_timeout", config.breaker.recovery_timeout);
    settings.read("max_body_bytes", config.max_body_bytes);
    settings.read("cache", config.cache_enabled);
    settings.read("cache_entries", config.memory.max_entries);
    settings.read("cache_bytes", config.memory.max_bytes);
    settings.read("cache_path", config.disk.path);
    settings.read("cache_file_bytes", config.disk.max_bytes);
    read_redis(settings, config.redis);
    settings.read("compression_threshold", config.compression_threshold);
    settings.read("pool_size", transport.max_connections_per_host);
    settings.read("http2_connections", transport.max_http2_connections);
    settings.read("http2", transport.http2);
    settings.read("ca_file", transport.ca_file);
    settings.read("proxy", transport.proxy);
    settings.read("no_proxy", transport.no_proxy);
    settings.read_seconds("negative_ttl", config.negative_ttl);
    config.dynamic_ttl = dynamic_ttl_in(settings);
    settings.read_seconds("keep_alive_idle", transport.keep_alive_idle);
    settings.read_seconds("keep_alive_life", transport.keep_alive_life);
    settings.finish();
    return config;
}

}  // namespace

RouteTableFace::RouteTableFace(const py::bytes& table) {
    auto parsed = catalog::RouteTable::parse(std::string_view{table});
    if (!parsed) raise_error(parsed.failure());
    routes = std::make_shared<const catalog::RouteTable>(std::move(parsed).value());
}

EngineFace::EngineFace(const RouteTableFace& table, engine::EngineConfig config)
    : routes_{table.routes},
      engine_{
          std::make_unique<engine::Engine>(std::move(config), labels_of(*routes_))} {}

EngineFace::~EngineFace() {
    if (!engine_) return;
    const py::gil_scoped_release released;
    engine_.reset();
}

engine::Engine& EngineFace::engine() const {
    if (engine_) return *engine_;
    raise_error(base::make_failure(
        base::ErrorKind::ClientClosed,
        "This engine belongs to the parent process. Make a new client after a fork."));
}

void EngineFace::close() {
    if (!engine_) return;
    const py::gil_scoped_release released;
    engine_->close();
}

void EngineFace::abandon() {
    if (engine_) engine_->abandon();
    // Leaked with what it holds: see Engine::abandon.
    [[maybe_unused]] const auto* leaked = engine_.release();
}

void bind_engine(py::module_& core) {
    py::class_<RouteTableFace>(core, "RouteTable")
        .def(py::init<const py::bytes&>(), py::arg("table"));

    py::class_<EngineFace, std::shared_ptr<EngineFace>>(core, "Engine")
        .def(py::init([](const RouteTableFace& table, const py::kwargs& settings) {
            return std::make_shared<EngineFace>(table, config_of(settings));
        }))
        .def_property_readonly("closed", &EngineFace::is_closed)
        .def("close", &EngineFace::close)
        .def("abandon", &EngineFace::abandon)
        .def("cancel",
             [](EngineFace& face, engine::Tag tag) {
                 if (!face.is_closed()) face.engine().cancel(tag);
             })
        .def("advance_clock",
             [](EngineFace& face, double seconds) {
                 face.engine().advance_clock(base::from_seconds(seconds));
             })
        .def("set_emergency",
             [](EngineFace& face, bool on) { face.engine().set_emergency(on); })
        .def("statistics", statistics_of)
        .def("exposed", exposed_of)
        .def("history", history_of)
        .def("cache_get", get_value, py::arg("key"), py::arg("wait") = true)
        .def("cache_set", set_value)
        .def("cache_delete", delete_value)
        .def("cache_clear", clear_cache)
        .def("cache_save", save_cache)
        .def("cache_load", load_cache)
        .def("cache_statistics", cache_statistics_of);

    core.def(
        "fault_of_dynamic_ttl",
        [](const DynamicTtlTuple& given) {
            return cache::fault_of(dynamic_ttl_of(given));
        },
        py::arg("settings"));
    core.def("abandon_limits_after_fork", &engine::Engine::on_forked_child);
}

}  // namespace pyesi::bindings
