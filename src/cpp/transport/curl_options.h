#pragma once

#include "transport/transport_settings.h"

#include <curl/curl.h>

#include <string>
#include <string_view>

namespace pyesi::transport {

/// Sets what holds for every request of a transport to one origin on a new handle.
void apply_easy_settings(CURL* easy,
                         const TransportSettings& settings,
                         std::string_view origin);

/// What libcurl is told not to take through the proxy: `no_proxy` and loopback.
std::string direct_hosts(const TransportSettings& settings);

/// The same for the multi handle.
void apply_multi_settings(CURLM* multi, const TransportSettings& settings);

}  // namespace pyesi::transport
