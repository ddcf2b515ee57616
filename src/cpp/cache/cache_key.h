#pragma once

#include "http/method.h"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace pyesi::cache {

/// A cache key borrowed for a look-up: no allocation.
///
/// REQUIRES: `hash` is hash_of(text); `text` outlives the view.
struct CacheKeyView {
    std::string_view text;
    std::uint64_t hash = 0;
};

/// What a stored entry is found by. Two keys are one only if their whole texts
/// are: the hash merely finds the place.
struct CacheKey {
    std::string text;
    std::uint64_t hash = 0;

    operator CacheKeyView() const noexcept { return {text, hash}; }  // NOLINT
};

/// What an answer depends on beside method, target and body. `identity` stands
/// for application and character and is empty without a token. It is never the
/// token: keys are written to disk and to Redis.
struct Variant {
    std::string_view origin;
    std::string_view compatibility_date;
    std::string_view tenant;
    std::string_view language;
    std::string_view identity;
};

/// A variant as text, to be made once for many requests. Two different variants
/// never give one text, whatever bytes their parts hold.
std::string variant_text(const Variant& variant);

/// 128 bits that stand for a request's body: two bodies of one sweep of POST
/// reads must not meet by chance, and a key holds no second copy to compare.
struct BodyDigest {
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    auto operator<=>(const BodyDigest&) const = default;
};

BodyDigest digest_body(std::string_view body) noexcept;

/// The parts of a request's key. `variant` comes from variant_text; `target` is
/// the path and the sorted query, as sent; `body` is null but for the POST reads
/// that the catalog names.
struct RequestKeyParts {
    http::Method method = http::Method::Get;
    std::string_view variant;
    std::string_view target;
    const BodyDigest* body = nullptr;
};

/// Appends the text of a request's key. Injective: no two different requests give
/// one text, nor does a request and an application's value. The target ends the
/// text, so that a prefix of it selects a family of requests.
void append_key(std::string& text, const RequestKeyParts& parts);

/// Appends the text of the key of an application's own value.
void append_value_key(std::string& text, std::string_view user_key);

/// What append_key wrote, taken apart again. Views into `text`.
struct ParsedRequestKey {
    std::string_view variant;
    std::string_view target;
};

/// Nothing in both fields if `text` is not the key of a request.
ParsedRequestKey parse_request_key(std::string_view text) noexcept;

/// The identity that variant_text was given. Empty if `variant` is not its text.
std::string_view identity_in(std::string_view variant) noexcept;

/// The same on every run and in every process of one machine, since lower tiers
/// keep it. It does not withstand an adversary who chooses keys.
std::uint64_t hash_of(std::string_view text) noexcept;

/// A view with its hash. REQUIRES: `text` outlives it.
inline CacheKeyView view_of(std::string_view text) noexcept {
    return {text, hash_of(text)};
}

CacheKey make_key(std::string text);

}  // namespace pyesi::cache
