"""Print the requirements of one extra of pyproject.toml, for `pip install -r`.

So that tools can be installed without building the package again.
"""

import sys
import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"


def requirements_of(extra: str) -> list[str]:
    """What the extra asks for, as pyproject.toml writes it."""
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    requirements: list[str] = project["optional-dependencies"][extra]
    return requirements


if __name__ == "__main__":
    print("\n".join(requirements_of(sys.argv[1])))
