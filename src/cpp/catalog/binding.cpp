#include "catalog/binding.h"

#include "catalog/percent_encoding.h"
#include "catalog/spelling.h"
#include "catalog/target_pattern.h"
#include "catalog/value_check.h"

#include <algorithm>
#include <array>
#include <utility>

namespace pyesi::catalog {
namespace {

/// What was given for each of a route's parameters, and for none of them.
struct Given {
    std::array<const Value*, Route::kMaxParameters> values{};
    std::vector<const Argument*> others;  // an unchecked route's query
};

using Refusal = std::optional<base::Failure>;

std::string name_of(const Route& route) {
    return std::string{http::name_of(route.method)} + " " + route.path;
}

Refusal refuse(std::string message) {
    return base::make_failure(base::ErrorKind::InvalidRequest, std::move(message));
}

Refusal unknown(const Route& route, std::string_view name) {
    std::vector<std::string_view> names;
    names.reserve(route.parameters.size());
    for (const auto& parameter : route.parameters) names.emplace_back(parameter.name);
    std::string message = name_of(route) + " has no parameter " + in_quotes(name) + ".";
    const auto meant = nearest(name, names);
    if (!meant.empty()) {
        message += " Did you mean " + in_quotes(meant) + "?";
    } else if (!names.empty()) {
        message += " It takes " + in_quotes(names) + ".";
    }
    return refuse(std::move(message));
}

Refusal given_twice(const Route& route, std::string_view name) {
    return refuse("Parameter " + in_quotes(name) + " of " + name_of(route) +
                  " is given twice.");
}

Refusal missing(const Route& route, const Parameter& parameter) {
    return refuse(name_of(route) + " needs the parameter " + in_quotes(parameter.name) +
                  ": " + expected(parameter) + ".");
}

Refusal misfit(const Route& route, const Parameter& parameter, const Value& value) {
    std::string message = "Parameter " + in_quotes(parameter.name) + " of " +
                          name_of(route) + " must be " + expected(parameter) +
                          ", not " + described(parameter, value) + ".";
    const auto meant = meant_word(parameter, value);
    if (!meant.empty()) message += " Did you mean " + in_quotes(meant) + "?";
    return refuse(std::move(message));
}

/// Puts one argument where it belongs.
Refusal take(const Route& route, const Argument& argument, Given& given) {
    const auto* parameter = find_parameter(route, argument.name);
    if (parameter == nullptr) {
        if (!route.unchecked) return unknown(route, argument.name);
        given.others.push_back(&argument);
        return std::nullopt;
    }
    const auto place = static_cast<std::size_t>(parameter - route.parameters.data());
    if (given.values[place] != nullptr) return given_twice(route, argument.name);
    if (!fits(*parameter, argument.value)) {
        return misfit(route, *parameter, argument.value);
    }
    given.values[place] = &argument.value;
    return std::nullopt;
}

Refusal check_present(const Route& route, const Given& given) {
    for (std::size_t place = 0; place < route.parameters.size(); ++place) {
        const auto& parameter = route.parameters[place];
        if (given.values[place] != nullptr || !parameter.required) continue;
        if (!parameter.default_text) return missing(route, parameter);
    }
    return std::nullopt;
}

/// An unchecked route's query has no declared parameters: anything but what could
/// not be sent fits.
Refusal check_others(const Route& route, Given& given) {
    auto& others = given.others;
    std::ranges::sort(others, {}, &Argument::name);
    const Argument* last = nullptr;
    for (const auto* argument : others) {
        Parameter any;
        any.name = argument->name;
        if (last != nullptr && last->name == any.name)
            return given_twice(route, any.name);
        if (any.name.empty() || holds_control(any.name))
            return unknown(route, any.name);
        if (!fits(any, argument->value)) return misfit(route, any, argument->value);
        last = argument;
    }
    return std::nullopt;
}

/// Appends one value as it is sent.
struct ValueWriter {
    std::string& target;

    void operator()(std::int64_t value) const { append_number(target, value); }
    void operator()(bool value) const { target += value ? "true" : "false"; }
    void operator()(std::string_view value) const { append_encoded(target, value); }

    void operator()(double value) const {
        std::string text;  // short enough to need no memory of its own
        append_number(text, value);
        append_encoded(target, text);  // the plus of an exponent
    }

    void operator()(const List& items) const {
        for (const auto& item : items) {
            if (&item != items.data()) target += ',';
            std::visit(*this, item);
        }
    }
};

void append_path(std::string& target, const Route& route, const Given& given) {
    for (const auto& piece : route.pieces) {
        target += piece.literal;
        if (piece.parameter == Piece::kNoParameter) continue;
        std::visit(ValueWriter{target}, *given.values[piece.parameter]);
    }
}

/// Appends `name=value` pairs, with the right sign before each.
class QueryWriter {
public:
    explicit QueryWriter(std::string& target) : target_{target} {}

