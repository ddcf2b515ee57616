"""Does `_core.pyi` say what is in the module?"""

import ast

import pytest

from architecture import tree
from pyesi import _core

STUB = ast.parse(tree.read(tree.PYTHON_ROOT / "_core.pyi"))
CLASSES = {node.name: node for node in STUB.body if isinstance(node, ast.ClassDef)}

# Python's own, and those that every object has.
EVERYWHERE = {*dir(object), "__module__", "__doc__", "__dict__", "__weakref__"}


def public(names):
    """The names that a user of the module may use."""
    return {name for name in names if not name.startswith("_")}


def test_the_module_has_the_names_of_its_stub():
    """
    Classes and functions of the module are those that the stub declares.
    """
    functions = {node.name for node in STUB.body if isinstance(node, ast.FunctionDef)}

    assert public(dir(_core)) == CLASSES.keys() | functions


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_a_class_has_the_members_of_its_stub(name):
    """
    Every public member is declared, and every declared member is there.
    """
    declared = {
        node.name for node in CLASSES[name].body if isinstance(node, ast.FunctionDef)
    }
    members = {*dir(getattr(_core, name))} - EVERYWHERE

    assert declared - EVERYWHERE <= members
    assert public(members) <= declared
