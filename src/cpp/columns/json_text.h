#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <simdjson.h>

namespace pyesi::columns {

/// Strings of one document, as they are meant: most of them stand there in plain.
///
/// Thread: any one at a time.
class JsonText {
public:
    explicit JsonText(const simdjson::ondemand::parser& parser) : parser_{parser} {}

    /// The string that `raw` begins; it holds until the next call. Nothing if an escape
    /// is none, or half of a surrogate pair stands alone.
    /// REQUIRES: its closing quote is there, as simdjson's first stage has seen to.
    std::optional<std::string_view> read(simdjson::ondemand::raw_json_string raw);

private:
    const simdjson::ondemand::parser& parser_;
    std::string unescaped_;
};

/// Whether the text is a number by RFC 8259 §6.
bool is_json_number(std::string_view text) noexcept;

/// A number's or a word's own characters: simdjson gives them with what follows, up to
/// the next token.
std::string_view trimmed(std::string_view token) noexcept;

/// Whether the value is JSON to its last character. It is consumed. On-demand parsing
/// looks at nothing that nobody asks for; this asks for everything.
simdjson::error_code check_json(simdjson::ondemand::value& value,
                                JsonText& texts,
                                int depth = 0);

}  // namespace pyesi::columns
