#include "cache/saved_entries.h"

#include "cache/disk_table.h"
#include "cache/entry_codec.h"

#include <filesystem>
#include <limits>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace pyesi::cache {

namespace {

constexpr auto kUnbounded = std::numeric_limits<std::size_t>::max();

std::vector<std::string> keys_of(Store& store) {
    std::vector<std::string> keys;
    store.erase_if([&](std::string_view key) {
        keys.emplace_back(key);
        return false;
    });
    return keys;
}

std::vector<std::string> keys_of(DiskTable& table) {
    std::vector<std::string> keys;
    table.erase_if([&](std::string_view key) {
        keys.emplace_back(key);
        return false;
    });
    return keys;
}

/// Removes the file at its end, unless it has been moved away.
class PartFile {
public:
    explicit PartFile(std::string path) : path_{std::move(path)} { remove(); }
    ~PartFile() { remove(); }
    PartFile(const PartFile&) = delete;
    PartFile& operator=(const PartFile&) = delete;

    const std::string& path() const noexcept { return path_; }

    bool move_to(const std::string& whole) const noexcept {
        std::error_code error;
        std::filesystem::rename(path_, whole, error);
        return !error;
    }

private:
    void remove() const noexcept {
        std::error_code ignored;
        std::filesystem::remove(path_, ignored);
    }

    std::string path_;
};

}  // namespace

std::optional<std::size_t> SavedEntries::save(Store& store) const {
    const PartFile part{path_ + ".part"};
    DiskTable table{part.path(), kUnbounded};
    if (!table.open() || !table.begin()) return std::nullopt;
    std::size_t saved = 0;
    for (const auto& text : keys_of(store)) {
        const auto key = view_of(text);
        const auto entry = store.peek(key, clock_.now());
        if (!entry || entry->gone_when_stale) continue;
        if (!table.write(key, encode_entry(key, *entry, clock_run_)))
            return std::nullopt;
        ++saved;
    }
    if (!table.commit()) return std::nullopt;
    table.merge(true);
    table.close();
    if (!part.move_to(path_)) return std::nullopt;
    return saved;
}

std::optional<std::size_t> SavedEntries::load(Store& store) const {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path_, error)) return std::nullopt;
    DiskTable table{path_, kUnbounded};
    if (!table.open()) return std::nullopt;
    std::size_t loaded = 0;
    for (auto& text : keys_of(table)) {
        const auto now = clock_.now();
        auto key = make_key(std::move(text));
        if (store.peek(key, now)) continue;
        auto found = table.find(key, {now, clock_.wall_now(), clock_run_});
        if (!found || found->entry->is_gone(now)) continue;
        store.add(key, std::move(found->entry));
        // A tier below may have a newer one: it is asked when this is.
        if (store.may_take_time()) store.doubt(key);
        ++loaded;
    }
    return loaded;
}

}  // namespace pyesi::cache
