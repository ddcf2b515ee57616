#pragma once

#include "base/failure.h"
#include "catalog/route.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace pyesi::catalog {

using Scalar = std::variant<std::int64_t, double, bool, std::string_view>;
using List = std::vector<Scalar>;

/// What a caller gives for a parameter. Strings are UTF-8, and the caller's own: a
/// scalar takes no memory.
using Value = std::variant<std::int64_t, double, bool, std::string_view, List>;

struct Argument {
    std::string_view name;
    Value value;
};

/// Writes the target of the request (RFC 9112 §3.2.1) into `target`, in place of
/// what it held: the path, then the query sorted by name. Equal requests have equal
/// targets: values are percent-encoded alike, a number in its shortest form, items
/// of a list in the order given. A required parameter that is not given is sent with
/// its default, if it has one.
///
/// Fails with InvalidRequest, and leaves `target` empty, if a parameter is unknown,
/// missing, given twice or not what it must be. The message names it, says what it
/// must be and, for a misspelt name, the nearest right one; it never holds a string
/// value. Numeric strings are strings, and a boolean is no integer.
///
/// Allocates nothing once `target` has room, but for an unchecked route's query.
[[nodiscard]] std::optional<base::Failure> bind_target(
    const Route& route, std::span<const Argument> arguments, std::string& target);

/// A bound target with one more query parameter, or another value for it: what
/// bind_target would have written. For turning pages.
std::string with_query_parameter(std::string_view target,
                                 std::string_view name,
                                 std::string_view value);

}  // namespace pyesi::catalog
