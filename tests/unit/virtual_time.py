"""An event loop whose time passes where nothing is left to do, and then at once."""

import asyncio
import selectors

from pyesi.bench import Clock


class _JumpingSelector(selectors.SelectSelector):
    """Waits for nobody: the time for which it was to wait has passed."""

    def __init__(self):
        super().__init__()
        self.now = 0.0

    def select(self, timeout=None):
        if timeout is None:
            raise AssertionError("everybody waits for ever")
        self.now += max(timeout, 0.0)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Seconds cost nothing here; who waits for a socket waits for ever."""

    def __init__(self):
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self):
        return self._jumping.now


def run_virtually(work):
    """The coroutine's result, on time that jumps. It is given a clock."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        clock = Clock(now=runner.get_loop().time, sleep=asyncio.sleep)
        return runner.run(work(clock))
