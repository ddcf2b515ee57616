#include "transport/header_lines.h"

#include "http/headers.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace pyesi::transport {

void HeaderLines::clear() noexcept {
    text_.clear();
    begins_.clear();
    all_have_values_ = true;
}

void HeaderLines::append(std::string_view name, std::string_view value) {
    // libcurl reads "Name:" as "do not send", and "Name;" as "send it empty".
    append_line(name, value.empty() ? ";" : ": ", value);
}

void HeaderLines::suppress(std::string_view name) {
    append_line(name, ":", {});
}

void HeaderLines::join(std::string_view first) {
    if (!all_have_values_ || begins_.size() < 2) return;
    const auto names_first = [&](std::size_t begin) {
        const std::string_view line{text_.data() + begin};
        return http::equal_without_case(line.substr(0, line.find(':')), first);
    };
    const auto found = std::ranges::find_if(begins_, names_first);
    if (found != begins_.end()) std::iter_swap(begins_.begin(), found);

    std::string joined;
    for (const auto begin : begins_) {
        if (!joined.empty()) joined.append("\r\n");
        joined.append(text_.data() + begin);
    }
    joined.push_back('\0');
    text_ = std::move(joined);
    begins_.assign(1, 0);
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
    all_have_values_ = all_have_values_ && !value.empty();
    text_.append(name).append(rest).append(value).push_back('\0');
}

}  // namespace pyesi::transport
