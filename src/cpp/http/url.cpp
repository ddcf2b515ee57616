#include "http/url.h"

#include "http/headers.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>

namespace pyesi::http {

namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

struct Authority {
    std::string host;
    std::string_view port;  // as written, empty if none was
};

std::uint16_t default_port(std::string_view scheme) noexcept {
    return scheme == "https" ? kHttpsPort : kHttpPort;
}

bool is_visible(char letter) noexcept {
    return letter > ' ' && letter < '\x7F';
}

bool is_digit(char letter) noexcept {
    return letter >= '0' && letter <= '9';
}

bool is_letter(char letter) noexcept {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
}

bool is_name_character(char letter) noexcept {
    return is_letter(letter) || is_digit(letter) || letter == '-' || letter == '.' ||
           letter == '_';
}

/// Not whether it is an address: whoever connects will tell.
bool is_address_character(char letter) noexcept {
    return is_digit(letter) || letter == ':' || letter == '.' ||
           (letter >= 'a' && letter <= 'f') || (letter >= 'A' && letter <= 'F');
}

std::string lower_case(std::string_view text) {
    std::string lower{text};
    std::ranges::transform(lower, lower.begin(), [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a')
                                              : letter;
    });
    return lower;
}

/// The port with its colon stripped; nothing if what follows the host is no port.
std::optional<std::string_view> port_text(std::string_view after_host) noexcept {
    if (after_host.empty()) return after_host;
    if (after_host.front() != ':') return std::nullopt;
    return after_host.substr(1);
}

std::optional<Authority> split_bracketed(std::string_view text) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    const auto host = text.substr(1, close - 1);
    const auto port = port_text(text.substr(close + 1));
    if (!port || host.find(':') == std::string_view::npos) return std::nullopt;
    if (!std::ranges::all_of(host, is_address_character)) return std::nullopt;
    return Authority{lower_case(host), *port};
}

/// Refuses user information, since '@' is in no host.
std::optional<Authority> split_authority(std::string_view text) {
    if (text.starts_with('[')) return split_bracketed(text);
    const auto end = std::min(text.find(':'), text.size());
    const auto host = text.substr(0, end);
    const auto port = port_text(text.substr(end));
    if (!port || host.empty()) return std::nullopt;
    if (!std::ranges::all_of(host, is_name_character)) return std::nullopt;
    return Authority{lower_case(host), *port};
}

std::optional<std::uint16_t> read_port(std::string_view digits,
                                       std::uint16_t otherwise) noexcept {
    if (digits.empty()) return otherwise;
    std::uint16_t port = 0;
    const auto* const end = digits.data() + digits.size();
    const auto [stopped, error] = std::from_chars(digits.data(), end, port);
    if (error != std::errc{} || stopped != end || port == 0) return std::nullopt;
    return port;
}

/// "?page=2" stands for "/?page=2".
std::string target_of(std::string_view text) {
    const auto target = text.substr(0, text.find('#'));
    if (target.starts_with('/')) return std::string{target};
    return std::string{"/"}.append(target);
}

void append_host(std::string& text, std::string_view host) {
    const bool is_address = host.find(':') != std::string_view::npos;
    if (is_address) text += '[';
    text += host;
    if (is_address) text += ']';
}

/// "127.0.0.1", and neither "127.1" nor "0127.0.0.1": resolvers differ on those.
bool is_loopback_v4(std::string_view host) noexcept {
    int parts = 0;
    while (parts < 4) {
        const auto part = host.substr(0, host.find('.'));
        std::uint8_t value = 0;
        const auto* const end = part.data() + part.size();
        const auto [stopped, error] = std::from_chars(part.data(), end, value);
        if (error != std::errc{} || stopped != end) return false;
        if (part.size() > 1 && part.front() == '0') return false;
        if (parts == 0 && value != 127) return false;
        ++parts;
        if (part.size() == host.size()) return parts == 4;
        host.remove_prefix(part.size() + 1);
    }
    return false;
}

}  // namespace

std::optional<Url> parse_url(std::string_view text) {
    if (!std::ranges::all_of(text, is_visible)) return std::nullopt;
    const auto colon = text.find("://");
    if (colon == std::string_view::npos) return std::nullopt;
    Url url;
    url.scheme = lower_case(text.substr(0, colon));
    if (url.scheme != "http" && url.scheme != "https") return std::nullopt;

    const auto rest = text.substr(colon + 3);
    const auto authority_end = std::min(rest.find_first_of("/?#"), rest.size());
    auto authority = split_authority(rest.substr(0, authority_end));
    if (!authority) return std::nullopt;
    const auto port = read_port(authority->port, default_port(url.scheme));
    if (!port) return std::nullopt;

    url.host = std::move(authority->host);
    url.port = *port;
    url.target = target_of(rest.substr(authority_end));
    return url;
}

std::string origin(const Url& url) {
    std::string text = url.scheme + "://";
    append_host(text, url.host);
    if (url.port == default_port(url.scheme)) return text;
    return text.append(":").append(std::to_string(url.port));
}

std::string to_string(const Url& url) {
    return origin(url) + url.target;
}

bool same_origin(const Url& left, const Url& right) noexcept {
    return left.port == right.port && left.scheme == right.scheme &&
           left.host == right.host;
}

bool is_loopback(std::string_view host) noexcept {
    if (host == "::1" || host == "[::1]") return true;
    return equal_without_case(host, "localhost") || is_loopback_v4(host);
}

}  // namespace pyesi::http
