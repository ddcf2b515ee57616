#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pyesi::http {

enum class Method : std::uint8_t { Get, Head, Post, Put, Delete };

constexpr std::string_view name_of(Method method) noexcept {
    switch (method) {
        case Method::Get: return "GET";
        case Method::Head: return "HEAD";
        case Method::Post: return "POST";
        case Method::Put: return "PUT";
        case Method::Delete: return "DELETE";
    }
    return "GET";
}

/// Upper case, as on the wire; nothing for a method that ESI does not know.
constexpr std::optional<Method> parse_method(std::string_view name) noexcept {
    for (const auto method :
         {Method::Get, Method::Head, Method::Post, Method::Put, Method::Delete}) {
        if (name_of(method) == name) return method;
    }
    return std::nullopt;
}

/// RFC 9110 §9.2.1: asks for nothing to change. Such a request alone may be
/// cached, coalesced, retried and sent again.
constexpr bool is_safe(Method method) noexcept {
    return method == Method::Get || method == Method::Head;
}

}  // namespace pyesi::http
