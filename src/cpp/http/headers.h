#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pyesi::http {

/// Header fields in the order in which they came, names compared without case
/// (RFC 9110 §5.1). Held in one block of text, since a response has a dozen.
/// What is given to a member may be a view into these same fields; a view does not
/// outlive the next change.
///
/// Thread: any one at a time. Const members from many at once.
class Headers {
public:
    struct Field {
        std::string_view name;
        std::string_view value;
    };

    /// Makes room for that many fields of that many bytes in all, names and values.
    void reserve(std::size_t fields, std::size_t bytes);

    /// Appends a field; an earlier one of that name stays.
    void append(std::string_view name, std::string_view value);

    /// Replaces all fields of that name by one, in the place of the first.
    void set(std::string_view name, std::string_view value);

    void erase(std::string_view name);

    /// Leaves out the fields whose name `is_dropped`. Their text stays in the block: to
    /// copy all others would cost more than it takes.
    template <class IsDropped>
    void erase_if(const IsDropped& is_dropped) {
        std::erase_if(spans_,
                      [&](const Span& span) { return is_dropped(name_of(span)); });
    }

    /// The first field of that name.
    std::optional<std::string_view> find(std::string_view name) const noexcept;

    /// All values of that name joined by ", " (RFC 9110 §5.2).
    std::string joined(std::string_view name) const;

    std::size_t size() const noexcept { return spans_.size(); }
    bool empty() const noexcept { return spans_.empty(); }

    /// REQUIRES: index < size().
    Field at(std::size_t index) const noexcept;

    /// Gives back the room that no field takes, before a long stay in a cache.
    void shrink_to_fit();

    /// Bytes held on the heap, for bounds on memory.
    std::size_t weight() const noexcept;

    bool operator==(const Headers& other) const noexcept;

private:
    // A value begins where its name ends.
    struct Span {
        std::uint32_t offset;
        std::uint32_t name_length;
        std::uint32_t value_length;
    };

    std::string_view name_of(const Span& span) const noexcept {
        return {block_.data() + span.offset, span.name_length};
    }
    std::string_view value_of(const Span& span) const noexcept;
    bool is_named(const Span& span, std::string_view name) const noexcept;
    void append_text(std::string_view name, std::string_view value);

    std::string block_;
    std::vector<Span> spans_;
};

/// True if RFC 9110 §5.5 lets `value` stand in a field: no control character
/// but a tab.
bool is_field_value(std::string_view value) noexcept;

/// True if `name` is a token (RFC 9110 §5.6.2).
bool is_field_name(std::string_view name) noexcept;

/// `text` without the blanks and tabs around it (RFC 9110 §5.6.3).
std::string_view without_blanks(std::string_view text) noexcept;

/// REQUIRES: both are of one size.
bool has_equal_letters(std::string_view left, std::string_view right) noexcept;

/// ASCII comparison without case. Most names that are compared differ in their size.
inline bool equal_without_case(std::string_view left, std::string_view right) noexcept {
    return left.size() == right.size() && has_equal_letters(left, right);
}

}  // namespace pyesi::http
