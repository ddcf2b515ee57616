"""A repaired wheel, and a bare root to install it in.

The root is of the release that runs here (Debian 12, say): the wheel brings all but
the C library, and its Python must be that release's own.
"""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
BUILD = REPOSITORY / "build"
AS_ROOT = [] if os.geteuid() == 0 else ["sudo"]


def only(folder, pattern):
    """The one file that matches."""
    found = list(folder.glob(pattern))
    if len(found) != 1:
        raise pytest.UsageError(f"`make wheel` leaves one {folder}/{pattern}: {found}")
    return found[0]


@pytest.fixture(scope="session")
def wheel():
    return only(REPOSITORY / "wheelhouse", "*.whl")


@pytest.fixture(scope="session")
def sdist():
    return only(REPOSITORY / "dist", "*.tar.gz")


class DebianRoot:
    """A folder that holds a Debian with python3 and nothing to build with."""

    def __init__(self, path):
        self.path = path

    def run(self, *command, folder="/"):
        """Run a command inside, and give what it printed."""
        inside = ["chroot", self.path, "env", "-i", "-C", folder, "PATH=/usr/bin:/bin"]
        completed = subprocess.run(
            [*AS_ROOT, *inside, *command], capture_output=True, text=True, check=False
        )
        assert completed.returncode == 0, completed.stdout + completed.stderr
        return completed.stdout


@pytest.fixture(scope="session")
def debian_root():
    path = BUILD / "debian-root"
    if not (path / "made").exists():
        packages = "--include=python3,python3-venv"
        suite = platform.freedesktop_os_release()["VERSION_CODENAME"]
        make = ["debootstrap", "--variant=minbase", packages, suite, path]
        subprocess.run([*AS_ROOT, "rm", "-rf", path], check=True)
        subprocess.run([*AS_ROOT, *make], check=True)
        subprocess.run([*AS_ROOT, "touch", path / "made"], check=True)
    return DebianRoot(path)


@pytest.fixture(scope="session")
def installed(debian_root, wheel):
    """The root with the wheel in a fresh environment, /env, made without a network."""
    wheels = BUILD / "packaging-wheels"
    shutil.rmtree(wheels, ignore_errors=True)
    download = [sys.executable, "-m", "pip", "download", "-q", "-d", wheels]
    subprocess.run([*download, f"{wheel}[demo]"], check=True)

    subprocess.run([*AS_ROOT, "rm", "-rf", debian_root.path / "wheels"], check=True)
    subprocess.run(
        [*AS_ROOT, "cp", "-R", wheels, debian_root.path / "wheels"], check=True
    )
    debian_root.run("python3", "-m", "venv", "--clear", "/env")
    pip_install = ["/env/bin/pip", "install", "--no-index", "--find-links=/wheels"]
    debian_root.run(*pip_install, "pyesi-eve[demo]")
    return debian_root
