#include "bindings/options_face.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <pybind11/stl.h>

namespace py = pybind11;

namespace pyesi::bindings {

namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

void read_seconds(const py::kwargs& given, const char* name, base::Duration& length) {
    if (!given.contains(name) || given[name].is_none()) return;
    length = base::from_seconds(given[name].cast<double>());
}

void read_text(const py::kwargs& given, const char* name, std::string& text) {
    if (!given.contains(name) || given[name].is_none()) return;
    text = given[name].cast<std::string>();
}

void read_headers(const py::kwargs& given, http::Headers& headers) {
    if (!given.contains("headers") || given["headers"].is_none()) return;
    for (const auto& [name, value] : given["headers"].cast<Fields>()) {
        headers.append(name, value);
    }
}

void read_body(const py::kwargs& given, engine::Options& options) {
    if (!given.contains("body") || given["body"].is_none()) return;
    options.body = base::Bytes{given["body"].cast<std::string_view>()};
    options.has_body = true;
}

scheduler::Priority priority_of(int number) {
    if (number < 0 || std::cmp_greater_equal(number, scheduler::kPriorities)) {
        throw py::value_error("priority must be 0, 1, 2 or 3");
    }
    return static_cast<scheduler::Priority>(number);
}

engine::CacheMode cache_mode_of(int number) {
    if (number < 0 || number >= engine::kCacheModes) {
        throw py::value_error("cache_mode must be 0, 1, 2, 3 or 4");
    }
    return static_cast<engine::CacheMode>(number);
}

OptionsFace make_options(const py::kwargs& given) {
    OptionsFace face;
    face.made_at = std::chrono::steady_clock::now();
    auto& options = face.options;
    read_headers(given, options.headers);
    read_body(given, options);
    read_text(given, "authorization", options.authorization);
    read_text(given, "identity", options.identity);
    read_seconds(given, "connect_timeout", options.timeouts.connect);
    read_seconds(given, "read_timeout", options.timeouts.read);
    read_seconds(given, "write_timeout", options.timeouts.write);
    read_seconds(given, "pool_timeout", options.pool_timeout);
    read_seconds(given, "total_timeout", options.total_timeout);
    if (given.contains("deadline") && !given["deadline"].is_none()) {
        face.deadline = base::from_seconds(given["deadline"].cast<double>());
    }
    if (given.contains("priority")) {
        options.priority = priority_of(given["priority"].cast<int>());
    }
    if (given.contains("cache_mode")) {
        options.cache_mode = cache_mode_of(given["cache_mode"].cast<int>());
    }
    return face;
}

char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a')
                                          : letter;
}

/// The headers without what has no meaning in them: order and the case of names.
Fields canonical(const http::Headers& headers) {
    Fields fields;
    for (std::size_t index = 0; index < headers.size(); ++index) {
        const auto [name, value] = headers.at(index);
        auto& field = fields.emplace_back(name, value);
        std::ranges::transform(field.first, field.first.begin(), lower);
    }
    std::ranges::stable_sort(fields, [](const auto& one, const auto& other) {
        return one.first < other.first;
    });
    return fields;
}

/// W3C Trace Context: it says who asks, never for what. Were it part of the variant, a
/// request that is traced would find nothing in the cache, and ask too early.
bool is_of_a_trace(std::string_view lower_name) noexcept {
    return lower_name == "traceparent" || lower_name == "tracestate";
}

/// What an answer depends on beside route and parameters: whose token went along,
/// and the caller's own headers. A zero byte cannot stand in either.
std::string variant_of(const engine::Options& options, const engine::Profile& profile) {
    auto whose = options.identity;
    for (const auto& [name, value] : canonical(options.headers)) {
        if (is_of_a_trace(name)) continue;
        whose.append(1, '\0').append(name).append(1, '\0').append(value);
    }
    return whose.empty() ? std::string{} : profile.variant_of(whose);
}

}  // namespace

std::shared_ptr<const engine::Options> options_of(const OptionsFace* face,
                                                  const engine::Profile& profile,
                                                  const base::Clock& clock,
                                                  AskedAs asked_as) {
    if (face == nullptr && asked_as == AskedAs::One) return nullptr;
    auto options = std::make_shared<engine::Options>();
    if (face != nullptr) {
        *options = face->options;
        options->variant = variant_of(*options, profile);
        if (face->deadline) {
            const auto passed = std::chrono::steady_clock::now() - face->made_at;
            options->deadline = clock.now() + (*face->deadline - passed);
        }
    }
    options->counted_from_admission = asked_as == AskedAs::ItemOfMany;
    return options;
}

void bind_options(py::module_& core) {
    py::class_<OptionsFace>(core, "Options")
        .def(py::init(&make_options))
        // It holds a token: nothing of it is shown.
        .def("__repr__", [](const OptionsFace&) { return "<Options>"; });
}

}  // namespace pyesi::bindings
