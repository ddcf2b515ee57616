#pragma once

#include "catalog/binding.h"
#include "catalog/route.h"

#include <string>

namespace pyesi::catalog {

/// True if `value` is what `parameter` must be.
bool fits(const Parameter& parameter, const Value& value);

/// What `parameter` must be: `an integer from 10 to 100`.
std::string expected(const Parameter& parameter);

/// What is wrong with `value`, to stand after "not": `7`, `a string`,
/// `a list with 7`. Shows numbers and booleans, never a string.
///
/// REQUIRES: !fits(parameter, value).
std::string described(const Parameter& parameter, const Value& value);

/// The allowed word that a string was probably meant to be; empty if none.
std::string_view meant_word(const Parameter& parameter, const Value& value);

/// Appends a number as it is sent: the shortest text that reads back as `value`.
void append_number(std::string& text, std::int64_t value);
void append_number(std::string& text, double value);

}  // namespace pyesi::catalog
