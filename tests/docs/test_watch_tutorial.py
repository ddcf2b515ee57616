"""Does the tutorial about watching a client lead where it says?

All of its blocks are run, but for those that install something, with a real Prometheus,
as its reader would: each terminal's program goes on while the next one is started, and
what is asked too early is asked again.
"""

import os
import re
import shutil
import subprocess
import sys
from contextlib import ExitStack

import pytest

from docs import markdown
from integration.processes import ending_with_us, until
from integration.prometheus_world import needs_prometheus
from integration.worlds import free_port

needs_curl = pytest.mark.skipif(
    shutil.which("curl") is None, reason="curl is not installed"
)
pytestmark = [needs_prometheus, needs_curl, pytest.mark.timeout(300)]

PAGE = markdown.DOCS / "tutorials" / "watch-a-client.md"
PORTS = ("8070", "9464", "9091")
FILES = {"python": "watched.py", "yaml": "prometheus.yml"}
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# What goes on until Ctrl-C.
SERVERS = ("pyesi simulate", "python watched.py", "prometheus ")
# A rule has to look back for 15 s and to wait for 5, and machines may be slow.
PATIENCE = 90


def commands_of(block):
    """Each with what the page shows of its output."""
    _, *parts = re.split(r"^\$ ", block, flags=re.MULTILINE)
    return [part.partition("\n")[::2] for part in parts]


class Reader:
    """Somebody who does what the page says, in a folder of their own."""

    def __init__(self, folder, stack):
        self._stack = stack
        self._servers = []
        self.folder = folder / "pyesi" / "watch"
        programs = folder / "bin"
        programs.mkdir()
        for name, words in {"python": "", "pyesi": "-m pyesi "}.items():
            program = programs / name
            program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words}"$@"\n')
            program.chmod(0o755)
        (folder / "pyesi").mkdir()
        (folder / "pyesi" / "docs").symlink_to(markdown.DOCS)
        self._environment = {
            **{n: v for n, v in os.environ.items() if not n.startswith("PYESI_")},
            "PATH": f"{programs}:{os.environ['PATH']}",
            "no_proxy": "127.0.0.1",
        }

    def write(self, name, text):
        (self.folder / name).write_text(text)

    def run(self, command, shown):
        """Do what stands after a prompt, until it shows what the page shows."""
        setting = re.fullmatch(r"export (\w+)=(.*)", command)
        if setting:
            self._environment[setting[1]] = setting[2]
        elif command.startswith("mkdir"):
            self.folder.mkdir()
        elif command.startswith(SERVERS):
            self._start(command, shown)
        else:
            self._ask(command, shown)

    def _start(self, command, shown):
        log = self.folder / f"{len([*self.folder.iterdir()])}.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                ending_with_us("sh", "-c", f"exec {command}"),
                cwd=self.folder,
                env=self._environment,
                stdout=output,
                stderr=output,
            )
        self._servers.append(process)
        self._stack.callback(process.wait, 30)
        self._stack.callback(process.terminate)

        def is_there():
            assert process.poll() is None, (command, log.read_text())
            return shown in log.read_text()

        until(is_there, seconds=30, pause=0.05)

    def _ask(self, command, shown):
        pattern = markdown.output_pattern(shown)
        ended = None

        def tells():
            nonlocal ended
            assert all(server.poll() is None for server in self._servers), "one ended"
            ended = subprocess.run(
                ["sh", "-c", command],
                cwd=self.folder,
                env=self._environment,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            good = ended.returncode == 0
            return good and pattern.fullmatch(ended.stdout.strip())

        try:
            until(tells, seconds=PATIENCE, pause=0.5)
        except AssertionError:
            raise AssertionError((command, ended)) from None


def test_the_tutorial_leads_from_a_program_to_an_alert_that_fired_and_is_resolved(
    tmp_path,
):
    """
    Each block shows what the page says, one after another.
    """
    text = markdown.read(PAGE)
    for port in PORTS:
        text = text.replace(port, str(free_port()))
    install, _, rest = text.partition("\n## Start a simulated ESI\n")
    folder = commands_of(BLOCK.findall(install)[-1][1])
    asked = []

    with ExitStack() as stack:
        reader = Reader(tmp_path, stack)
        for language, block in [("console", ""), *BLOCK.findall(rest)]:
            if language in FILES:
                assert f"`{FILES[language]}`" in rest
                reader.write(FILES[language], block)
                continue
            for command, shown in commands_of(block) or folder:
                reader.run(command, shown)
                asked.append(command)

    assert len(asked) == len(re.findall(r"^\$ ", rest, re.MULTILINE)) + 1
    assert {"firing", "count_over_time"} <= set(re.findall(r"\w+", " ".join(asked)))


def test_what_it_installs_is_there():
    """
    The extras that it names are those of the package, and what it needs of Debian is
    what the tests need.
    """
    text = markdown.read(PAGE)
    (extras,) = re.findall(r"pip install '\.\[(.+)\]'", text)
    project = markdown.read("pyproject.toml")

    for extra in extras.split(","):
        assert f"\n{extra} = [" in project
    assert " prometheus" in markdown.read("scripts/install_debian_packages.sh")
