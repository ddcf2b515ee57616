#pragma once

#include "http/url.h"

#include <optional>
#include <string_view>

namespace pyesi::http {

/// What `reference` names, read where `base` is: the value of Location and
/// Content-Location (RFC 3986 §5.2). Dots in its path are taken out, the fragment is
/// dropped. Nothing if it is of another scheme than http and https, or is no URL.
std::optional<Url> resolve_reference(const Url& base, std::string_view reference);

}  // namespace pyesi::http
