#include "columns/document_reader.h"

#include "columns/flat_rows.h"
#include "columns/number_text.h"
#include "columns/value_reader.h"

#include <algorithm>
#include <optional>
#include <ranges>
#include <string>
#include <utility>

namespace pyesi::columns {

namespace {

namespace od = simdjson::ondemand;

static_assert(base::Bytes::kSlack >= simdjson::SIMDJSON_PADDING);
static_assert(base::Bytes::kSlack >= FieldNames::kRoom);
static_assert(base::Bytes::kSlack >= kNumberRoom);

// A parser holds some five bytes for each of its largest document's. One that had a
// giant to read is not kept for the small ones that follow.
constexpr std::size_t kKeptCapacity = std::size_t{4} << 20U;

/// A thread's parser: to set one up costs more than to read a small answer.
od::parser& parser_of_thread() {
    thread_local std::optional<od::parser> parser;
    if (!parser || parser->capacity() > kKeptCapacity) parser.emplace();
    return *parser;
}

std::size_t first_sign(std::string_view json) noexcept {
    return json.find_first_not_of(" \t\r\n");
}

/// simdjson gives no value for a document that is none but a number or a word: as the
/// only item of an array it does.
bool is_scalar(std::string_view json) noexcept {
    const auto first = first_sign(json);
    return first != std::string_view::npos && json[first] != '{' && json[first] != '[';
}

std::string path_of(const ReadingTrouble& trouble) {
    std::string path;
    for (const auto& part : std::views::reverse(trouble.path)) {
        if (!path.empty() && part != "[]") path += '.';
        path += part;
    }
    return path;
}

}  // namespace

/// One document after the other.
///
/// Thread: any one at a time.
class DocumentReader::Rows {
public:
    Rows(BatchBuilder& builder, ReadingCounts& counts)
        : plan_{builder.plan()},
          builder_{builder},
          counts_{counts},
          parser_{parser_of_thread()},
          row_{make_row_reader(plan_, builder.columns())},
          flat_{row_, plan_.bare},
          values_{plan_, parser_, counts.misfits} {}

    base::Result<std::size_t> read(const Document& document) {
        row_number_.reset();
        rows_ = 0;
        values_.trouble = {};
        const bool well = read_body(document.json);
        flat_.close();
        if (well) return rows_;
        return failure(document.page);
    }

    void tell_counts() {
        tell_unknown(row_, "", counts_.unknown_fields);
        forget_unknown(row_);
    }

private:
    bool read_body(const base::Bytes& json) {
        if (json.empty()) return true;
        if (!is_scalar(json.view())) return read_plain(json);
        std::string wrapped{"["};
        wrapped += json.view();
        wrapped += ']';
        return read_plain(base::Bytes{wrapped}, true);
    }

    bool read_plain(const base::Bytes& json, bool wrapped = false) {
        if (!wrapped && read_flat(json)) return true;
        const auto size = json.size();
        od::document document;
        const auto error =
            parser_.iterate(json.data(), size, size + base::Bytes::kSlack)
                .get(document);
        if (error != simdjson::SUCCESS) return values_.fail(error);
        od::value root;
        if (const auto bad = document.get_value().get(root)) return values_.fail(bad);
        if (!(wrapped ? read_only_item(root) : read_root(root, json.view())))
            return false;
        const auto rest = document.current_location().error();
        return rest == simdjson::OUT_OF_BOUNDS ||
               values_.fail(simdjson::TRAILING_CONTENT);
    }

    /// Rows that are flat, one right after the other, as all of ESI's mostly are: those
    /// need none of simdjson's index. False if there is anything else: what was read is
    /// kept, and simdjson goes on from there.
    bool read_flat(const base::Bytes& json) {
        if (!plan_.many || !plan_.rows_field.empty() || row_.is_nested) return false;
        if (json.view().front() != '[') return false;
        const auto* const start = json.data() + 1;
        const auto* at = flat_.try_read(start);
        if (at == nullptr) return false;
        ++rows_;
        make_room(at - start, json.size());
        at = flat_.read_following(at, rows_);
        if (*at != ']') return false;
        const auto past = static_cast<std::size_t>(at + 1 - json.data());
        return first_sign(json.view().substr(past)) == std::string_view::npos;
    }

    bool read_root(od::value& root, std::string_view json) {
        if (!plan_.rows_field.empty()) return read_rows_field(root, json.size());
        if (plan_.many) return read_many(root, json.size());
        if (plan_.bare) return read_whole(root, json);
        ++rows_;
        return values_.read_object_row(row_, root);
    }

    /// An object or array as the only value: one that may be anything is its own text.
    bool read_whole(od::value& root, std::string_view json) {
        if (!values_.check(root)) return false;
        auto& column = builder_.columns().front();
        if (column.type().kind != Kind::Json) {
            return values_.fail("expected a single value, got something else");
        }
        ++rows_;
        column.append_text(trimmed(json.substr(first_sign(json))));
        return true;
    }

