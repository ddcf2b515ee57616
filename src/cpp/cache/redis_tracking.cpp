#include "cache/redis_tracking.h"

#include "cache/redis_values.h"

#include <cstddef>
#include <utility>

namespace pyesi::cache {

using storage::RedisAnswer;
using storage::RedisConnection;
using storage::RedisReply;

RedisTracking::RedisTracking(storage::Loop& loop,
                             RedisConnection& commands,
                             RedisConnection::Settings settings,
                             Watcher watcher)
    : commands_{commands},
      watcher_{std::move(watcher)},
      messages_{loop,
                std::move(settings),
                {.on_up = [this] { subscribe(); },
                 .on_down =
                     [this](bool) {
                         id_.clear();
                         end();
                     },
                 .on_message = [this](const RedisReply& told) { on_message(told); }}} {}

void RedisTracking::subscribe() {
    messages_.send({"CLIENT", "ID"}, [this](const RedisAnswer& answer) {
        const auto id = answer.is_well() ? answer.reply->number() : std::nullopt;
        if (id) id_ = std::to_string(*id);
    });
    messages_.send({"SUBSCRIBE", "__redis__:invalidate"},
                   [this](const RedisAnswer& answer) {
                       if (!answer.is_well()) id_.clear();
                       begin();
                   });
}

void RedisTracking::begin() {
    if (id_.empty() || !commands_.is_up()) return;
    // Redis refuses a prefix that it tracks already.
    commands_.send({"CLIENT", "TRACKING", "OFF"}, [](const RedisAnswer&) {});
    commands_.send({"CLIENT",
                    "TRACKING",
                    "ON",
                    "REDIRECT",
                    id_,
                    "BCAST",
                    "PREFIX",
                    kRedisPrefix,
                    "NOLOOP"},
                   [this](const RedisAnswer& answer) {
                       is_on_ = answer.is_well() && !id_.empty();
                       (is_on_ ? watcher_.on_all_changed : watcher_.on_fault)();
                   });
}

void RedisTracking::end() {
    if (std::exchange(is_on_, false)) watcher_.on_all_changed();
}

// Redis names the keys; nothing in their place is the whole of a database.
void RedisTracking::on_message(const RedisReply& message) const {
    const auto names = message.at(2);
    if (names.is_nothing()) {
        watcher_.on_all_changed();
        return;
    }
    for (std::size_t index = 0; index < names.size(); ++index) {
        const auto name = names.at(index).text();
        const auto key = name ? key_of_redis_name(*name) : std::nullopt;
        if (key) watcher_.on_changed(view_of(*key));
    }
}

}  // namespace pyesi::cache
