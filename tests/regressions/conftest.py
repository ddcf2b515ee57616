"""The regressions need what the integration tests need."""

from integration.conftest import (
    bare_environment,
    either_loop,
    loop,
    make_simulator,
    simulator,
    simulator_process,
)

__all__ = [
    "bare_environment",
    "either_loop",
    "loop",
    "make_simulator",
    "simulator",
    "simulator_process",
]
