#include "bindings/statistics_view.h"

#include "bindings/route_rows.h"
#include "bindings/without_gil.h"
#include "metrics/route_series.h"

#include <cstddef>
#include <optional>
#include <string>

namespace py = pybind11;

namespace pyesi::bindings {

namespace {

py::dict cache_of(const cache::StoreStatistics& store) {
    py::dict one;
    one["entries"] = store.entries;
    one["bytes"] = store.bytes;
    one["max_entries"] = store.max_entries;
    one["max_bytes"] = store.max_bytes;
    one["stored"] = store.stored;
    one["evicted"] =
        store.evicted_expired + store.evicted_for_entries + store.evicted_for_bytes;
    one["evicted_expired"] = store.evicted_expired;
    one["evicted_for_entries"] = store.evicted_for_entries;
    one["evicted_for_bytes"] = store.evicted_for_bytes;
    one["evicted_missed"] = store.evicted_missed;
    one["replaced"] = store.replaced;
    one["erased"] = store.erased;
    one["expired_values"] = store.expired_values;
    one["refused_oversize"] = store.refused_oversize;
    one["refused_large"] = store.refused_large;
    return one;
}

py::object file_of(const std::optional<cache::StoreStatistics>& disk) {
    if (!disk) return py::none();
    py::dict one;
    one["entries"] = disk->entries;
    one["bytes"] = disk->bytes;
    one["max_bytes"] = disk->max_bytes;
    one["hits"] = disk->hits;
    one["misses"] = disk->misses;
    one["stored"] = disk->stored;
    one["pending"] = disk->pending;
    one["evicted"] = disk->evicted_for_bytes;
    one["dropped"] = disk->dropped;
    one["damaged"] = disk->damaged;
    one["faults"] = disk->faults;
    return one;
}

py::object redis_of(const std::optional<cache::StoreStatistics>& redis,
                    const cache::StoreStatistics& memory) {
    if (!redis) return py::none();
    py::dict one;
    one["reachable"] = redis->is_reachable;
    one["hits"] = redis->hits;
    one["misses"] = redis->misses;
    one["stored"] = redis->stored;
    one["dropped"] = redis->dropped;
    one["damaged"] = redis->damaged;
    one["faults"] = redis->faults;
    one["doubted"] = memory.doubted;
    return one;
}

py::dict warming_of(const metrics::WarmingSnapshot& counts) {
    py::dict one;
    one["revalidated"] = counts.revalidated;
    one["changed"] = counts.changed;
    one["failed"] = counts.failed;
    one["skipped"] = counts.skipped;
    return one;
}

void add_counts(py::dict& cache, const metrics::CacheSnapshot& counts) {
    cache["hits"] = counts.hits;
    cache["misses"] = counts.misses;
    cache["revalidated"] = counts.revalidations;
    cache["stale"] = counts.stale;
    cache["coalesced"] = counts.coalesced;
    cache["avoided"] = counts.avoided();
    cache["negative_hits"] = counts.negative_hits;
    cache["reloads"] = counts.reloads;
    cache["early_reloads"] = counts.early_reloads;
}

py::dict cache_of(const engine::EngineStatistics& all) {
    auto cache = cache_of(all.cache);
    add_counts(cache, all.requests.totals.cache);
    py::list routes;
    for (const auto& route : all.requests.routes) {
        py::dict one;
        one["route"] = route.route;
        add_counts(one, route.cache);
        routes.append(one);
    }
    cache["routes"] = routes;
    cache["warming"] = warming_of(all.requests.totals.warming);
    cache["file"] = file_of(all.disk);
    cache["redis"] = redis_of(all.redis, all.cache);
    return cache;
}

py::dict connections_of(const transport::ConnectionCounts& counts) {
    py::dict one;
    one["open"] = counts.open;
    one["active"] = counts.active;
    one["idle"] = counts.idle;
    one["opened"] = counts.opened;
    one["closed"] = counts.closed;
    one["reused"] = counts.reused;
    return one;
}

py::dict pool_of(const transport::PoolStatistics& pool) {
    py::dict one;
    one["open"] = pool.http1.open + pool.http2.open;
    one["active"] = pool.http1.active + pool.http2.active;
    one["idle"] = pool.http1.idle + pool.http2.idle;
    one["reused"] = pool.http1.reused + pool.http2.reused;
    one["opened"] = pool.http1.opened + pool.http2.opened;
    one["closed"] = pool.http1.closed + pool.http2.closed;
    one["connecting"] = pool.connecting;
    one["in_flight"] = pool.in_flight;
    one["waiting"] = pool.waiting;
    one["http1"] = connections_of(pool.http1);
    one["http2"] = connections_of(pool.http2);
    return one;
}

py::list windows_of(const std::vector<scheduler::BucketState>& buckets) {
    py::list windows;
    for (const auto& bucket : buckets) {
        py::dict one;
        one["group"] = bucket.group;
        one["identity"] = bucket.identity;
        one["tokens"] = bucket.max_tokens;
        one["left"] = bucket.left;
        one["in_flight"] = bucket.in_flight;
        one["window"] = base::in_seconds(bucket.window);
        one["closed_for"] = base::in_seconds(bucket.closed_for);
        windows.append(one);
    }
    return windows;
}

py::list group_waits_of(const std::vector<scheduler::GroupWaitsState>& states) {
    py::list waits;
    for (const auto& state : states) {
        py::dict one;
        one["group"] = state.group;
        one["count"] = state.waits;
        one["seconds"] = base::in_seconds(state.length);
        waits.append(one);
    }
    return waits;
}

py::list ceilings_of(const std::vector<scheduler::CeilingState>& states) {
    py::list ceilings;
    for (const auto& ceiling : states) {
        py::dict one;
        one["route"] = ceiling.route;
        one["requests"] = ceiling.requests;
        one["left"] = ceiling.left;
        one["window"] = base::in_seconds(ceiling.window);
        one["closed_for"] = base::in_seconds(ceiling.closed_for);
        ceilings.append(one);
    }
    return ceilings;
}

const char* name_of(scheduler::BreakerState::Phase phase) noexcept {
    using Phase = scheduler::BreakerState::Phase;
    switch (phase) {
        case Phase::Closed: return "closed";
        case Phase::Open: return "open";
        case Phase::HalfOpen: return "half_open";
        case Phase::Recovering: return "recovering";
    }
    return "closed";
}

py::dict breaker_of(const scheduler::BreakerState& breaker) {
    py::dict one;
    one["phase"] = name_of(breaker.phase);
    one["opens_for"] = base::in_seconds(breaker.opens_for);
    one["times_opened"] = breaker.times_opened;
    return one;
}

py::object health_of(const std::optional<scheduler::HealthState>& health) {
    if (!health) return py::none();
    py::dict checks;
    checks["well"] = health->checks_well;
    checks["failed"] = health->checks_failed;
    checks["skipped"] = health->checks_skipped;
    const bool has_answered = health->response_time > base::Duration::zero();
    py::dict one;
    one["share"] = health->share;
    one["ejected"] = health->ejected;
    one["ejected_for"] = base::in_seconds(health->ejected_for);
    one["times_ejected"] = health->times_ejected;
    one["response_time"] = py::none();
    if (has_answered) one["response_time"] = base::in_seconds(health->response_time);
    one["failures"] = health->failures;
    one["up"] = py::none();
    if (health->is_up) one["up"] = *health->is_up;
    one["checks"] = checks;
    one["failovers"] = health->failovers;
    return one;
}

py::list leases_of(const std::vector<scheduler::LeaseState>& states) {
    py::list leases;
    for (const auto& lease : states) {
        py::dict one;
        one["name"] = lease.name;
        one["identity"] = lease.identity;
        one["unused"] = lease.unused;
        one["in_flight"] = lease.in_flight;
        one["left"] = lease.left;
        one["others"] = lease.others;
        leases.append(one);
    }
    return leases;
}

py::object sharing_of(const scheduler::SharingState& sharing) {
    using Standing = scheduler::SharingState::Standing;
    if (sharing.standing == Standing::Off) return py::none();
    py::dict one;
    one["standing"] = sharing.standing == Standing::Shared ? "shared" : "alone";
    one["processes"] = sharing.processes;
    one["exchanges"] = sharing.exchanges;
    one["failures"] = sharing.failures;
    one["losses"] = sharing.losses;
    one["recoveries"] = sharing.recoveries;
    one["leases"] = leases_of(sharing.leases);
    return one;
}

py::dict limits_of(const scheduler::UpstreamState& upstream) {
    const auto& errors = upstream.limits.errors;
    py::dict error_limit;
    error_limit["left"] = errors.left;
    error_limit["in_flight"] = errors.in_flight;
    error_limit["resets_in"] = base::in_seconds(errors.resets_in);
    error_limit["closed_for"] = base::in_seconds(errors.closed_for);
    py::dict one;
    one["origin"] = upstream.origin;
    one["waiting"] = upstream.waiting;
    one["in_flight"] = upstream.in_flight;
    one["max_in_flight"] = upstream.max_in_flight;
    one["circuit_breaker"] = breaker_of(upstream.breaker);
    one["health"] = health_of(upstream.health);
    one["error_limit"] = error_limit;
    one["windows"] = windows_of(upstream.limits.buckets);
    one["group_waits"] = group_waits_of(upstream.group_waits);
    one["ceilings"] = ceilings_of(upstream.limits.ceilings);
    one["sharing"] = sharing_of(upstream.limits.sharing);
    return one;
}

py::dict queue_of(const scheduler::SchedulerStatistics& scheduler) {
    py::dict waiting;
    for (std::size_t index = 0; index < scheduler::kPriorities; ++index) {
        const auto* name = scheduler::name_of(static_cast<scheduler::Priority>(index));
        waiting[name] = scheduler.waiting[index];
    }
    py::dict one;
    one["waiting"] = waiting;
    one["in_flight"] = scheduler.in_flight;
    one["max_in_flight"] = py::none();
    if (scheduler.max_in_flight != 0) one["max_in_flight"] = scheduler.max_in_flight;
    return one;
}

py::list waits_of(const metrics::TotalsSnapshot& totals) {
    py::list rows;
    for (std::size_t index = 0; index < metrics::kWaitCauses; ++index) {
        const auto& waits = totals.waits[index];
        if (waits.waits == 0) continue;
        py::dict one;
        one["gate"] = metrics::name_of(static_cast<metrics::WaitCause>(index));
        one["count"] = waits.waits;
        one["seconds"] = base::in_seconds(waits.length);
        rows.append(one);
    }
    return rows;
}

engine::EngineStatistics snapshot_of(const EngineFace& face) {
    auto& engine = face.engine();
    return without_gil([&] { return engine.statistics(); });
}

py::dict told_of(const engine::EngineStatistics& all) {
    py::list limits;
    for (const auto& upstream : all.scheduler.upstreams) {
        limits.append(limits_of(upstream));
    }
    py::dict bytes;
    bytes["received"] = all.requests.totals.bytes_received;
    bytes["decoded"] = all.requests.totals.bytes_decoded;
    bytes["decode_seconds"] = base::in_seconds(all.requests.totals.decode_time);

    py::dict told;
    add_route_rows(told, all.requests);
    told["waits"] = waits_of(all.requests.totals);
    told["cache"] = cache_of(all);
    told["pool"] = pool_of(all.pool);
    told["queue"] = queue_of(all.scheduler);
    told["limits"] = limits;
    told["bytes"] = bytes;
    told["cpu"] = base::in_seconds(all.cpu);
    return told;
}

}  // namespace

py::dict statistics_of(const EngineFace& face) {
    return told_of(snapshot_of(face));
}

py::tuple exposed_of(const EngineFace& face, const std::string& client) {
    auto& engine = face.engine();
    engine::EngineStatistics all;
    const auto series = without_gil([&] {
        all = engine.statistics();
        auto lines = metrics::route_series(all.requests, client);
        all.requests.routes.clear();
        return lines;
    });
    py::dict written;
    for (const auto& [family, lines] : series) {
        written[py::str(family.data(), family.size())] = lines;
    }
    return py::make_tuple(written, told_of(all));
}

py::dict history_of(const EngineFace& face) {
    auto& engine = face.engine();
    const auto past = without_gil([&] { return engine.past(); });
    py::dict told;
    told["minutes"] = history_rows(past.minutes);
    told["ten_minutes"] = history_rows(past.tens);
    return told;
}

py::dict cache_statistics_of(const EngineFace& face) {
    return cache_of(snapshot_of(face));
}

}  // namespace pyesi::bindings
