#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pyesi::http {

/// An ETag (RFC 9110 §8.8.3), to be sent back exactly as it came. It validates
/// one entry of one URL: ESI gives equal tags to different URLs, so it never
/// names content.
struct EntityTag {
    std::string text;  ///< verbatim: `W/"33a6"`, `"33a6"`, or bare `33a6`
    bool weak = false;

    /// What is between the quotes.
    std::string_view opaque() const noexcept;
};

/// Reads a field's value. Bare tags are taken, since some servers send them;
/// nothing for an empty one, a list, or what may not stand in a field.
std::optional<EntityTag> parse_entity_tag(std::string_view value);

/// §8.8.3.2: same opaque text, weak or not. This is how If-None-Match compares.
bool weakly_equal(const EntityTag& left, const EntityTag& right) noexcept;

/// §8.8.3.2: same opaque text and neither is weak.
bool strongly_equal(const EntityTag& left, const EntityTag& right) noexcept;

}  // namespace pyesi::http