    bool read_item(od::value& value) {
        ++rows_;
        const char* const start = value.raw_json_token().data();
        if (flat_.try_read(start) != nullptr) return true;  // simdjson passes it by
        flat_.close();
        return values_.read_row(row_, value);
    }

    /// A scalar as the only item of an array: "1,2" is none.
    bool read_only_item(od::value& root) {
        if (plan_.many || !plan_.bare) {
            return values_.fail("expected " + std::string{expected()} +
                                ", got a single value");
        }
        od::array items;
        if (const auto error = root.get_array().get(items)) return values_.fail(error);
        for (auto one : items) {
            od::value item;
            if (const auto error = one.get(item)) return values_.fail(error);
            if (rows_ == 1) return values_.fail(simdjson::TRAILING_CONTENT);
            if (!read_item(item)) return false;
        }
        return true;
    }

    bool read_many(od::value& value, std::size_t size) {
        od::array items;
        if (value.get_array().get(items) != simdjson::SUCCESS) {
            if (!values_.check(value)) return false;
            return values_.fail("expected an array of rows, got something else");
        }
        const auto read = rows_;  // flat ones: they come again, and are passed by
        std::size_t number = 0;
        for (auto one : items) {
            od::value item;
            row_number_ = number;
            if (const auto error = one.get(item)) return values_.fail(error);
            if (++number <= read) continue;
            const char* const start = item.raw_json_token().data();
            if (!read_item(item)) return false;
            if (number == 1) make_room_after(item, start, size);
        }
        row_number_.reset();
        return true;
    }

    void make_room_after(od::value& first, const char* start, std::size_t size) {
        const char* end = nullptr;
        if (first.current_location().get(end) != simdjson::SUCCESS) return;
        make_room(end - start, size);
    }

    /// As many rows as the first one's length promises.
    void make_room(std::ptrdiff_t length, std::size_t size) {
        const auto likely =
            size / static_cast<std::size_t>(std::max<std::ptrdiff_t>(8, length));
        const auto rows = likely + likely / 16;
        flat_.close();
        for (auto& column : builder_.columns()) {
            column.reserve(column.length() + rows);
        }
        flat_.expect(rows);
    }

    bool read_rows_field(od::value& root, std::size_t size) {
        od::object fields;
        if (root.get_object().get(fields) != simdjson::SUCCESS) {
            if (!values_.check(root)) return false;
            return values_.fail("expected an object, got something else");
        }
        bool found = false;
        for (auto one : fields) {
            od::field field;
            if (const auto error = std::move(one).get(field))
                return values_.fail(error);
            if (!read_field(field, size, found)) return false;
        }
        return found || values_.fail("expected a field " + plan_.rows_field +
                                     " with the rows, got none");
    }

    bool read_field(od::field& field, std::size_t size, bool& has_rows) {
        std::string_view name;
        if (!values_.read_name(field.key(), name)) return false;
        if (name != plan_.rows_field) return values_.check(field.value());
        forget_rows();
        has_rows = true;
        return read_many(field.value(), size);
    }

    /// The field stood there before: the last one holds.
    void forget_rows() {
        flat_.close();
        for (auto& field : row_.fields) {
            if (field.builder != nullptr) {
                field.builder->truncate(field.builder->length() - rows_);
            }
        }
        rows_ = 0;
    }

    std::string_view expected() const noexcept {
        if (!plan_.rows_field.empty()) return "an object";
        return plan_.many ? "an array of rows" : "an object";
    }

    base::Failure failure(int page) const {
        auto where = "page " + std::to_string(page);
        if (row_number_) where += ", row " + std::to_string(*row_number_);
        const auto path = path_of(values_.trouble);
        if (!path.empty()) where += ", field " + path;
        auto failure = base::make_failure(
            base::ErrorKind::DecodeFailed,
            plan_.route + ", " + where + ": " + values_.trouble.what);
        failure.route = plan_.route;
        return failure;
    }

    const TablePlan& plan_;
    BatchBuilder& builder_;
    ReadingCounts& counts_;
    od::parser& parser_;
    ObjectReader row_;
    FlatRows flat_;
    ValueReader values_;
    std::optional<std::size_t> row_number_;
    std::size_t rows_ = 0;
};

DocumentReader::DocumentReader(BatchBuilder& builder, ReadingCounts& counts)
    : rows_{std::make_unique<Rows>(builder, counts)} {}

DocumentReader::~DocumentReader() = default;

base::Result<std::size_t> DocumentReader::read(const Document& document) {
    return rows_->read(document);
}

void DocumentReader::tell_counts() {
    rows_->tell_counts();
}

}  // namespace pyesi::columns
