#pragma once

#include "engine/byte_window.h"

#include <cstddef>
#include <cstdint>

namespace pyesi::engine {

/// When the items of a batch are handed over.
enum class Delivery : std::uint8_t {
    AtTheEnd,     ///< all at once
    InOrder,      ///< each as soon as those before it have been
    AsCompleted,  ///< each as soon as it has ended
};

struct BatchSettings {
    std::size_t at_once = 20;
    bool tells_progress = false;
    Delivery delivery = Delivery::AtTheEnd;
    std::size_t byte_window = ByteWindow::kUsual;  ///< where they come one by one
};

}  // namespace pyesi::engine
