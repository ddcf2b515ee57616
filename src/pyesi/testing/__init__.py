"""For tests of programs that use pyesi: a simulated ESI, and time that is turned.

As a pytest plugin it gives the fixture `esi_simulator`; in the top `conftest.py`:

    pytest_plugins = ["pyesi.testing.plugin"]

Then:

    def test_a_second_get_is_answered_from_cache(esi_simulator):
        with SyncESIClient(user_agent=..., base_url=esi_simulator.base_url) as esi:
            esi.get("/status")
            esi.get("/status")
        assert esi_simulator.counters()["requests"] == 1
"""

from pyesi.simulator import SimulatorProcess, make_token
from pyesi.testing._time import TurnsClock, turn_clock

__all__ = ["SimulatorProcess", "TurnsClock", "make_token", "turn_clock"]
