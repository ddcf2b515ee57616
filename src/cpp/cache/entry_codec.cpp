#include "cache/entry_codec.h"

#include "http/content_coding.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

namespace pyesi::cache {

namespace {

static_assert(std::endian::native == std::endian::little);

// "pyE" and the version: another version is another format, and not read.
constexpr std::string_view kMagic{"pyE\x01", 4};
constexpr std::size_t kPrefix = kMagic.size() + sizeof(std::uint64_t);

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

// Nanoseconds. With instants and lengths in these bounds no sum of them overflows;
// lengths end at kLongestLifetime, and instants at the year 2096.
constexpr std::int64_t kFarthest = 4'000'000'000'000'000'000;
constexpr std::int64_t kLongest = 2 * std::int64_t{kLongestLifetime.count()};

/// Appends fields one after the other.
class Writer {
public:
    explicit Writer(std::string& text) : text_{text} {}

    template <class Number>
        requires std::is_arithmetic_v<Number>
    void number(Number value) {
        std::array<char, sizeof(Number)> bytes;
        std::memcpy(bytes.data(), &value, sizeof(Number));
        text_.append(bytes.data(), bytes.size());
    }

    void text(std::string_view value) {
        number(static_cast<std::uint32_t>(value.size()));
        text_ += value;
    }

    void length(const std::optional<base::Duration>& value) {
        number(static_cast<std::uint8_t>(value.has_value()));
        number(std::int64_t{value.value_or(base::Duration{0}).count()});
    }

private:
    std::string& text_;
};

/// Takes fields off the front. Once one is missing, all that follow are empty.
class Reader {
public:
    explicit Reader(std::string_view left) : left_{left} {}

    template <class Number>
    Number number() noexcept {
        std::array<char, sizeof(Number)> bytes{};
        std::ranges::copy(take(sizeof(Number)), bytes.begin());
        return std::bit_cast<Number>(bytes);
    }

    std::string_view text() noexcept { return take(number<std::uint32_t>()); }

    std::optional<base::Duration> length() noexcept {
        const auto is_there = number<std::uint8_t>();
        const base::Duration value{number<std::int64_t>()};
        return is_there != 0 ? std::optional{value} : std::nullopt;
    }

    /// A number that is refused beyond `most` on either side of 0.
    std::int64_t number_within(std::int64_t most) noexcept {
        const auto value = number<std::int64_t>();
        if (value >= -most && value <= most) return value;
        refuse();
        return 0;
    }

    void refuse() noexcept { whole_ = false; }

    bool is_whole() const noexcept { return whole_; }

    /// Whether all was there, and nothing beside.
    bool is_done() const noexcept { return whole_ && left_.empty(); }

private:
    std::string_view take(std::size_t count) noexcept {
        if (!whole_ || count > left_.size()) {
            whole_ = false;
            return {};
        }
        const auto taken = left_.substr(0, count);
        left_.remove_prefix(count);
        return taken;
    }

