"""The package as a whole: its names, its version, what importing it costs."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import pyesi

REPOSITORY = Path(__file__).parents[2]


def loaded(code):
    """The modules that an interpreter has after running the code."""
    told = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        capture_output=True,
        check=True,
        text=True,
    )
    return set(told.stdout.split())


def test_import_loads_what_is_used():
    """
    import pyesi brings neither the core nor asyncio, nor any library.
    """
    heavy = {"asyncio", "pyesi._core", "pyesi.client", "pyesi.catalog", "msgspec"}
    assert not loaded("import pyesi") & heavy


def test_a_client_loads_no_optional_library():
    """
    Progress bar, Prometheus, certifi, simulator and typing lore wait for their use.
    """
    code = "import pyesi; pyesi.ESIClient(user_agent='a/1 (a@b.co)')"
    optional = {"tqdm", "prometheus_client", "certifi", "aiohttp", "pyesi.simulator"}
    assert not loaded(code) & {*optional, "pyesi.catalog._facts", "pyesi.cli"}


@pytest.mark.parametrize("name", pyesi.__all__)
def test_every_public_name_is_there(name):
    """
    What __all__ promises can be had.
    """
    assert getattr(pyesi, name) is not None
    assert name in dir(pyesi)


def test_other_names_are_attribute_errors():
    """
    A misspelt name is refused as by any module.
    """
    with pytest.raises(AttributeError, match="no attribute 'ESICleint'"):
        pyesi.ESICleint  # noqa: B018


def test_the_version_is_the_projects():
    """
    The code and pyproject.toml say the same.
    """
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert pyesi.__version__ == project["version"]


def test_types_are_shipped():
    """
    py.typed lies beside the code.
    """
    assert (Path(pyesi.__file__).parent / "py.typed").exists()
