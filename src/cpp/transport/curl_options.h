#pragma once

#include "transport/transport_settings.h"

#include <curl/curl.h>

#include <string>

namespace pyesi::transport {

/// Sets what holds for every request of a transport on a new handle.
void apply_easy_settings(CURL* easy, const TransportSettings& settings);

/// What libcurl is told not to take through the proxy: `no_proxy` and loopback.
std::string direct_hosts(const TransportSettings& settings);

/// The same for the multi handle.
void apply_multi_settings(CURLM* multi, const TransportSettings& settings);

}  // namespace pyesi::transport
