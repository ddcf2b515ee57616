#pragma once

#include "catalog/binding.h"
#include "catalog/route.h"

#include <pybind11/pybind11.h>

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace pyesi::bindings {

/// A call's parameters as the catalog takes them: views into the Python objects,
/// which must outlive this.
///
/// Thread: any one at a time, with the GIL.
class Arguments {
public:
    /// Fails with InvalidRequest for a value that is no scalar and no list of
    /// them. `parameters` is a dict or None.
    std::optional<base::Failure> read(PyObject* parameters);

    std::span<const catalog::Argument> view() const noexcept;

private:
    std::optional<base::Failure> add(PyObject* name, PyObject* value);

    // As many as any route of ESI takes; an unchecked one may take more.
    std::array<catalog::Argument, catalog::Route::kMaxParameters> few_;
    std::vector<catalog::Argument> many_;
    std::size_t count_ = 0;
};

}  // namespace pyesi::bindings
