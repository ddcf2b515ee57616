"""A Chromium without a window, which tells what a page looks like.

It is told what to do by the DevTools protocol over two pipes, so that it needs no port
and nobody else can tell it anything. Its profile lies in the folder that it is given.
"""

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from integration.processes import ending_with_us

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_PROGRAM = next(filter(None, map(shutil.which, _NAMES)), None)

needs_browser = pytest.mark.skipif(
    _PROGRAM is None, reason="neither chromium nor google-chrome is installed"
)

_OPTIONS = (
    *("--headless", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu"),
    *("--disable-dev-shm-usage", "--disable-extensions", "--hide-scrollbars"),
    # Nothing is asked of the network, and what is asked all the same finds nobody.
    *("--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--no-pings", "--host-resolver-rules=MAP * ~NOTFOUND"),
    # Its own sandbox cannot be had by root.
    *(["--no-sandbox"] if os.geteuid() == 0 else []),
)
# Chromium's ends of the pipes are its descriptors 3 and 4.
_ON_PIPES = 'exec "$@" 3<&0 4>&1 </dev/null >/dev/null'
_SIGHT = Path(__file__).with_name("browser_sight.js").read_text()


def _environment(folder):
    """Ours, but for homes, which are the folder, and a sanitizer to be loaded."""
    homes = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"), str(folder))
    ours = {name: told for name, told in os.environ.items() if name != "LD_PRELOAD"}
    return {**ours, **homes}


class Browser:
    """A running browser with one page."""

    def __init__(self, folder):
        self._count = 0
        self._events = []
        self._log = folder / "browser.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                ending_with_us(
                    *("sh", "-c", _ON_PIPES, "sh", _PROGRAM, *_OPTIONS),
                    f"--user-data-dir={folder / 'profile'}",
                ),
                env=_environment(folder),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )

    def __enter__(self):
        try:
            target = self._tell("Target.createTarget", url="about:blank")["targetId"]
            attached = self._tell(
                "Target.attachToTarget", targetId=target, flatten=True
            )
            self._session = {"sessionId": attached["sessionId"]}
            for part in ("Page", "Runtime", "Log", "Network"):
                self._tell(f"{part}.enable", self._session)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self._process.stdin.close()  # it ends when nobody is there to tell it anything
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        self._process.stdout.close()

    def look(self, path, *, scheme="light", width=1024):
        """What a page shows in a window of that many pixels: see browser_sight.js.

        Beside that what it has `asked` for, and its `complaints`.
        """
        self._events.clear()
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
        preferred = [{"name": "prefers-color-scheme", "value": scheme}]
        self._tell("Emulation.setDeviceMetricsOverride", self._session, **size)
        self._tell("Emulation.setEmulatedMedia", self._session, features=preferred)
        self._tell("Page.navigate", self._session, url=path.as_uri())
        self._wait_for("Page.loadEventFired")
        evaluated = self._tell(
            "Runtime.evaluate", self._session, expression=_SIGHT, returnByValue=True
        )
        return {
            **evaluated["result"]["value"],
            "asked": [
                told["request"]["url"]
                for told in self._told("Network.requestWillBeSent")
            ],
            "complaints": [
                *self._told("Runtime.exceptionThrown"),
                *self._told("Runtime.consoleAPICalled"),
                *self._told("Log.entryAdded"),
            ],
        }

    def picture(self):
        """The whole page that was looked at last, as PNG."""
        shot = self._tell(
            "Page.captureScreenshot", self._session, captureBeyondViewport=True
        )
        return base64.b64decode(shot["data"])

    def _told(self, method):
        return [event["params"] for event in self._events if event["method"] == method]

    def _tell(self, method, session=(), **told):
        self._count += 1
        message = {"id": self._count, "method": method, "params": told, **dict(session)}
        self._process.stdin.write(json.dumps(message).encode() + b"\0")
        self._process.stdin.flush()
        while (answer := self._read()).get("id") != self._count:
            self._events.append(answer)
        assert "error" not in answer, answer
        return answer["result"]

    def _wait_for(self, method):
        while not self._told(method):
            self._events.append(self._read())

    def _read(self):
        """The next message; one ends where a byte of zero stands."""
        message = bytearray()
        while (byte := self._process.stdout.read(1)) != b"\0":
            assert byte, f"the browser has ended: {self._log.read_text()}"
            message += byte
        return json.loads(message)
