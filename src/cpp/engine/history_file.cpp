#include "engine/history_file.h"

#include "metrics/history_text.h"

#include <unistd.h>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace pyesi::engine {

namespace {

constexpr std::chrono::minutes kEvery{10};

std::optional<metrics::Past> read(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    if (!file) return std::nullopt;
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    return metrics::past_of(text);
}

/// Rows of both, by time; of a period that both have, ours.
std::vector<metrics::HistoryRow> merged(const std::vector<metrics::HistoryRow>& ours,
                                        const std::vector<metrics::HistoryRow>& theirs,
                                        std::size_t most) {
    std::vector<metrics::HistoryRow> all;
    all.reserve(ours.size() + theirs.size());
    std::ranges::set_union(ours,
                           theirs,
                           std::back_inserter(all),
                           {},
                           &metrics::HistoryRow::begin,
                           &metrics::HistoryRow::begin);
    if (all.size() > most) {
        all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(most));
    }
    return all;
}

/// Whole or not at all: into another file first, which then takes its place.
void write_whole(const std::string& path, const std::string& text) {
    const auto unfinished = path + "." + std::to_string(::getpid());
    std::error_code ignored;
    {
        std::ofstream file{unfinished, std::ios::binary | std::ios::trunc};
        std::filesystem::permissions(
            unfinished,
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write,
            ignored);
        file << text;
        file.close();
        if (!file) {
            std::filesystem::remove(unfinished, ignored);
            return;
        }
    }
    std::filesystem::rename(unfinished, path, ignored);
    if (ignored) std::filesystem::remove(unfinished, ignored);
}

void add_to(const std::string& path, metrics::Past ours) {
    if (ours.empty()) return;
    if (const auto theirs = read(path)) {
        ours.minutes =
            merged(ours.minutes, theirs->minutes, metrics::History::kMinutes);
        ours.tens = merged(ours.tens, theirs->tens, metrics::History::kTens);
    }
    write_whole(path, metrics::text_of(ours));
}

}  // namespace

HistoryFile::HistoryFile(std::string path, metrics::RequestMetrics& metrics)
    : path_{path.empty() ? std::move(path) : std::move(path) + ".history"},
      metrics_{metrics} {}

void HistoryFile::begin(Workers& workers, base::TimePoint now) {
    if (!is_kept()) {
        reading_.set_value();
        return;
    }
    due_ = now + kEvery;
    workers.run([path = path_] { return read(path); },
                [this](std::optional<metrics::Past>&& earlier) {
                    if (earlier) metrics_.restore(*earlier);
                    reading_.set_value();
                });
}

void HistoryFile::write(base::TimePoint now) {
    due_ = base::TimePoint::max();
    if (!path_.empty()) add_to(path_, metrics_.past(now));
}

void HistoryFile::write_by(Workers& workers, base::TimePoint now) {
    due_ = now + kEvery;
    workers.run(
        [path = path_, past = metrics_.past(now)]() mutable {
            add_to(path, std::move(past));
            return true;
        },
        [](bool) {});
}

}  // namespace pyesi::engine
