#include "catalog/route_reader.h"

#include "catalog/path_template.h"
#include "catalog/percent_encoding.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <utility>

namespace pyesi::catalog {
namespace {

using Json = nlohmann::json;

/// The field's value, or `otherwise` if the line leaves it out.
template <class T>
T field(const Json& line, const char* name, T otherwise) {
    return line.value(name, std::move(otherwise));
}

std::string text(const Json& line, const char* name) {
    return line.value(name, std::string{});
}

template <class T>
void read_into(T& target, const Json& line, const char* name) {
    if (const auto found = line.find(name); found != line.end()) found->get_to(target);
}

ScalarType scalar_type(const std::string& name) {
    if (name == "integer") return ScalarType::Integer;
    if (name == "number") return ScalarType::Number;
    if (name == "boolean") return ScalarType::Boolean;
    if (name == "string") return ScalarType::String;
    throw std::invalid_argument("no parameter can be of type " + name);
}

Pagination pagination(const std::string& name) {
    if (name.empty()) return Pagination::None;
    if (name == "x-pages") return Pagination::Pages;
    if (name == "cursor") return Pagination::Cursor;
    if (name == "from-id") return Pagination::FromId;
    throw std::invalid_argument("no pagination is called " + name);
}

/// ESI may name a new mode without a new date: that is no reason to refuse a table.
CacheMode cache_mode(const std::string& name) {
    if (name == "ttl-based") return CacheMode::TtlBased;
    if (name == "event-based") return CacheMode::EventBased;
    if (name == "not-cached") return CacheMode::NotCached;
    return CacheMode::Unknown;
}

http::Method method(const std::string& name) {
    const auto known = http::parse_method(name);
    if (!known) throw std::invalid_argument("no method is called " + name);
    return *known;
}

/// A default as it stands in a query.
std::optional<std::string> default_text(const Json& line) {
    const auto found = line.find("default");
    if (found == line.end()) return std::nullopt;
    std::string encoded;
    append_encoded(encoded,
                   found->is_string() ? found->get<std::string>() : found->dump());
    return encoded;
}

void read_bounds(Parameter& parameter, const Json& line) {
    if (text(line, "format") == "int32") {
        parameter.least = std::numeric_limits<std::int32_t>::min();
        parameter.most = std::numeric_limits<std::int32_t>::max();
    }
    const bool whole = parameter.type == ScalarType::Integer;
    if (whole) {
        read_into(parameter.least, line, "minimum");
        read_into(parameter.most, line, "maximum");
    } else {
        read_into(parameter.least_number, line, "minimum");
        read_into(parameter.most_number, line, "maximum");
    }
    read_into(parameter.min_length, line, "min_length");
    read_into(parameter.max_length, line, "max_length");
    read_into(parameter.min_items, line, "min_items");
    read_into(parameter.max_items, line, "max_items");
    // An empty list cannot be told from an absent one in a query.
    parameter.min_items = std::max<std::size_t>(parameter.min_items, 1);
}

Parameter read_parameter(const Json& line) {
    Parameter parameter;
    parameter.name = line.at("name");
    parameter.location =
        text(line, "location") == "path" ? Location::Path : Location::Query;
    parameter.is_list = text(line, "type") == "array";
    parameter.type = scalar_type(text(line, parameter.is_list ? "items" : "type"));
    parameter.required = field(line, "required", false);
    parameter.explode = field(line, "explode", false);
    parameter.unique = field(line, "unique", false);
    parameter.is_uuid = text(line, "format") == "uuid";
    parameter.default_text = default_text(line);
    read_into(parameter.allowed, line, "enum");
    read_bounds(parameter, line);
    return parameter;
}

bool stands_before(const Parameter& left, const Parameter& right) {
    if (left.location != right.location) return left.location == Location::Path;
    return left.location == Location::Query && left.name < right.name;
}

/// The parameters in canonical order, whatever order the table has.
std::vector<Parameter> read_parameters(const Json& line) {
    std::vector<Parameter> parameters;
    for (const auto& each : line.value("parameters", Json::array())) {
        parameters.push_back(read_parameter(each));
    }
    if (parameters.size() > Route::kMaxParameters) {
        throw std::length_error("more than 16 parameters");
    }
    std::ranges::stable_sort(parameters, stands_before);
    return parameters;
}

/// Pieces that point at the route's own path parameters.
void read_path(Route& route) {
    auto parsed = parse_path_template(route.path);
    if (!parsed) throw std::invalid_argument(route.path + " is not a path template");
    for (auto& piece : parsed->pieces) {
        if (piece.parameter == Piece::kNoParameter) continue;
        const auto* known = find_parameter(route, parsed->names[piece.parameter]);
        if (known == nullptr || known->location != Location::Path) {
            throw std::invalid_argument(route.path + " has an undeclared placeholder");
        }
        piece.parameter = static_cast<std::size_t>(known - route.parameters.data());
    }
    route.pieces = std::move(parsed->pieces);
}

std::optional<std::chrono::seconds> cache_lifetime(const Json& line) {
    if (!line.contains("cache_seconds")) return std::nullopt;
    return std::chrono::seconds{line.at("cache_seconds").get<std::int64_t>()};
}

std::optional<RateLimit> rate_limit(const Json& line) {
    if (!line.contains("rate_limit_group")) return std::nullopt;
    return RateLimit{
        line.at("rate_limit_group"),
        line.at("rate_limit_tokens"),
        std::chrono::seconds{line.at("rate_limit_window").get<std::int64_t>()}};
}

Route read_route(const Json& line) {
    Route route;
    route.method = method(line.at("method"));
    route.path = line.at("path");
    route.operation_id = line.at("operation_id");
    route.parameters = read_parameters(line);
    read_path(route);
    route.cache_lifetime = cache_lifetime(line);
    route.cache_mode = cache_mode(text(line, "cache_mode"));
    route.expires_daily = field(line, "expires_daily", false);
    route.rate_limit = rate_limit(line);
    route.pagination = pagination(text(line, "pagination"));
    route.page_parameter = text(line, "page_parameter");
    route.page_field = text(line, "page_field");
    route.rows = text(line, "rows");
    route.secured = field(line, "secured", false);
    route.localised = field(line, "localised", false);
    return route;
}

ReadTable read_all(std::string_view json) {
    const auto root = Json::parse(json);
    ReadTable table;
    table.compatibility_date = root.at("compatibility_date");
    for (const auto& line : root.at("operations")) {
        table.routes.push_back(read_route(line));
        table.routes.back().index = static_cast<std::uint32_t>(table.routes.size() - 1);
    }
    return table;
}

}  // namespace

base::Result<ReadTable> read_table(std::string_view json) {
    try {
        return read_all(json);
    } catch (const std::exception& fault) {
        return base::make_failure(
            base::ErrorKind::ConfigurationError,
            std::string{"The catalog's table cannot be read: "} + fault.what());
    }
}

}  // namespace pyesi::catalog
