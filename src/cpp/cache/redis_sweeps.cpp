#include "cache/redis_sweeps.h"

#include "cache/redis_values.h"

#include <algorithm>
#include <utility>

namespace pyesi::cache {

namespace {

constexpr std::size_t kMostSweeps = 64;

// Few enough that Redis answers others within a millisecond.
constexpr std::string_view kNamesAtOnce = "500";

}  // namespace

void RedisSweeps::add(Matches matches) {
    sweeps_.push_back({std::move(matches), {}});
    if (sweeps_.size() > kMostSweeps) {
        sweeps_.erase(sweeps_.begin() + 1);  // the first is under way
        watcher_.given_up();
    }
    go_on();
}

bool RedisSweeps::covers(std::string_view key) const {
    return std::ranges::any_of(sweeps_,
                               [&](const auto& sweep) { return sweep.means(key); });
}

void RedisSweeps::spare(std::string_view key) {
    for (auto& sweep : sweeps_) sweep.spared.emplace(key);
}

void RedisSweeps::go_on() {
    if (is_scanning_ || sweeps_.empty() || !commands_.is_up()) return;
    cursor_.assign(1, '0');  // gcc 12 sees copies that overlap in = "0"
    scan();
}

void RedisSweeps::scan() {
    is_scanning_ = true;
    const auto pattern = redis_name("*");
    commands_.send({"SCAN", cursor_, "MATCH", pattern, "COUNT", kNamesAtOnce},
                   [this](const storage::RedisAnswer& answer) { on_scanned(answer); });
}

void RedisSweeps::on_scanned(const storage::RedisAnswer& answer) {
    is_scanning_ = false;
    if (sweeps_.empty()) return;
    const bool is_page = answer.is_well() && answer.reply->size() == 2 &&
                         answer.reply->at(0).text().has_value();
    if (!is_page) {
        on_failed(answer);
        return;
    }
    erase_matching(answer.reply->at(1));
    cursor_ = *answer.reply->at(0).text();
    if (cursor_ != "0") {
        scan();
        return;
    }
    sweeps_.pop_front();
    go_on();
}

void RedisSweeps::on_failed(const storage::RedisAnswer& answer) {
    switch (answer.outcome) {
        case storage::RedisOutcome::Refused:
        case storage::RedisOutcome::Lost: return;  // until there is a connection again
        case storage::RedisOutcome::Answered:
            sweeps_.pop_front();
            watcher_.given_up();
            break;
        case storage::RedisOutcome::Late: break;
    }
    go_on();
}

void RedisSweeps::erase_matching(const storage::RedisReply& names) const {
    for (std::size_t index = 0; index < names.size(); ++index) {
        const auto name = names.at(index).text();
        const auto key = name ? key_of_redis_name(*name) : std::nullopt;
        if (key && sweeps_.front().means(*key)) watcher_.erase(*key);
    }
}

}  // namespace pyesi::cache
