"""Do the core and Python have the same errors?"""

import ast

from architecture import cpp_rules, tree

FAILURE_H = tree.CPP_ROOT / "base" / "failure.h"
ERRORS_PY = tree.PYTHON_ROOT / "errors.py"

# An await that is cancelled raises asyncio.CancelledError, as everywhere.
WITHOUT_CLASS = {"Cancelled"}


def test_each_error_kind_has_a_python_class():
    """
    A failure of the core becomes an error whose class bears the kind's name.
    """
    kinds = set(cpp_rules.enumerators(tree.read(FAILURE_H), "ErrorKind"))
    classes = {
        node.name
        for node in ast.parse(tree.read(ERRORS_PY)).body
        if isinstance(node, ast.ClassDef)
    }

    assert kinds
    assert kinds - classes <= WITHOUT_CLASS
