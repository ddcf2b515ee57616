#include "cache/cache_status.h"

#include <algorithm>

namespace pyesi::cache {

namespace {

std::string_view name_of(ForwardReason reason) noexcept {
    switch (reason) {
        case ForwardReason::Bypass: return "bypass";
        case ForwardReason::Method: return "method";
        case ForwardReason::UriMiss: return "uri-miss";
        case ForwardReason::VaryMiss: return "vary-miss";
        case ForwardReason::Miss: return "miss";
        case ForwardReason::Request: return "request";
        case ForwardReason::Stale: return "stale";
        case ForwardReason::Partial: return "partial";
    }
    return "miss";
}

bool is_letter(char letter) noexcept {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
}

/// RFC 8941 §3.3.4.
bool is_token(std::string_view text) noexcept {
    if (text.empty() || (!is_letter(text.front()) && text.front() != '*')) return false;
    return std::ranges::all_of(text, [](char letter) {
        return letter == ':' || letter == '/' ||
               http::is_field_name(std::string_view{&letter, 1});
    });
}

/// RFC 8941 §3.3.3. REQUIRES: text is visible ASCII and blanks.
std::string quoted(std::string_view text) {
    std::string value{'"'};
    for (const char letter : text) {
        if (letter == '"' || letter == '\\') value += '\\';
        value += letter;
    }
    return value += '"';
}

bool may_be_quoted(std::string_view text) noexcept {
    return std::ranges::all_of(
        text, [](char letter) { return letter >= ' ' && letter <= '~'; });
}

void append_text(std::string& line, std::string_view name, std::string_view text) {
    if (text.empty() || !may_be_quoted(text)) return;
    line.append("; ").append(name).append("=").append(quoted(text));
}

void append_number(std::string& line, std::string_view name, std::int64_t number) {
    line.append("; ").append(name).append("=").append(std::to_string(number));
}

std::optional<std::chrono::seconds> ttl_of(const Entry* answer, base::TimePoint now) {
    if (answer == nullptr || answer->times.fresh_until == base::TimePoint::max()) {
        return std::nullopt;
    }
    return std::chrono::floor<std::chrono::seconds>(answer->times.fresh_until - now);
}

ForwardReason reason_of(const Passage& passage) noexcept {
    if (passage.bypassed) return ForwardReason::Bypass;
    if (!http::is_safe(passage.method)) return ForwardReason::Method;
    if (passage.found == nullptr) return ForwardReason::UriMiss;
    if (!passage.matches_found) return ForwardReason::VaryMiss;
    return passage.found->is_fresh(passage.looked_up_at) ? ForwardReason::Request
                                                         : ForwardReason::Stale;
}

}  // namespace

std::string to_text(const CacheStatus& status, std::string_view cache_name) {
    std::string line =
        is_token(cache_name) ? std::string{cache_name} : quoted(cache_name);
    if (status.hit) line += "; hit";
    if (status.forwarded) line.append("; fwd=").append(name_of(*status.forwarded));
    if (status.forward_status)
        append_number(line, "fwd-status", *status.forward_status);
    if (status.ttl) append_number(line, "ttl", status.ttl->count());
    if (status.stored) line += "; stored";
    if (status.collapsed) line += "; collapsed";
    append_text(line, "key", status.key);
    append_text(line, "detail", status.detail);
    return line;
}

CacheStatus describe(const Passage& passage) {
    CacheStatus status;
    status.ttl = ttl_of(passage.answer, passage.answered_at);
    if (!passage.sent) {
        status.hit = passage.answer != nullptr;
        return status;
    }
    status.forwarded = reason_of(passage);
    status.forward_status = passage.status;
    status.stored = passage.stored;
    status.collapsed = passage.collapsed;
    return status;
}

}  // namespace pyesi::cache
