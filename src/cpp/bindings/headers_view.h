#pragma once

#include "cache/entry.h"

#include <pybind11/pybind11.h>

#include <utility>

namespace pyesi::bindings {

/// The headers of an answer, as Python's mapping. Shares the entry.
///
/// Constant after construction.
struct HeadersView {
    explicit HeadersView(cache::EntryPtr its_entry) : entry{std::move(its_entry)} {}

    cache::EntryPtr entry;
};

void bind_headers_view(pybind11::module_& core);

}  // namespace pyesi::bindings
