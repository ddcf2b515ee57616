#pragma once

#include <pybind11/pybind11.h>

#include <type_traits>
#include <utility>

namespace pyesi::bindings {

/// What `work()` gives, run without the GIL.
///
/// A daemon thread that wants the GIL back while the interpreter ends is ended there
/// by Python (before 3.14): its stack is unwound. No destructor may stand in the way
/// of that, as that of pybind11's gil_scoped_release does: the process would abort.
/// REQUIRES: `work` gives a value.
template <class Work>
std::invoke_result_t<Work> without_gil(Work&& work) {
    auto* const state = PyEval_SaveThread();
    try {
        auto result = std::forward<Work>(work)();
        PyEval_RestoreThread(state);
        return result;
    } catch (const std::exception&) {
        PyEval_RestoreThread(state);
        throw;
    }
}

}  // namespace pyesi::bindings
