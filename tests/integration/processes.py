"""What tests share that start a server of another program."""

import shutil
import time


def ending_with_us(*command):
    """The command of a server that ends when we do, however we end."""
    with_us = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
    return [*with_us, *command]


def until(seen, *, seconds=20, pause=0.002):
    """Wait for what becomes true in another thread or process."""
    end = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < end, "it never happened"
        time.sleep(pause)
