"""The files that the rules are asked about."""

from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
CPP_ROOT = REPOSITORY / "src" / "cpp"
CPP_TESTS = REPOSITORY / "tests" / "cpp"
PYTHON_ROOT = REPOSITORY / "src" / "pyesi"

CPP_SOURCES = sorted(
    path for path in CPP_ROOT.rglob("*") if path.suffix in {".h", ".cpp"}
)
CPP_HEADERS = [path for path in CPP_SOURCES if path.suffix == ".h"]
CPP_EVERYWHERE = CPP_SOURCES + sorted(
    path
    for root in (CPP_TESTS, REPOSITORY / "benchmarks")
    for path in root.rglob("*")
    if path.suffix in {".h", ".cpp"}
)
PYTHON_SOURCES = sorted(PYTHON_ROOT.rglob("*.py"))
PYTHON_TESTS = sorted((REPOSITORY / "tests").rglob("*.py"))


def name_of(path):
    """How a test's id shows the file."""
    return str(path.relative_to(REPOSITORY))


def read(path):
    """The file's text."""
    return path.read_text(encoding="utf-8")


def layer_of(path):
    """The layer that a C++ source belongs to."""
    return path.relative_to(CPP_ROOT).parts[0]


def module_of(path):
    """The first name under pyesi that a Python source belongs to, or None."""
    first = path.relative_to(PYTHON_ROOT).parts[0].removesuffix(".py")
    return None if first.startswith("__") else first


def package_of(path):
    """The dotted name of the package that a Python source lives in."""
    return ".".join(path.relative_to(PYTHON_ROOT.parent).parent.parts)


def layers_on_disk():
    """The folders of src/cpp that hold anything."""
    return {layer_of(path) for path in CPP_SOURCES}
