// Pieces of the core, each done as often as is asked, for callgrind to count.
//
//   counted_pieces NAME COUNT
//
// What is done once is the same for any COUNT, so the difference of two runs is the
// pieces' alone.

#include "all_routes.h"
#include "metrics/route_series.h"
#include "noted_request.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>

namespace {

using namespace pyesi;  // NOLINT

/// Looked at, so that no piece is left out for want of a use.
volatile std::size_t seen = 0;  // NOLINT

void count_requests(int count) {
    metrics::RequestMetrics metrics{metrics::labels()};
    for (int i = 0; i < count; ++i) metrics::count_one(metrics, 17);
    seen = metrics.snapshot(metrics::kNow).routes.size();
}

void count_fresh_hits(int count) {
    metrics::RequestMetrics metrics{metrics::labels()};
    for (int i = 0; i < count; ++i) metrics.on_fresh_hit(17, metrics::kNow);
    seen = metrics.snapshot(metrics::kNow).routes.size();
}

void take_snapshots(int count) {
    metrics::RequestMetrics metrics{metrics::labels()};
    metrics::count_each_route(metrics);
    for (int i = 0; i < count; ++i)
        seen = metrics.snapshot(metrics::kNow).routes.size();
}

void write_route_series(int count) {
    metrics::RequestMetrics metrics{metrics::labels()};
    metrics::count_each_route(metrics);
    const auto all = metrics.snapshot(metrics::kNow);
    for (int i = 0; i < count; ++i) seen = metrics::route_series(all, "bench").size();
}

void note_times(int count) {
    const auto end = engine::quick_reply();
    base::TimePoint now{std::chrono::seconds{1}};
    const auto next = [&now] { return now += std::chrono::microseconds{30}; };
    for (int i = 0; i < count; ++i) {
        const auto timeline = engine::note_a_request(end, next);
        seen = static_cast<std::size_t>(timeline.store * 1e9F);
    }
}

struct Piece {
    std::string_view name;
    void (*run)(int count);
};

constexpr std::array kPieces{
    Piece{"count_request", count_requests},
    Piece{"count_fresh_hit", count_fresh_hits},
    Piece{"take_snapshot", take_snapshots},
    Piece{"write_route_series", write_route_series},
    Piece{"note_times", note_times},
};

bool run(std::string_view name, int count) {
    const auto* const piece = std::ranges::find(kPieces, name, &Piece::name);
    if (piece == kPieces.end()) return false;
    piece->run(count);
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        if (argc == 3 && run(argv[1], std::stoi(argv[2]))) return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "counted_pieces: %s\n", error.what());
        return 1;
    }
    std::fputs("usage: counted_pieces NAME COUNT\n", stderr);
    return 2;
}