    std::string_view left_;
    bool whole_ = true;
};

// system_clock counts in other units elsewhere.
std::int64_t nanoseconds_of(base::WallTime instant) noexcept {
    if (instant == base::WallTime::max()) return kNever;
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               instant.time_since_epoch())
        .count();
}

base::WallTime wall_time_of(std::int64_t count) noexcept {
    if (count == kNever) return base::WallTime::max();
    return base::WallTime{std::chrono::duration_cast<base::WallTime::duration>(
        std::chrono::nanoseconds{count})};
}

void write_times(Writer& writer, const EntryTimes& times) {
    const bool never = times.fresh_until == base::TimePoint::max();
    const auto end = never ? times.received_at : times.fresh_until;
    writer.number(std::int64_t{times.received_at.time_since_epoch().count()});
    writer.number(nanoseconds_of(times.received_wall));
    writer.number(std::int64_t{times.age_when_received.count()});
    writer.number(std::int64_t{times.freshness_lifetime.length.count()});
    writer.number(static_cast<std::uint8_t>(times.freshness_lifetime.source));
    writer.number(static_cast<std::uint8_t>(never));
    writer.number(std::int64_t{base::Duration{end - times.received_at}.count()});
    writer.number(nanoseconds_of(times.expires_at));
}

EntryTimes read_times(Reader& reader) noexcept {
    EntryTimes times;
    times.received_at =
        base::TimePoint{base::Duration{reader.number_within(kFarthest)}};
    const auto received_wall = reader.number_within(kFarthest);
    if (received_wall < 0) reader.refuse();  // it cannot have lain since before 1970
    times.received_wall = wall_time_of(received_wall);
    times.age_when_received = base::Duration{reader.number_within(kLongest)};
    times.freshness_lifetime.length = base::Duration{reader.number_within(kLongest)};
    const auto source = reader.number<std::uint8_t>();
    if (source <= static_cast<std::uint8_t>(kLastLifetimeSource)) {
        times.freshness_lifetime.source = static_cast<LifetimeSource>(source);
    } else {
        reader.refuse();
    }
    const bool never = reader.number<std::uint8_t>() != 0;
    const base::Duration fresh_for{reader.number_within(kLongest)};
    times.fresh_until = never ? base::TimePoint::max() : times.received_at + fresh_for;
    times.expires_at = wall_time_of(reader.number<std::int64_t>());
    return times;
}

void write_headers(Writer& writer, const http::Headers& headers) {
    writer.number(static_cast<std::uint32_t>(headers.size()));
    for (std::size_t index = 0; index < headers.size(); ++index) {
        const auto [name, value] = headers.at(index);
        writer.text(name);
        writer.text(value);
    }
}

// What goes into a header comes from nowhere but the server or ourselves: the
// check-sum keeps no secret, so it is looked at once more.
http::Headers read_headers(Reader& reader) {
    http::Headers headers;
    auto left = reader.number<std::uint32_t>();
    for (; left > 0 && reader.is_whole(); --left) {
        const auto name = reader.text();
        const auto value = reader.text();
        if (!http::is_field_name(name) || !http::is_field_value(value)) reader.refuse();
        headers.append(name, value);
    }
    headers.shrink_to_fit();
    return headers;
}

void write_body(Writer& writer, const http::Body& body) {
    writer.number(static_cast<std::uint8_t>(body.coding));
    writer.number(std::uint64_t{body.decoded_size});
    writer.text(body.bytes.view());
}

http::Body read_body(Reader& reader) {
    http::Body body;
    const auto coding = reader.number<std::uint8_t>();
    body.coding = static_cast<http::ContentCoding>(coding);
    body.decoded_size = reader.number<std::uint64_t>();
    body.bytes = base::Bytes{reader.text()};
    constexpr http::DecodeLimits kRatioAlone{
        .max_bytes = std::numeric_limits<std::size_t>::max()};
    const bool is_plain = body.coding == http::ContentCoding::Identity;
    const auto most =
        is_plain ? body.bytes.size() : kRatioAlone.ceiling(body.bytes.size());
    if (coding > static_cast<std::uint8_t>(http::ContentCoding::Zstd) ||
        body.decoded_size > most) {
        reader.refuse();
    }
    return body;
}

void write_nominated(Writer& writer, const std::vector<NominatedField>& fields) {
    writer.number(static_cast<std::uint32_t>(fields.size()));
    for (const auto& field : fields) {
        writer.text(field.name);
        writer.number(static_cast<std::uint8_t>(field.value.has_value()));
        writer.text(field.value.value_or(""));
    }
}

std::vector<NominatedField> read_nominated(Reader& reader) {
    std::vector<NominatedField> fields;
    auto left = reader.number<std::uint32_t>();
    for (; left > 0 && reader.is_whole(); --left) {
        auto& field = fields.emplace_back(std::string{reader.text()}, std::nullopt);
        const bool has_value = reader.number<std::uint8_t>() != 0;
        const auto value = reader.text();
        if (has_value) field.value = std::string{value};
    }
    return fields;
}

void write_permissions(Writer& writer, const StalePermissions& permissions) {
    writer.number(static_cast<std::uint8_t>(permissions.must_revalidate));
    writer.length(permissions.stale_if_error);
    writer.length(permissions.stale_while_revalidate);
}

StalePermissions read_permissions(Reader& reader) noexcept {
    StalePermissions permissions;
    permissions.must_revalidate = reader.number<std::uint8_t>() != 0;
    permissions.stale_if_error = reader.length();
    permissions.stale_while_revalidate = reader.length();
    return permissions;
}

std::uint64_t read_number(std::string_view bytes) noexcept {
    std::uint64_t number = 0;
    std::memcpy(&number, bytes.data(), sizeof(number));
    return number;
}

/// What follows version and check-sum, if both are right.
std::optional<std::string_view> checked_content(std::string_view bytes) noexcept {
    if (bytes.size() < kPrefix || !bytes.starts_with(kMagic)) return std::nullopt;
    const auto content = bytes.substr(kPrefix);
    if (read_number(bytes.substr(kMagic.size())) != hash_of(content)) {
        return std::nullopt;
    }
    return content;
}

/// An answer says in its headers what validates it and how many pages there are:
/// that is read as on arrival.
std::shared_ptr<Entry> remake(EntryKind kind, http::Response response) {
    if (kind != EntryKind::Response) {
        auto value = std::make_shared<Entry>();
        value->kind = kind;
        value->response = std::move(response);
        return value;
    }
    return std::make_shared<Entry>(*make_entry(std::move(response), {}));
}

std::shared_ptr<Entry> read_entry(Reader& reader, std::uint64_t& clock_run) {
    const auto kind = reader.number<std::uint8_t>();
    if (kind > static_cast<std::uint8_t>(EntryKind::JsonValue)) reader.refuse();
    clock_run = reader.number<std::uint64_t>();
    const auto times = read_times(reader);
    const auto permissions = read_permissions(reader);
    auto nominated = read_nominated(reader);
    http::Response response;
    response.status = reader.number<std::int32_t>();
    response.headers = read_headers(reader);
    response.body = read_body(reader);
    if (!reader.is_done()) return nullptr;

    auto entry = remake(static_cast<EntryKind>(kind), std::move(response));
    entry->times = times;
    entry->permissions = permissions;
    entry->nominated_fields = std::move(nominated);
    return entry;
}

}  // namespace

