"""What it takes to import a client and make one.

Imports nothing else, so that whoever is measured pays for all that it needs.
"""

import os
import sys
import time

USER_AGENT = "pyesi-benchmarks/1.0 (bench@example.com)"


def nothing() -> object:
    return None


def pyesi_client() -> object:
    import pyesi

    return pyesi.ESIClient(user_agent=USER_AGENT)


def pyesi_running() -> object:
    """With its thread, catalog and cache, as the first request needs them."""
    import pyesi

    esi = pyesi.ESIClient(user_agent=USER_AGENT)
    esi.statistics()
    return esi


def httpx_client() -> object:
    import httpx

    return httpx.AsyncClient()


def resident_megabytes() -> float:
    with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123
        pages = int(statm.read().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


CLIENTS = {
    "nothing": nothing,
    "pyesi": pyesi_client,
    "running": pyesi_running,
    "httpx": httpx_client,
}

if __name__ == "__main__":
    make = CLIENTS[sys.argv[1]]
    began = time.perf_counter()
    client = make()
    elapsed = time.perf_counter() - began
    print(f'{{"ms": {elapsed * 1e3}, "megabytes": {resident_megabytes()}}}')
