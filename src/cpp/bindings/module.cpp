#include "bindings/bridge.h"
#include "bindings/engine_face.h"
#include "bindings/options_face.h"
#include "bindings/profile_face.h"
#include "bindings/response.h"
#include "bindings/table_face.h"

#include <pybind11/pybind11.h>

// What Python sees of the core: src/pyesi/_core.pyi tells each.
PYBIND11_MODULE(_core, core, pybind11::mod_gil_not_used()) {
    pyesi::bindings::bind_response(core);
    pyesi::bindings::bind_options(core);
    pyesi::bindings::bind_engine(core);
    pyesi::bindings::bind_bridge(core);
    pyesi::bindings::bind_table(core);
    pyesi::bindings::bind_profile(core);
}
