"""`pyesi top` in a terminal, looking at a client that runs."""

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
from contextlib import closing, contextmanager, suppress

import pytest

from integration.processes import until
from integration.worlds import FORGE, ORDERS, SYSTEM, make_blocking_client
from pyesi import cli
from pyesi.metrics import serve_metrics

# The program makes the terminal its own, so that Ctrl-C there is its Ctrl-C.
PROGRAM = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from pyesi.cli import main
sys.exit(main(sys.argv[1:]))
"""
ALTERNATE, ORDINARY, CURSOR = "\x1b[?1049h", "\x1b[?1049l", "\x1b[?25h"


class Terminal:
    """A terminal in which the command runs, and what it has written there."""

    def __init__(self, target, lines=24):
        self._ours, self._theirs = os.openpty()
        fcntl.ioctl(
            self._theirs, termios.TIOCSWINSZ, struct.pack("4H", lines, 90, 0, 0)
        )
        self.before = termios.tcgetattr(self._theirs)
        self.text = ""
        self._thread = threading.Thread(target=self._read)
        # What pytest tells its workers of its own terminal says nothing of this one.
        environment = {**os.environ, "TERM": "xterm"}
        for name in ("COLUMNS", "LINES"):
            environment.pop(name, None)
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, "top", target, "--interval", "100ms"],
            stdin=self._theirs,
            stdout=self._theirs,
            stderr=self._theirs,
            start_new_session=True,
            env=environment,
        )
        self._thread.start()

    def press(self, keys):
        os.write(self._ours, keys.encode())

    @property
    def settings(self):
        return termios.tcgetattr(self._theirs)

    def wait_for(self, words):
        """Until this is on the screen, written after this was called."""
        begun = len(self.text)
        until(lambda: re.search(words, self.text[begun:]))

    @property
    def frame(self):
        """The last whole one that was drawn."""
        return self.text.split("q quits")[-2]

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._thread.join()
        os.close(self._ours)
        os.close(self._theirs)

    def _read(self):
        while True:
            ready, _, _ = select.select([self._ours], [], [], 0.05)
            if ready:
                with suppress(OSError):
                    self.text += os.read(self._ours, 65536).decode(errors="replace")
            elif self.process.poll() is not None:
                return


@pytest.fixture
def esi(simulator):
    with make_blocking_client(simulator.base_url) as client:
        for _ in range(3):
            client.get(SYSTEM, system_id=30000142)
        client.get_table(ORDERS, **FORGE)
        yield client


@contextmanager
def watched(esi):
    """The command, once its first frame is there."""
    with serve_metrics(0, esi) as server, closing(Terminal(server.url)) as terminal:
        terminal.wait_for("q quits")
        yield terminal


def test_once_prints_what_the_client_has_counted(esi, capsys):
    """
    Requests, outcomes, limits and routes are those of its statistics.
    """
    with serve_metrics(0, esi) as server:
        assert cli.main(["top", f"http://127.0.0.1:{server.port}", "--once"]) == 0

    out = capsys.readouterr().out
    seen = esi.statistics()
    ended = sum(row["count"] for row in seen["requests"])
    (window,) = seen["limits"][0]["windows"]
    assert f"requests    {ended}   sent {ended - 2}" in out
    assert "breaker closed   errors left 100" in out
    assert f"market-order {window['left']:,} of {window['tokens']:,}" in out
    assert out.count("GetUniverseSystemsSystemId") == 2


def test_a_page_and_a_file_of_the_same_moment_look_alike(esi, tmp_path, capsys):
    """
    But for the time that a page does not tell, both are seen as the same.
    """
    path = tmp_path / "pyesi-tests"
    esi.statistics().save(path)
    with serve_metrics(0, esi) as server:
        cli.main(["top", server.url, "--once"])
    cli.main(["top", str(path), "--once"])

    page, file = capsys.readouterr().out.split("pyesi top")[1:]
    slow = re.compile(r"slowest routes.*?\n\n|(?:outcomes|hits|took|cache).*?\n", re.S)
    assert slow.findall(page) == slow.findall(file)


def test_q_ends_it_and_gives_the_terminal_back(esi):
    """
    The screen, the cursor and the settings of the terminal are as they were.
    """
    with watched(esi) as terminal:
        assert ALTERNATE in terminal.text
        assert terminal.settings != terminal.before
        terminal.press("q")
        assert terminal.process.wait(10) == 0
        assert terminal.settings == terminal.before
        until(lambda: ORDINARY in terminal.text and CURSOR in terminal.text)


def test_ctrl_c_ends_it_and_gives_the_terminal_back(esi):
    """
    The same, with the code of Ctrl-C and without a traceback.
    """
    with watched(esi) as terminal:
        terminal.press("\x03")
        assert terminal.process.wait(10) == 130
        assert terminal.settings == terminal.before
        until(lambda: ORDINARY in terminal.text and CURSOR in terminal.text)
        assert "Traceback" not in terminal.text


def test_a_signal_to_end_gives_the_terminal_back(esi):
    """
    Who ends the process from elsewhere leaves a terminal that can be used.
    """
    with watched(esi) as terminal:
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.process.wait(10) == 128 + signal.SIGTERM
        assert terminal.settings == terminal.before
        until(lambda: ORDINARY in terminal.text)


def test_what_the_client_does_is_seen(esi):
    """
    Requests of now show as a rate.
    """
    with watched(esi) as terminal:
        terminal.wait_for(r"over ")
        for _ in range(5):
            esi.get(SYSTEM, system_id=30000142)
        terminal.wait_for(r"fresh 100%")
        terminal.press("q")
        assert terminal.process.wait(10) == 0


def test_a_client_that_goes_keeps_its_last_frame_and_may_come_back(esi):
    """
    The frame says that nobody answers, tries on, and q is heard meanwhile.
    """
    with serve_metrics(0, esi) as server, closing(Terminal(server.url)) as terminal:
        terminal.wait_for("q quits")
        server.close()
        terminal.wait_for(r"this is .* old: \S+ cannot be read: Connection refused")
        terminal.wait_for("GetMarketsRegionIdOrders")
        with serve_metrics(server.port, esi):
            until(lambda: "cannot be read" not in terminal.frame)
            terminal.press("q")
            assert terminal.process.wait(10) == 0


def test_a_new_size_of_the_terminal_is_taken_up(esi):
    """
    A frame that has become too long for its window is cut at once.
    """
    with watched(esi) as terminal:
        size = struct.pack("4H", 6, 60, 0, 0)
        fcntl.ioctl(terminal._theirs, termios.TIOCSWINSZ, size)
        until(lambda: terminal.frame.count("\n") < 6)
        terminal.press("q")
        assert terminal.process.wait(10) == 0
