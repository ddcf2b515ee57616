"""Do the README and its neighbours name what is there?"""

import importlib
import re
import tomllib

from docs import markdown


def names_in_tables():
    cells = [row[0] for row in markdown.rows(markdown.read("README.md"))]
    return set(re.findall(r"[A-Za-z][\w.+-]*", " ".join(cells)))


def required_by_pyproject():
    project = tomllib.loads(markdown.read("pyproject.toml"))
    lists = [
        project["build-system"]["requires"],
        project["project"]["dependencies"],
        *project["project"]["optional-dependencies"].values(),
    ]
    requirements = [requirement for listed in lists for requirement in listed]
    names = {re.match(r"[\w.-]+", requirement)[0] for requirement in requirements}
    return names - {project["project"]["name"]}


def required_of_debian():
    script = markdown.read("scripts/install_debian_packages.sh")
    groups = re.findall(r'^(?:build|test|bench|wheel)="([^"]*)"', script, re.MULTILINE)
    chosen = re.findall(r"^ *(?:boost|browser)=(\w\S*)", script, re.MULTILINE)
    return {*re.sub(r"\$\w+", "", " ".join(groups)).split(), *chosen}


def test_every_requirement_of_python_stands_in_a_table():
    """
    What pyproject.toml asks for is in the README's tables of dependencies.
    """
    required = required_by_pyproject()

    assert {"msgspec", "pybind11", "pytest"} <= required
    assert required - names_in_tables() == set()


def test_every_debian_package_stands_in_a_table():
    """
    What the script installs is in the README's tables of dependencies.
    """
    required = required_of_debian()

    assert {"libcurl4-openssl-dev", "chromium", "nginx-light"} <= required
    assert required - names_in_tables() == set()


def test_every_folder_stands_in_the_map():
    """
    The map of the tree names each folder of the repository's top that is kept.
    """
    told = markdown.section(markdown.read("README.md"), "The tree")
    folders = {
        path.name
        for path in markdown.REPOSITORY.iterdir()
        if path.is_dir() and not path.name.startswith(".")
    }
    made = {"build", "dist", "wheelhouse"}

    assert {f for f in folders - made if f"{f}/" not in told} == set()


def test_every_layer_stands_in_the_map():
    """
    The map of the tree names each layer of the core.
    """
    told = markdown.section(markdown.read("README.md"), "The tree")
    layers = [path.name for path in (markdown.REPOSITORY / "src/cpp").iterdir()]

    assert {name for name in layers if "." not in name and name not in told} == set()


def test_every_target_of_make_that_a_page_names_exists():
    """
    What the pages tell to make is a target of the Makefile.
    """
    makefile = markdown.read("Makefile")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = set()
    for page in markdown.pages():
        named |= set(re.findall(r"(?:`|\$ )make ([a-z-]+)", markdown.read(page)))

    assert {"demo", "test", "lint"} <= named
    assert named - targets == set()


def test_every_dotted_name_that_a_page_writes_exists():
    """
    A name written as `pyesi.…` in a page is one of the package.
    """
    for page in markdown.pages():
        spans = markdown.code_words(markdown.read(page))
        for dotted in re.findall(r"\bpyesi(?:\.[A-Za-z_]+)+", " ".join(spans)):
            found = importlib.import_module("pyesi")
            for name in dotted.split(".")[1:]:
                found = named_in(found, name)
            assert found is not None, f"{markdown.name_of(page)}: {dotted}"


def named_in(found, name):
    """An attribute, or a module that has to be imported first; None if neither."""
    if hasattr(found, name):
        return getattr(found, name)
    try:
        return importlib.import_module(f"{found.__name__}.{name}")
    except ImportError:
        return None
