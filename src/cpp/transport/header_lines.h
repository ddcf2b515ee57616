#pragma once

#include "http/headers.h"

#include <curl/curl.h>

#include <string>
#include <string_view>
#include <vector>

namespace pyesi::transport {

/// Header fields as libcurl takes them: a linked list of lines, held in two
/// blocks that are used again, so that a request costs no allocation.
///
/// Thread: any one at a time. Pinned: libcurl keeps pointers into it.
class HeaderLines {
public:
    HeaderLines() = default;
    HeaderLines(const HeaderLines&) = delete;
    HeaderLines& operator=(const HeaderLines&) = delete;

    void clear() noexcept;

    /// REQUIRES: name and value hold no control character.
    void append(std::string_view name, std::string_view value);

    /// Tells libcurl not to send a field that it would send of itself.
    void suppress(std::string_view name);

    /// Makes one item of all lines, beginning with the field of that name. libcurl
    /// prints each item letter by letter, and looks at the beginning of each of them a
    /// dozen times a request for a field that it would add of itself: of these there
    /// must be no other. No effect where a line has no value.
    void join(std::string_view first);

    /// The list, ending in `tail`; `tail` itself if there are no lines. Valid
    /// until the next change.
    curl_slist* link(curl_slist* tail = nullptr);

private:
    void append_line(std::string_view name,
                     std::string_view rest,
                     std::string_view value);

    std::string text_;                 // each line ends in a zero byte
    std::vector<std::size_t> begins_;  // where in the text
    std::vector<curl_slist> nodes_;
    bool all_have_values_ = true;
};

}  // namespace pyesi::transport
