#include "bindings/response_state.h"

#include "http/content_coding.h"
#include "http/entity_tag.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <pybind11/stl.h>

namespace py = pybind11;

namespace pyesi::bindings {

namespace {

using Nanoseconds = std::int64_t;

Nanoseconds count_of(base::WallTime instant) {
    return std::chrono::duration_cast<base::Duration>(instant.time_since_epoch())
        .count();
}

base::WallTime instant_of(Nanoseconds count) {
    return base::WallTime{
        std::chrono::duration_cast<base::WallTime::duration>(base::Duration{count})};
}

engine::Call call_of(std::string url, const py::tuple& names) {
    auto route = std::make_shared<catalog::Route>();
    route->path = names[0].cast<std::string>();
    route->operation_id = names[1].cast<std::string>();
    const auto method = http::parse_method(names[2].cast<std::string>());
    auto profile =
        std::make_shared<engine::Profile>(engine::ProfileSettings{}, nullptr);
    return {.profile = std::move(profile),
            .route = std::move(route),
            .options = nullptr,
            .target = std::move(url),
            .method = method.value_or(http::Method::Get)};
}

http::Headers headers_of(const py::list& fields) {
    http::Headers headers;
    for (const auto& field : fields) {
        const auto pair = field.cast<std::pair<std::string, std::string>>();
        headers.append(pair.first, pair.second);
    }
    return headers;
}

py::list fields_of(const http::Headers& headers) {
    py::list fields;
    for (std::size_t index = 0; index < headers.size(); ++index) {
        const auto [name, value] = headers.at(index);
        fields.append(py::make_tuple(py::str(name), py::str(value)));
    }
    return fields;
}

py::object last_modified_of(const cache::Entry& entry) {
    if (!entry.last_modified) return py::none();
    return py::int_(count_of(*entry.last_modified));
}

}  // namespace

base::Result<base::Bytes> ResponseState::content() {
    const auto& body = answer.entry->response.body;
    if (body.coding == http::ContentCoding::Identity) return body.bytes;
    if (!answer.decoded.empty()) return answer.decoded;
    const std::lock_guard lock{mutex_};
    if (!is_decoded_) {
        auto decoded = http::decode(body);
        if (!decoded) return std::move(decoded).failure();
        decoded_ = *decoded;
        is_decoded_ = true;
    }
    return decoded_;
}

py::tuple picklable(const engine::Answer& answer, const base::Bytes& content) {
    const auto& entry = *answer.entry;
    const auto& call = answer.call;
    return py::make_tuple(call.profile->url_of(call.target),
                          py::make_tuple(call.route->path,
                                         call.route->operation_id,
                                         std::string{http::name_of(call.method)}),
                          entry.response.status,
                          fields_of(entry.response.headers),
                          py::bytes(content.data(), content.size()),
                          py::make_tuple(static_cast<int>(answer.source),
                                         answer.attempts,
                                         answer.elapsed.count(),
                                         answer.age.count()),
                          py::make_tuple(count_of(entry.times.expires_at),
                                         last_modified_of(entry),
                                         entry.etag ? entry.etag->text : std::string{},
                                         entry.x_pages));
}

engine::Answer from_picklable(const py::tuple& state) {
    auto entry = std::make_shared<cache::Entry>();
    entry->response.status = state[2].cast<int>();
    entry->response.headers = headers_of(state[3].cast<py::list>());
    const base::Bytes content{state[4].cast<std::string_view>()};
    entry->response.body = {content, http::ContentCoding::Identity, content.size()};
    const auto dates = state[6].cast<py::tuple>();
    entry->times.expires_at = instant_of(dates[0].cast<Nanoseconds>());
    if (!dates[1].is_none())
        entry->last_modified = instant_of(dates[1].cast<Nanoseconds>());
    entry->etag = http::parse_entity_tag(dates[2].cast<std::string>());
    if (!dates[3].is_none()) entry->x_pages = dates[3].cast<int>();

    const auto ways = state[5].cast<py::tuple>();
    return {.call = call_of(state[0].cast<std::string>(), state[1].cast<py::tuple>()),
            .entry = std::move(entry),
            .decoded = {},
            .source = static_cast<engine::Source>(ways[0].cast<int>()),
            .attempts = ways[1].cast<int>(),
            .elapsed = base::Duration{ways[2].cast<Nanoseconds>()},
            .age = base::Duration{ways[3].cast<Nanoseconds>()}};
}

}  // namespace pyesi::bindings
