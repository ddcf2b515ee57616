#include "metrics/route_series.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace pyesi::metrics {

namespace {

/// A label's value: backslash, quote and line feed are written with a backslash.
std::string escaped(std::string_view value) {
    std::string text;
    text.reserve(value.size());
    for (const char sign : value) {
        if (sign == '\n') {
            text += "\\n";
            continue;
        }
        if (sign == '\\' || sign == '"') text += '\\';
        text += sign;
    }
    return text;
}

template <class Number>
void append(std::string& text, Number number) {
    std::array<char, 32> room{};
    const auto end = std::to_chars(room.data(), room.data() + room.size(), number).ptr;
    text.append(room.data(), end);
}

/// The lines of one family in the making.
class Family {
public:
    Family(std::string_view name, const std::string& client)
        : name_{name}, client_{client} {}

    /// `more` are the labels after `route`, each with a comma before it.
    void add(const RouteSnapshot& route, std::string_view more, std::uint64_t number) {
        begin(name_, route, more);
        append(lines_, number);
        lines_ += '\n';
    }

    /// `bounds`: the labels of kDurationBounds.
    void add_histogram(const RouteSnapshot& route,
                       std::span<const std::string> bounds) {
        const auto counts = route.duration.cumulative(kDurationBounds);
        for (std::size_t index = 0; index < counts.size(); ++index) {
            begin("pyesi_request_duration_seconds_bucket", route, bounds[index]);
            append(lines_, counts[index]);
            lines_ += '\n';
        }
        begin("pyesi_request_duration_seconds_bucket", route, R"(,le="+Inf")");
        append(lines_, route.duration.count());
        lines_ += '\n';
        begin("pyesi_request_duration_seconds_count", route, {});
        append(lines_, route.duration.count());
        lines_ += '\n';
        begin("pyesi_request_duration_seconds_sum", route, {});
        append(lines_, base::in_seconds(route.duration.sum()));
        lines_ += '\n';
    }

    SeriesLines take() && { return {name_, std::move(lines_)}; }

private:
    void begin(std::string_view name,
               const RouteSnapshot& route,
               std::string_view more) {
        lines_ += name;
        lines_ += R"({client=")";
        lines_ += client_;
        lines_ += R"(",route=")";
        lines_ += route.route;  // an operation id: nothing to escape
        lines_ += '"';
        lines_ += more;
        lines_ += "} ";
    }

    std::string_view name_;
    const std::string& client_;
    std::string lines_;
};

std::string label(std::string_view name, std::string_view value) {
    std::string text{','};
    text += name;
    text += R"(=")";
    text += value;
    text += '"';
    return text;
}

std::string bound_label(base::Duration bound) {
    std::string label{R"(,le=")"};
    append(label, base::in_seconds(bound));
    // As Python writes a float, so that the series is the same either way.
    if (label.find('.') == std::string::npos) label += ".0";
    return label + '"';
}

void add_requests(Family& family, const RouteSnapshot& route) {
    for (const auto outcome : kOutcomes) {
        if (route.requests[outcome] == 0) continue;
        family.add(route, label("outcome", name_of(outcome)), route.requests[outcome]);
    }
}

void add_retries(Family& family, const RouteSnapshot& route) {
    for (std::size_t index = 0; index < kRetryReasons; ++index) {
        const auto count = route.retries_by_reason[index].attempts;
        if (count == 0) continue;
        const auto* const reason = name_of(static_cast<RetryReason>(index));
        family.add(route, label("reason", reason), count);
    }
}

void add_reloads(Family& family, const RouteSnapshot& route) {
    const auto& cache = route.cache;
    if (cache.reloads == 0) return;
    family.add(route, label("early", "true"), cache.early_reloads);
    family.add(route, label("early", "false"), cache.reloads - cache.early_reloads);
}

}  // namespace

std::vector<SeriesLines> route_series(const RequestSnapshot& all,
                                      std::string_view client) {
    const auto name = escaped(client);
    Family requests{"pyesi_requests_total", name};
    Family attempts{"pyesi_attempts_total", name};
    Family retries{"pyesi_retries_total", name};
    Family negative_hits{"pyesi_cache_negative_hits_total", name};
    Family reloads{"pyesi_cache_reloads_total", name};
    Family durations{"pyesi_request_duration_seconds", name};
    std::array<std::string, kDurationBounds.size()> bounds;
    std::ranges::transform(kDurationBounds, bounds.begin(), bound_label);
    for (const auto& route : all.routes) {
        add_requests(requests, route);
        attempts.add(route, {}, route.attempts);
        add_retries(retries, route);
        if (route.cache.negative_hits != 0) {
            negative_hits.add(route, {}, route.cache.negative_hits);
        }
        add_reloads(reloads, route);
        durations.add_histogram(route, bounds);
    }
    std::vector<SeriesLines> series;
    for (auto* const family :
         {&requests, &attempts, &retries, &negative_hits, &reloads, &durations}) {
        series.push_back(std::move(*family).take());
    }
    return series;
}

}  // namespace pyesi::metrics
