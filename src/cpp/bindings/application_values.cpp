#include "bindings/application_values.h"

#include "cache/application_value.h"

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <utility>

#include <pybind11/stl.h>

namespace py = pybind11;

namespace pyesi::bindings {

namespace {

// A disk that hangs has nothing.
constexpr std::chrono::seconds kPatience{1};

// Of a value that nobody dates, unless its use does.
constexpr base::Duration kUsualLifetime = std::chrono::minutes{5};

cache::CacheKey key_of(const std::string& key) {
    std::string text;
    cache::append_value_key(text, key);
    return cache::make_key(std::move(text));
}

cache::EntryKind kind_of(int kind) {
    switch (kind) {
        case 0: return cache::EntryKind::BytesValue;
        case 1: return cache::EntryKind::TextValue;
        case 2: return cache::EntryKind::JsonValue;
        default: throw py::value_error("kind must be 0, 1 or 2");
    }
}

int number_of(cache::EntryKind kind) noexcept {
    switch (kind) {
        case cache::EntryKind::TextValue: return 1;
        case cache::EntryKind::JsonValue: return 2;
        default: return 0;
    }
}

/// Waits, with the GIL given up, where a tier has to be asked that takes time.
cache::EntryPtr look_up(const engine::Engine& engine, const cache::CacheKey& key) {
    auto& store = *engine.store();
    auto entry = store.find(key, engine.clock().now());
    if (entry || !store.may_take_time()) return entry;
    const py::gil_scoped_release released;
    auto told = std::make_shared<std::promise<cache::EntryPtr>>();
    store.look_up(key, engine.clock().now(), [told](cache::EntryPtr found) {
        told->set_value(std::move(found));
    });
    auto found = told->get_future();
    return found.wait_for(kPatience) == std::future_status::ready ? found.get()
                                                                  : nullptr;
}

}  // namespace

py::object get_value(const EngineFace& face, const std::string& key, bool wait) {
    auto& engine = face.engine();
    if (!engine.store()) return py::none();
    const auto place = key_of(key);
    const auto entry = wait ? look_up(engine, place)
                            : engine.store()->find(place, engine.clock().now());
    // Who was told nothing without waiting asks once more, and uses it once.
    const bool is_last_word = entry || wait || !engine.store()->may_take_time();
    if (is_last_word) engine.count_use(place);
    if (!entry) return py::none();
    const auto& bytes = entry->response.body.bytes;
    return py::make_tuple(number_of(entry->kind),
                          py::bytes(bytes.data(), bytes.size()));
}

void set_value(const EngineFace& face,
               const std::string& key,
               const py::bytes& value,
               int kind,
               std::optional<double> expire) {
    const auto& engine = face.engine();
    if (!engine.store()) return;
    auto place = key_of(key);
    const auto length = expire
                            ? base::from_seconds(*expire)
                            : engine.dynamic_lifetime(place).value_or(kUsualLifetime);
    const auto entry =
        cache::make_value_entry({.kind = kind_of(kind),
                                 .bytes = base::Bytes{std::string_view{value}},
                                 .expire = length},
                                engine.clock().now(),
                                engine.clock().wall_now());
    engine.store()->store(std::move(place), entry);
}

bool delete_value(const EngineFace& face, const std::string& key) {
    const auto& engine = face.engine();
    if (!engine.store()) return false;
    // A tier behind a queue cannot say at once whether it had it.
    const bool was_there = look_up(engine, key_of(key)) != nullptr;
    engine.store()->erase(key_of(key));
    return was_there;
}

void clear_cache(const EngineFace& face) {
    if (face.engine().store()) face.engine().store()->clear();
}

}  // namespace pyesi::bindings
