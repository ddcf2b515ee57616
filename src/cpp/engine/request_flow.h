#pragma once

#include "engine/flight.h"
#include "engine/flow.h"

namespace pyesi::engine {

class Dispatcher;

/// The life of a request: look up, coalesce, admit, send, record, retry or store,
/// hand over. Whoever reads only this function knows pyesi.
///
/// The waiter is told exactly once, whatever happens on the way. Call and waiter are
/// taken before the first wait, so that its frame need not hold them twice.
///
/// Thread: network thread only.
Flow request_flow(Dispatcher& dispatcher, Call&& call, Waiter&& waiter);

}  // namespace pyesi::engine
