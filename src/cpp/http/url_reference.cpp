#include "http/url_reference.h"

#include <algorithm>
#include <string>

namespace pyesi::http {

namespace {

std::string_view path_of(std::string_view target) noexcept {
    return target.substr(0, target.find('?'));
}

/// RFC 3986 §3.1: a colon before any slash, question mark or number sign.
bool has_scheme(std::string_view reference) noexcept {
    const auto end = reference.find_first_of(":/?#");
    return end != std::string_view::npos && end > 0 && reference[end] == ':';
}

void drop_last_segment(std::string& path) {
    path.resize(std::min(path.rfind('/'), path.size()));
}

/// RFC 3986 §5.2.4, segment by segment. REQUIRES: path begins with a slash.
std::string without_dots(std::string_view path) {
    std::string plain;
    while (!path.empty()) {
        const auto end = std::min(path.find('/', 1), path.size());
        const auto segment = path.substr(0, end);
        path.remove_prefix(end);
        const bool is_dots = segment == "/." || segment == "/..";
        if (segment == "/..") drop_last_segment(plain);
        if (!is_dots) plain += segment;
        if (is_dots && path.empty()) plain += '/';
    }
    return plain;
}

std::string target_without_dots(std::string_view target) {
    const auto path = path_of(target);
    return without_dots(path).append(target.substr(path.size()));
}

/// RFC 3986 §5.2.2 for a reference without a scheme and an authority.
std::string target_at(const Url& base, std::string_view reference) {
    const auto path = path_of(base.target);
    if (reference.empty()) return base.target;
    if (reference.starts_with('/')) return std::string{reference};
    if (reference.starts_with('?')) return std::string{path}.append(reference);
    return std::string{path.substr(0, path.rfind('/') + 1)}.append(reference);
}

std::optional<Url> in_plain(std::optional<Url> url) {
    if (url) url->target = target_without_dots(url->target);
    return url;
}

}  // namespace

std::optional<Url> resolve_reference(const Url& base, std::string_view reference) {
    reference = reference.substr(0, reference.find('#'));
    if (has_scheme(reference)) return in_plain(parse_url(reference));
    if (reference.starts_with("//")) {
        return in_plain(parse_url(base.scheme + ":" + std::string{reference}));
    }
    return in_plain(parse_url(origin(base) + target_at(base, reference)));
}

}  // namespace pyesi::http
