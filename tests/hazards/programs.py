"""Small programs of their own process: what happens at a process's edges."""

import subprocess
import sys
import textwrap
from contextlib import contextmanager

PRELUDE = """
import asyncio, os, signal, sys, threading, time
# Whoever started the tests behind a shell had it ignored, and so would we.
signal.signal(signal.SIGINT, signal.default_int_handler)
import pyesi
from pyesi import errors
BASE_URL = sys.argv[1]
AGENT = "pyesi-tests/1.0 (tests@example.com)"
def blocking(**settings):
    return pyesi.SyncESIClient(user_agent=AGENT, base_url=BASE_URL, **settings)
def client(**settings):
    return pyesi.ESIClient(user_agent=AGENT, base_url=BASE_URL, **settings)
def system(number):
    return dict(system_id=30000142 + number)
SYSTEM = "/universe/systems/{system_id}"
ORDERS = "/markets/{region_id}/orders"
FORGE = dict(region_id=10000002, order_type="all")
"""


def run(program, base_url, *, seconds=60):
    """Run a program to its end; its output, and its code in the end."""
    return subprocess.run(
        command(program, base_url),
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


@contextmanager
def running(program, base_url):
    """A program under way, that has said "ready"."""
    process = subprocess.Popen(
        command(program, base_url),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline()
        assert line == "ready\n", line + process.stderr.read()
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def command(program, base_url):
    text = PRELUDE + textwrap.dedent(program)
    return [sys.executable, "-X", "faulthandler", "-c", text, base_url]
