#pragma once

#include "http/headers.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pyesi::transport {

/// Reads an answer's head line by line: status line, fields, end. Interim answers
/// (1xx) are passed over; trailers are counted and dropped (RFC 9110 §6.5.1 lets a
/// recipient ignore them); line folding is refused (RFC 9112 §5.2).
///
/// Thread: any one at a time.
class HeaderReader {
public:
    enum class Verdict : std::uint8_t { Accepted, TooLarge, Malformed };

    /// `max_bytes` bounds all lines of one answer: interim ones and trailers too.
    explicit HeaderReader(std::size_t max_bytes) noexcept : max_bytes_{max_bytes} {}

    /// Makes ready for the next answer.
    void restart();

    /// One line with its end. What was refused once stays refused.
    Verdict on_line(std::string_view line);

    /// Zero until the status line of an answer came.
    int status() const noexcept { return status_; }

    /// 10, 11 or 2.
    int http_version() const noexcept { return version_; }

    /// True once the head of the final answer is whole.
    bool complete() const noexcept { return stage_ == Stage::Trailers; }

    /// True once any line came.
    bool begun() const noexcept { return bytes_ > 0; }

    /// As the field says, if it does and the final head is whole.
    std::optional<std::uint64_t> content_length() const noexcept { return length_; }

    /// Of all lines so far.
    std::size_t bytes() const noexcept { return bytes_; }

    /// Hands the fields over.
    http::Headers take() noexcept;

private:
    enum class Stage : std::uint8_t { StatusLine, Fields, Trailers };

    Verdict on_status_line(std::string_view line);
    Verdict on_field(std::string_view line);
    Verdict on_content_length(std::string_view value);
    void on_end_of_head();

    std::size_t max_bytes_;
    std::size_t bytes_ = 0;
    Stage stage_ = Stage::StatusLine;
    int status_ = 0;
    int version_ = 11;
    std::optional<std::uint64_t> length_;
    http::Headers fields_;

    // Of the answer before: the next is much like it.
    std::size_t usual_fields_ = 0;
    std::size_t usual_bytes_ = 0;
};

}  // namespace pyesi::transport
