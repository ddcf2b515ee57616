#include "transport/header_lines.h"

#include <cstddef>

namespace pyesi::transport {

void HeaderLines::clear() noexcept {
    text_.clear();
    begins_.clear();
}

void HeaderLines::append(std::string_view name, std::string_view value) {
    // libcurl reads "Name:" as "do not send", and "Name;" as "send it empty".
    append_line(name, value.empty() ? ";" : ": ", value);
}

void HeaderLines::suppress(std::string_view name) {
    append_line(name, ":", {});
}

curl_slist* HeaderLines::link(curl_slist* tail) {
    nodes_.resize(begins_.size());
    for (std::size_t i = nodes_.size(); i-- > 0;) {
        nodes_[i] = {text_.data() + begins_[i], tail};
        tail = &nodes_[i];
    }
    return tail;
}

void HeaderLines::append_line(std::string_view name,
                              std::string_view rest,
                              std::string_view value) {
    begins_.push_back(text_.size());
    text_.append(name).append(rest).append(value).push_back('\0');
}

}  // namespace pyesi::transport
