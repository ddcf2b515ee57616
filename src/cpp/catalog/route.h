#pragma once

#include "http/method.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pyesi::catalog {

enum class Location : std::uint8_t { Path, Query };

/// What a scalar must be. Any: a route outside the catalog takes all of them.
enum class ScalarType : std::uint8_t { Any, Integer, Number, Boolean, String };

/// How further rows of an answer are reached.
enum class Pagination : std::uint8_t { None, Pages, Cursor, FromId };

/// What ends an answer's life on ESI's side.
enum class CacheMode : std::uint8_t { Unknown, TtlBased, EventBased, NotCached };

/// What one parameter of a route must be. For a list, `type` and all that bounds a
/// scalar hold for each of its items.
struct Parameter {
    std::string name;
    Location location = Location::Query;
    ScalarType type = ScalarType::Any;
    bool is_list = false;
    bool required = false;
    bool explode = true;  ///< a list repeats the key; else commas join its items
    bool unique = false;
    bool is_uuid = false;

    std::int64_t least = std::numeric_limits<std::int64_t>::min();
    std::int64_t most = std::numeric_limits<std::int64_t>::max();
    double least_number = -std::numeric_limits<double>::infinity();
    double most_number = std::numeric_limits<double>::infinity();
    std::size_t min_length = 0;  ///< in characters, not bytes
    std::size_t max_length = std::numeric_limits<std::size_t>::max();
    std::size_t min_items = 1;
    std::size_t max_items = std::numeric_limits<std::size_t>::max();

    std::vector<std::string> allowed;         ///< empty: any string
    std::optional<std::string> default_text;  ///< as it is sent, percent-encoded
};

/// A run of a path template that ends in a placeholder or with the template.
struct Piece {
    static constexpr std::size_t kNoParameter = std::numeric_limits<std::size_t>::max();

    std::string literal;
    std::size_t parameter = kNoParameter;  ///< place in Route::parameters
};

/// A rate limit group as the catalog knows it; headers may know better.
struct RateLimit {
    std::string group;
    int tokens = 0;
    std::chrono::seconds window{0};
};

/// An ESI operation: what must be known to ask it. The same words as Python's
/// pyesi.catalog.Route.
///
/// Constant after construction.
struct Route {
    /// No route has more parameters, so that binding needs no memory of its own.
    static constexpr std::size_t kMaxParameters = 16;

    http::Method method = http::Method::Get;
    std::string path;
    std::string operation_id;
    std::vector<Piece> pieces;          ///< of the path
    std::vector<Parameter> parameters;  ///< the path's in order, the query's by name

    std::optional<std::chrono::seconds> cache_lifetime;
    CacheMode cache_mode = CacheMode::Unknown;
    bool expires_daily = false;  ///< all answers expire at 11:05 UTC

    std::optional<RateLimit> rate_limit;  ///< none: the error limit guards it

    Pagination pagination = Pagination::None;
    std::string page_parameter;  ///< the query parameter that turns pages, if one
    std::string page_field;      ///< FromId: the row's field that it continues from
    std::string rows;            ///< Cursor: the answer's field that holds the rows

    bool secured = false;
    bool localised = false;
    bool unchecked = false;   ///< made from a template that the catalog does not know
    std::uint32_t index = 0;  ///< dense: 0 … table size - 1, unchecked ones after it
};

/// The parameter of that name; null if there is none.
const Parameter* find_parameter(const Route& route, std::string_view name) noexcept;

}  // namespace pyesi::catalog