    void add_encoded(std::string_view name, std::string_view text) {
        begin(name);
        target_ += text;
    }

    void add(std::string_view name, const Value& value, bool explode) {
        const auto* items = std::get_if<List>(&value);
        if (items == nullptr || !explode) {
            begin(name);
            std::visit(ValueWriter{target_}, value);
            return;
        }
        for (const auto& item : *items) {
            begin(name);
            std::visit(ValueWriter{target_}, item);
        }
    }

private:
    void begin(std::string_view name) {
        target_ += sign_;
        sign_ = '&';
        append_encoded(target_, name);
        target_ += '=';
    }

    std::string& target_;
    char sign_ = '?';
};

void append_query(std::string& target, const Route& route, const Given& given) {
    QueryWriter query{target};
    for (std::size_t place = 0; place < route.parameters.size(); ++place) {
        const auto& parameter = route.parameters[place];
        if (parameter.location == Location::Path) continue;
        if (const auto* value = given.values[place]) {
            query.add(parameter.name, *value, parameter.explode);
        } else if (const auto& text = parameter.default_text;
                   parameter.required && text) {
            query.add_encoded(parameter.name, *text);
        }
    }
    for (const auto* argument : given.others) {
        query.add(argument->name, argument->value, true);
    }
}

std::string path_with(const Route& route, const Given& given) {
    std::string path;
    for (const auto& piece : route.pieces) {
        path += piece.literal;
        if (piece.parameter == Piece::kNoParameter) continue;
        if (const auto* value = given.values[piece.parameter]) {
            std::visit(ValueWriter{path}, *value);
        } else {
            path += '{' + route.parameters[piece.parameter].name + '}';
        }
    }
    return path;
}

std::string given_query(const Route& route, const Given& given) {
    std::string query;
    QueryWriter writer{query};
    for (std::size_t place = 0; place < route.parameters.size(); ++place) {
        const auto& parameter = route.parameters[place];
        const auto* value = given.values[place];
        if (value == nullptr || parameter.location == Location::Path) continue;
        writer.add(parameter.name, *value, parameter.explode);
    }
    for (const auto* argument : given.others) {
        writer.add(argument->name, argument->value, true);
    }
    return query;
}

/// The `name=value` pairs of a query that starts with its question mark.
std::vector<std::string_view> pairs_of(std::string_view query) {
    std::vector<std::string_view> pairs;
    while (!query.empty()) {
        query.remove_prefix(1);
        pairs.push_back(query.substr(0, query.find('&')));
        query.remove_prefix(pairs.back().size());
    }
    return pairs;
}

std::string_view key_of(std::string_view pair) noexcept {
    return pair.substr(0, pair.find('='));
}

std::string joined(std::string_view path, const std::vector<std::string_view>& pairs) {
    std::string target{path};
    char sign = '?';
    for (const auto pair : pairs) {
        target += std::exchange(sign, '&');
        target += pair;
    }
    return target;
}

}  // namespace

std::optional<base::Failure> bind_target(const Route& route,
                                         std::span<const Argument> arguments,
                                         std::string& target) {
    target.clear();
    Given given;
    for (const auto& argument : arguments) {
        if (auto refusal = take(route, argument, given)) return refusal;
    }
    if (auto refusal = check_present(route, given)) return refusal;
    if (auto refusal = check_others(route, given)) return refusal;
    append_path(target, route, given);
    append_query(target, route, given);
    return std::nullopt;
}

std::optional<base::Failure> bind_pattern(const Route& route,
                                          std::span<const Argument> arguments,
                                          TargetPattern& pattern) {
    Given given;
    for (const auto& argument : arguments) {
        if (auto refusal = take(route, argument, given)) return refusal;
    }
    if (auto refusal = check_others(route, given)) return refusal;
    const auto query = given_query(route, given);
    const auto pairs = pairs_of(query);
    pattern.path = path_with(route, given);
    pattern.pairs.assign(pairs.begin(), pairs.end());
    return std::nullopt;
}

std::string with_query_parameter(std::string_view target,
                                 std::string_view name,
                                 std::string_view value) {
    std::string pair;
    append_encoded(pair, name);
    const std::size_t name_size = pair.size();
    pair += '=';
    append_encoded(pair, value);
    const auto key = std::string_view{pair}.substr(0, name_size);

    const auto path = target.substr(0, target.find('?'));
    auto pairs = pairs_of(target.substr(path.size()));
    std::erase_if(pairs, [&](std::string_view each) { return key_of(each) == key; });
    const auto place = std::ranges::find_if(
        pairs, [&](std::string_view each) { return key_of(each) > key; });
    pairs.insert(place, pair);
    return joined(path, pairs);
}

}  // namespace pyesi::catalog
