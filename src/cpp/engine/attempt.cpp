#include "engine/attempt.h"

#include "cache/revalidation.h"
#include "http/content_coding.h"
#include "http/status.h"

#include <string>
#include <utility>

namespace pyesi::engine {

namespace {

// A hand-over costs 5-10 µs: what libdeflate does to 8 kB in the same time.
constexpr std::size_t kDecodedInPlace = std::size_t{8} << 10U;

Attempt failed(base::Failure failure) {
    Attempt attempt;
    attempt.failure = std::move(failure);
    return attempt;
}

Attempt refused_redirect(int status) {
    return failed(base::make_failure(
        base::ErrorKind::RedirectRefused,
        "The server answered " + std::to_string(status) +
            ", a redirect, which pyesi does not follow. Check base_url."));
}

Attempt refused_coding() {
    return failed(base::make_failure(
        base::ErrorKind::DecodeFailed,
        "The answer has a Content-Encoding that pyesi did not ask for."));
}

void keep_plain(Attempt& attempt, base::Bytes plain, BodyPolicy policy) {
    if (policy.keeps_plain || http::is_error(attempt.response.status)) {
        attempt.decoded = std::move(plain);
    }
}

void hold_plain(Attempt& attempt, base::Bytes plain, BodyPolicy policy) {
    auto& body = attempt.response.body;
    body.decoded_size = plain.size();
    if (plain.size() > policy.compression_threshold) {
        auto smaller = http::compress_gzip(plain.view());
        if (smaller.size() < plain.size()) {
            body.bytes = std::move(smaller);
            body.coding = http::ContentCoding::Gzip;
            keep_plain(attempt, std::move(plain), policy);
            return;
        }
    }
    body.bytes = std::move(plain);
}

void hold_coded(Attempt& attempt,
                http::ContentCoding coding,
                base::Bytes coded,
                BodyPolicy policy) {
    http::DecodeLimits limits;
    limits.max_bytes = policy.max_bytes;
    attempt.was_coded = true;
    auto plain = http::decode(coding, coded.view(), limits);
    if (!plain) {
        attempt.failure = std::move(plain).failure();
        return;
    }
    auto& body = attempt.response.body;
    body.decoded_size = plain->size();
    const bool held_coded =
        plain->size() > policy.compression_threshold && coded.size() < plain->size();
    body.bytes = held_coded ? std::move(coded) : *plain;
    body.coding = held_coded ? coding : http::ContentCoding::Identity;
    if (held_coded) keep_plain(attempt, std::move(*plain), policy);
}

Attempt take_in(transport::TransferReply&& reply, BodyPolicy policy) {
    if (http::is_redirect(reply.status)) return refused_redirect(reply.status);
    const auto coding = http::parse_content_coding(
        reply.headers.find("Content-Encoding").value_or(std::string_view{}));
    if (!coding && !reply.body.empty()) return refused_coding();

    Attempt attempt;
    attempt.response.status = reply.status;
    attempt.response.headers = std::move(reply.headers);
    if (reply.body.empty()) return attempt;
    if (*coding == http::ContentCoding::Identity) {
        hold_plain(attempt, std::move(reply.body), policy);
    } else {
        hold_coded(attempt, *coding, std::move(reply.body), policy);
    }
    return attempt;
}

}  // namespace

http::Headers fields_to_send(const Call& call, const cache::Entry* stored) {
    http::Headers fields;
    if (stored != nullptr) cache::append_validators(*stored, fields);
    if (!call.options) return fields;
    const auto& options = *call.options;
    if (!options.authorization.empty()) {
        fields.append("Authorization", options.authorization);
    }
    if (options.has_body) fields.append("Content-Type", "application/json");
    for (std::size_t index = 0; index < options.headers.size(); ++index) {
        const auto [name, value] = options.headers.at(index);
        fields.append(name, value);
    }
    return fields;
}

std::string_view plain_view(const Attempt& attempt) noexcept {
    const auto& held = attempt.response.body.bytes;
    return attempt.decoded.empty() ? held.view() : attempt.decoded.view();
}

bool is_worth_a_worker(const transport::TransferEnd& end, BodyPolicy policy) noexcept {
    const auto* reply = std::get_if<transport::TransferReply>(&end);
    if (reply == nullptr) return false;
    const bool coded = reply->headers.find("Content-Encoding").has_value();
    return reply->body.size() >
           (coded ? kDecodedInPlace / 4 : policy.compression_threshold);
}

Attempt make_attempt(transport::TransferEnd&& end, BodyPolicy policy) {
    if (auto* reply = std::get_if<transport::TransferReply>(&end)) {
        return take_in(std::move(*reply), policy);
    }
    auto& lost = std::get<transport::TransferFailure>(end);
    auto attempt = failed(std::move(lost.failure));
    attempt.surely_not_sent = lost.surely_not_sent;
    attempt.reused_connection_died = lost.reused_connection_died;
    return attempt;
}

void read_rows_of(Attempt& attempt, std::shared_ptr<const RowsWanted> wanted) {
    if (attempt.failure || !http::is_success(attempt.response.status)) return;
    auto plain = std::exchange(attempt.decoded, {});
    if (plain.empty()) plain = attempt.response.body.bytes;
    attempt.rows = read_rows(std::move(wanted), std::move(plain));
}

bool is_past_last_page(int status, std::string_view content) noexcept {
    if (status != http::kNotFound && status != 500) return false;
    return content.find("Requested page does not exist") != std::string_view::npos;
}

}  // namespace pyesi::engine
