#pragma once

#include "catalog/route_table.h"
#include "engine/engine.h"

#include <pybind11/pybind11.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace pyesi::bindings {

/// The catalog as Python holds it.
///
/// Constant after construction.
struct RouteTableFace {
    explicit RouteTableFace(const pybind11::bytes& table);

    std::shared_ptr<const catalog::RouteTable> routes;
};

/// Python's hold on an engine. Its clients share it, so that it outlives them all.
///
/// Thread: any one at a time, with the GIL.
class EngineFace {
public:
    EngineFace(const RouteTableFace& table, engine::EngineConfig config);

    /// Gives the GIL up while the engine ends.
    ~EngineFace();
    EngineFace(const EngineFace&) = delete;
    EngineFace& operator=(const EngineFace&) = delete;

    /// Throws ClientClosed if it was abandoned.
    engine::Engine& engine() const;

    const std::shared_ptr<const catalog::RouteTable>& routes() const noexcept {
        return routes_;
    }

    bool is_closed() const noexcept { return !engine_ || engine_->is_closed(); }
    void close();
    void abandon();

private:
    std::shared_ptr<const catalog::RouteTable> routes_;
    std::unique_ptr<engine::Engine> engine_;
};

void bind_engine(pybind11::module_& core);

}  // namespace pyesi::bindings