std::string encode_entry(CacheKeyView key,
                         const Entry& entry,
                         std::uint64_t clock_run) {
    std::string text;
    text.reserve(key.text.size() + entry.weight());
    Writer writer{text};
    text += kMagic;
    writer.number(std::uint64_t{0});
    writer.text(key.text);
    writer.number(static_cast<std::uint8_t>(entry.kind));
    writer.number(clock_run);
    write_times(writer, entry.times);
    write_permissions(writer, entry.permissions);
    write_nominated(writer, entry.nominated_fields);
    writer.number(std::int32_t{entry.response.status});
    write_headers(writer, entry.response.headers);
    write_body(writer, entry.response.body);
    const auto sum = hash_of(std::string_view{text}.substr(kPrefix));
    std::memcpy(text.data() + kMagic.size(), &sum, sizeof(sum));
    return text;
}

std::optional<DecodedEntry> decode_entry(CacheKeyView key,
                                         std::string_view bytes,
                                         const ClockReading& clocks) {
    const auto content = checked_content(bytes);
    if (!content) return std::nullopt;
    Reader reader{*content};
    if (reader.text() != key.text) return std::nullopt;
    std::uint64_t clock_run = 0;
    auto entry = read_entry(reader, clock_run);
    if (!entry) return std::nullopt;
    const bool from_the_future = restore_times(entry->times, clock_run, clocks);
    return DecodedEntry{std::move(entry), from_the_future};
}

bool restore_times(EntryTimes& times,
                   std::uint64_t written_in_run,
                   const ClockReading& clocks) noexcept {
    if (written_in_run == clocks.run && times.received_at <= clocks.now) return false;
    const auto lain = std::chrono::duration_cast<base::Duration>(clocks.wall_now -
                                                                 times.received_wall);
    const bool from_the_future = lain < base::Duration{0};
    const auto received_at = clocks.now - std::max(lain, base::Duration{0});
    if (times.fresh_until != base::TimePoint::max()) {
        times.fresh_until = received_at + (times.fresh_until - times.received_at);
    }
    times.received_at = received_at;
    if (from_the_future) times.received_wall = clocks.wall_now;
    return from_the_future;
}

}  // namespace pyesi::cache
