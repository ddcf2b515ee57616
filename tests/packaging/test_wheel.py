"""Does the wheel work where nothing that built it is in reach?"""

import tarfile
import zipfile
from pathlib import PurePosixPath

import pytest

pytestmark = [pytest.mark.packaging, pytest.mark.timeout(1200)]


def test_the_wheel_says_where_it_runs(wheel):
    """
    auditwheel found the wheel fit for every Linux with this glibc or a newer one.
    """
    assert "manylinux" in wheel.name


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    """
    Types, facts and module are in the wheel; sources of the core and tests are not.
    """
    names = zipfile.ZipFile(wheel).namelist()
    tops = {PurePosixPath(name).parts[0].split("-")[0] for name in names}

    assert {"pyesi/py.typed", "pyesi/_core.pyi"} <= {*names}
    assert any(name.startswith("pyesi/_core.") and ".so" in name for name in names)
    assert tops <= {"pyesi", "pyesi_eve", "pyesi_eve.libs"}
    assert not [name for name in names if name.endswith((".cpp", ".h"))]


def test_the_sdist_holds_what_it_builds_from(sdist):
    """
    The sdist has the sources, the build and the licence, and no tests or workflows.
    """
    with tarfile.open(sdist) as archive:
        paths = [PurePosixPath(name).parts[1:] for name in archive.getnames()]
    tops = {path[0] for path in paths if path}

    assert {"CMakeLists.txt", "LICENSE", "README.md", "cmake", "src"} <= tops
    assert not {"tests", ".github", "build", ".venv"} & tops


def test_the_root_has_nothing_to_build_with(debian_root):
    """
    No compiler and no -dev package is in reach of the installed wheel.
    """
    packages = debian_root.run("dpkg-query", "-W", "-f", "${Package}\\n").split()

    assert "python3" in packages
    assert not [name for name in packages if name.endswith("-dev")]
    assert not {"gcc", "g++", "cmake", "libcurl4"} & {*packages}


def test_the_package_imports(installed):
    """
    The installed wheel imports, and its core is the wheel's own.
    """
    where = installed.run(
        "/env/bin/python", "-c", "import pyesi._core as core; print(core.__file__)"
    )

    assert where.startswith("/env/lib/")


def test_the_demo_runs(installed):
    """
    `pyesi demo` sweeps its simulator and leaves orders and picture behind.
    """
    installed.run("/env/bin/pyesi", "demo", "--pages", "20", folder="/tmp")
    orders = installed.run("head", "-c", "4", "/tmp/forge-orders.parquet")
    picture = installed.run("stat", "-c", "%s", "/tmp/forge-book.png")

    assert orders == "PAR1"
    assert int(picture) > 10_000
