#include "transport/curl_options.h"

#include <algorithm>
#include <chrono>

namespace pyesi::transport {

namespace {

// A page of 1,000 market orders, gzipped, with its head: in one read where it has
// come whole. libcurl adds a byte, and this many are one class of CurlMemory.
constexpr long kReceiveBuffer = (40L << 10) - 1;

long in_whole_seconds(base::Duration length) noexcept {
    return std::chrono::ceil<std::chrono::seconds>(length).count();
}

void apply_protocols(CURL* easy, bool http2) {
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    // Where TLS lets the server choose by ALPN. Elsewhere libcurl must not hope for
    // it: it would hold a second request until the first is answered.
    curl_easy_setopt(easy,
                     CURLOPT_HTTP_VERSION,
                     http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_PIPEWAIT, http2 ? 1L : 0L);
    // Bodies are decoded by us, elsewhere, with a cap.
    curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
    curl_easy_setopt(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
}

void apply_connections(CURL* easy, const TransportSettings& settings) {
    // Signals are the process's own: without this libcurl sets an alarm for names
    // and changes SIGPIPE around each call.
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, kReceiveBuffer);
    // Else a transfer that is stopped waits for its resolver's thread.
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(
        easy, CURLOPT_MAXAGE_CONN, in_whole_seconds(settings.keep_alive_idle));
    curl_easy_setopt(
        easy, CURLOPT_MAXLIFETIME_CONN, in_whole_seconds(settings.keep_alive_life));
}

// An empty proxy and an empty NOPROXY keep libcurl from reading the environment,
// which others may be changing at that moment.
void apply_proxy(CURL* easy, const TransportSettings& settings) {
    const bool nowhere = settings.no_proxy == "*";
    curl_easy_setopt(easy, CURLOPT_PROXY, nowhere ? "" : settings.proxy.c_str());
    curl_easy_setopt(easy, CURLOPT_NOPROXY, direct_hosts(settings).c_str());
    curl_easy_setopt(easy, CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

void apply_tls(CURL* easy, const TransportSettings& settings) {
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(
        easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    // CAINFO does not switch off a CAPATH that libcurl was built with, and the
    // multi handle keeps the parsed bundle only if there is none.
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
    curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, nullptr);
    if (settings.ca_file.empty()) return;
    curl_easy_setopt(easy, CURLOPT_CAINFO, settings.ca_file.c_str());
    curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, settings.ca_file.c_str());
}

}  // namespace

void apply_easy_settings(CURL* easy,
                         const TransportSettings& settings,
                         std::string_view origin) {
    apply_protocols(easy, offers_http2(settings, origin));
    apply_connections(easy, settings);
    apply_proxy(easy, settings);
    apply_tls(easy, settings);
}

std::string direct_hosts(const TransportSettings& settings) {
    constexpr const char* kLoopback = "localhost,127.0.0.0/8,::1";
    if (settings.proxy.empty()) return {};
    if (settings.no_proxy.empty()) return kLoopback;
    return settings.no_proxy + "," + kLoopback;
}

void apply_multi_settings(CURLM* multi, const TransportSettings& settings) {
    // What is open at once is ours to bound: a bound of libcurl's would make it
    // hold a queue. This one is on the connections that it keeps.
    curl_multi_setopt(multi,
                      CURLMOPT_MAXCONNECTS,
                      static_cast<long>(std::max(settings.max_connections_total, 1)));
}

}  // namespace pyesi::transport
