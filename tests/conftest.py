"""What every test may lean on."""

from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import settings

# The same inputs on every run, so that a change is judged by itself. To look for more:
# pytest --hypothesis-profile=default
settings.register_profile("repeatable", derandomize=True)
settings.load_profile("repeatable")

REPOSITORY = Path(__file__).parents[1]


def pytest_addoption(parser):
    parser.addoption(
        "--installed",
        action="store_true",
        help="refuse to run on the source tree: pyesi must be installed",
    )


def pytest_configure(config):
    if config.getoption("--installed"):
        refuse_source_tree()


def pytest_report_header():
    return f"pyesi from {home_of_pyesi()}"


def home_of_pyesi():
    spec = find_spec("pyesi")
    return Path(spec.origin).parent if spec and spec.origin else None


def refuse_source_tree():
    home = home_of_pyesi()
    if home is None:
        raise pytest.UsageError("pyesi is not installed")
    if home.is_relative_to(REPOSITORY / "src"):
        raise pytest.UsageError(f"pyesi comes from the source tree: {home}")
