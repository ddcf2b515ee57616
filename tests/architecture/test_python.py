"""Does the Python keep the rules of the house?"""

from graphlib import TopologicalSorter

import pytest

from architecture import cpp_rules, layers, python_rules, tree

PUBLIC = [
    path
    for path in tree.PYTHON_SOURCES
    if path.name == "__init__.py" or not path.name.startswith("_")
]
every_source = pytest.mark.parametrize("source", tree.PYTHON_SOURCES, ids=tree.name_of)
every_public = pytest.mark.parametrize("source", PUBLIC, ids=tree.name_of)


def test_layers_have_no_circle():
    """
    The permissions themselves leave an order in which to import.
    """
    TopologicalSorter(layers.PYTHON).prepare()


@every_source
def test_stands_in_the_table(source):
    """
    A module under pyesi is one that the table of layers knows.
    """
    module = tree.module_of(source)

    assert module is None or module in layers.PYTHON


@every_source
def test_imports_only_what_its_layer_may_use(source):
    """
    A module imports itself and those that the table allows it; and what shows it, if
    it can be shown, while it is shown.
    """
    home = tree.module_of(source)
    read = tree.read(source), tree.package_of(source)
    shown = python_rules.imported_only_within(layers.SHOWING, *read)
    imported = python_rules.imported_modules(*read) - (shown & layers.SHOWN_BY)

    assert home is None or not imported - layers.PYTHON.get(home, set()) - {home}


@every_public
def test_exports_what_it_has(source):
    """
    `__all__` is there, and every name in it is bound once.
    """
    text = tree.read(source)

    assert python_rules.defined_all(text) is not None
    assert not python_rules.undefined_exports(text)


@every_public
def test_has_nothing_public_that_it_does_not_export(source):
    """
    A public class or function that a public module defines stands in its `__all__`.
    """
    assert not python_rules.unexported(tree.read(source))


@every_source
def test_names_say_something(source):
    """
    Neither the file nor a class or function in it bears a word that the house forbids.
    """
    assert not cpp_rules.says_nothing(source.stem)
    assert not python_rules.forbidden_names(tree.read(source))


@every_source
def test_is_not_too_long(source):
    """
    A module has at most 450 lines.
    """
    assert cpp_rules.too_long(source.name, tree.read(source)) is None


@pytest.mark.parametrize("source", tree.PYTHON_TESTS, ids=tree.name_of)
def test_each_test_says_its_law(source):
    """
    Every test has a docstring of one sentence.
    """
    assert not python_rules.tests_without_sentence(tree.read(source))
