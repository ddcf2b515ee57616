#include "storage/redis_connection.h"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace pyesi::storage {

RedisConnection::RedisConnection(Loop& loop, Settings settings, Watcher watcher)
    : loop_{loop},
      settings_{std::move(settings)},
      watcher_{std::move(watcher)},
      timer_{loop},
      self_{std::make_shared<RedisConnection*>(this)} {}

RedisConnection::~RedisConnection() {
    close();
    *self_ = nullptr;
}

void RedisConnection::start() {
    if (state_ != State::New) return;
    connect(State::Connecting);
    arm();
}

void RedisConnection::close() {
    if (state_ == State::Closed) return;
    state_ = State::Closed;
    if (link_) link_->end();
    timer_.cancel();
    end_all(RedisOutcome::Lost);
}

// ------------------------------------------------------------------- commands

bool RedisConnection::takes_commands() const noexcept {
    switch (state_) {
        case State::Connecting:
        case State::Up: break;
        case State::Greeting:
            if (!may_wait_) return false;
            break;
        default: return false;
    }
    return waiting_.size() < settings_.max_unanswered &&
           link_->unsent_bytes() < settings_.max_unsent_bytes;
}

void RedisConnection::send(Words words, Replied replied) {
    if (!takes_commands()) {
        replied({});
        return;
    }
    append_command(link_->outgoing(), words);
    waiting_.push_back({std::move(replied), Clock::now() + settings_.answer_within});
    if (state_ == State::Up) link_->send();
    arm();
}

void RedisConnection::on_reply(const RedisReply& reply) {
    const bool is_message =
        watcher_.on_message && reply.size() == 3 && reply.at(0).text() == "message";
    if (is_message) {
        watcher_.on_message(reply);
        return;
    }
    if (greetings_ > 0) {
        on_greeted(reply);
        return;
    }
    failures_ = 0;
    if (waiting_.empty()) {
        lose();  // it answers what nobody asked
        return;
    }
    const auto answered = std::move(waiting_.front());
    waiting_.pop_front();
    if (late_ > 0) {
        --late_;
    } else {
        answered.replied({RedisOutcome::Answered, reply});
    }
}

void RedisConnection::tell_late(Instant now) {
    while (late_ < waiting_.size() && waiting_[late_].due <= now) {
        const auto replied = std::exchange(waiting_[late_].replied, nullptr);
        ++late_;
        replied({RedisOutcome::Late, std::nullopt});
    }
}

void RedisConnection::end_all(RedisOutcome outcome) {
    const auto ended = std::exchange(waiting_, {});
    const auto told = std::exchange(late_, 0);
    for (std::size_t index = told; index < ended.size(); ++index) {
        ended[index].replied({outcome, std::nullopt});
    }
}

// ------------------------------------------------------------- coming and going

void RedisConnection::connect(State how) {
    state_ = how;
    until_ = Clock::now() + settings_.connect_within;
    greetings_ = 0;
    link_ = std::make_shared<RedisLink>(
        loop_, static_cast<RedisLink::Owner&>(*this), settings_.max_reply_bytes);
    link_->connect(settings_.address);
}

void RedisConnection::on_connected() {
    state_ = State::Greeting;
    greet();
    if (greetings_ == 0) come_up();
    arm();
}

/// Before whatever waits already: the server wants to know first who asks.
void RedisConnection::greet() {
    const auto& address = settings_.address;
    std::string greeting;
    if (!address.password.empty()) {
        const std::array<std::string_view, 3> named{
            "AUTH", address.user, address.password};
        const std::array<std::string_view, 2> unnamed{"AUTH", address.password};
        append_command(greeting, address.user.empty() ? Words{unnamed} : Words{named});
        ++greetings_;
    }
    if (address.database != 0) {
        const auto number = std::to_string(address.database);
        const std::array<std::string_view, 2> select{"SELECT", number};
        append_command(greeting, select);
        ++greetings_;
    }
    link_->outgoing().insert(0, greeting);
}

void RedisConnection::on_greeted(const RedisReply& reply) {
    if (reply.is_error()) {
        lose();
    } else if (--greetings_ == 0) {
        come_up();
    }
}

void RedisConnection::come_up() {
    state_ = State::Up;
    may_wait_ = false;
    if (watcher_.on_up) watcher_.on_up();
    link_->send();
}

void RedisConnection::on_link_lost() {
    lose();
}

void RedisConnection::lose() {
    if (state_ == State::Closed || state_ == State::Pausing) return;
    const bool was_up = state_ == State::Up;
    state_ = State::Pausing;
    may_wait_ = false;
    link_->end();
    const auto doublings = std::min(failures_, 16U);
    const auto pause =
        std::min(settings_.first_pause * (1U << doublings), settings_.longest_pause);
    ++failures_;
    until_ = Clock::now() + pause;
    end_all(RedisOutcome::Lost);
    if (watcher_.on_down) watcher_.on_down(was_up);
    arm();
}

// ----------------------------------------------------------------------- time

RedisConnection::Instant RedisConnection::next_instant() const noexcept {
    auto next = Instant::max();
    if (state_ == State::Closed || state_ == State::New) return next;
    if (state_ != State::Up) next = until_;
    if (late_ < waiting_.size()) next = std::min(next, waiting_[late_].due);
    if (late_ > 0) next = std::min(next, waiting_[0].due + settings_.stalled_after);
    return next;
}

void RedisConnection::arm() {
    const auto next = next_instant();
    if (next >= armed_for_) return;  // it rings early, and is armed again then
    armed_for_ = next;
    timer_.expires_at(next);
    timer_.async_wait([self = self_, next](const boost::system::error_code& error) {
        auto* connection = *self;
        // One that was armed anew meanwhile cannot be recalled any more.
        if (error || connection == nullptr || connection->armed_for_ != next) return;
        connection->armed_for_ = Instant::max();
        connection->on_timer(Clock::now());
        connection->arm();
    });
}

void RedisConnection::on_timer(Instant now) {
    if (state_ == State::Closed) return;
    if (state_ == State::Pausing && now >= until_) {
        connect(State::Reconnecting);
        return;
    }
    if (state_ != State::Up && state_ != State::Pausing && now >= until_) lose();
    tell_late(now);
    if (late_ > 0 && now >= waiting_[0].due + settings_.stalled_after) lose();
}

}  // namespace pyesi::storage
