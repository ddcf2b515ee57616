#pragma once

#include "columns/field_reader.h"

namespace pyesi::columns {

/// Reads a row that is as ESI's rows mostly are: an object of known names, each once,
/// without blanks, with values that are neither objects nor arrays; or, `bare`, such a
/// value. It reads straight through the characters and is several times as fast as by
/// way of simdjson.
/// REQUIRES: the text is UTF-8, and a NUL follows it, as in base::Bytes.
///
/// The character after the row. Null if the row is anything else, right or wrong, and
/// then the columns are as they were: it is for ValueReader to read.
const char* try_read_flat_row(ObjectReader& row, const char* at, bool bare);

}  // namespace pyesi::columns
