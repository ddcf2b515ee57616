"""The rules of the house for Python: each takes text and gives the breaches in it."""

import ast
import re

from architecture.cpp_rules import FORBIDDEN_VERBS, says_nothing


def imported_modules(text, package):
    """The modules of pyesi that are imported, by their first name under it.

    `package` is the dotted name of the package that the file lives in, against which
    relative imports are read.
    """
    return _imported(ast.walk(ast.parse(text)), package)


def imported_only_within(functions, text, package):
    """The modules of pyesi that functions of these names import, and nothing else."""
    tree = ast.parse(text)
    within = {
        node
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef) and function.name in functions
        for node in ast.walk(function)
    }
    elsewhere = (node for node in ast.walk(tree) if node not in within)
    return _imported(within, package) - _imported(elsewhere, package)


def _imported(nodes, package):
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = _from_import(node, package)
        else:
            continue
        found |= {name.split(".")[1] for name in names if name.startswith("pyesi.")}
    return found


def _from_import(node, package):
    if node.level:
        kept = package.split(".")[: len(package.split(".")) - node.level + 1]
        home = ".".join([*kept, *([node.module] if node.module else [])])
    else:
        home = node.module
    if home == "pyesi":
        return [f"pyesi.{alias.name}" for alias in node.names]
    return [home]


def defined_all(text):
    """The names in `__all__`, or None where there is none."""
    for node in ast.parse(text).body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if any(getattr(target, "id", None) == "__all__" for target in targets):
            return ast.literal_eval(node.value)
    return None


def defined_names(text):
    """Every name that the module binds at its top."""
    names = set()
    for node in _top_statements(ast.parse(text).body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            names |= {
                part.id
                for part in ast.walk(node)
                if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
            }
    return names


def _top_statements(body):
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try):
            yield from _top_statements(node.body + node.orelse)


def undefined_exports(text):
    """Names in `__all__` that the module does not bind, and doubles."""
    exported = defined_all(text) or []
    doubles = {name for name in exported if exported.count(name) > 1}
    return (set(exported) - defined_names(text)) | doubles


def unexported(text):
    """Public classes and functions that the module defines and does not export."""
    exported = set(defined_all(text) or [])
    defined = {
        node.name
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    return {name for name in defined - exported if not name.startswith("_")}


def forbidden_names(text):
    """Classes and functions whose names the house forbids."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ClassDef) and says_nothing(node.name):
            found.add(node.name)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            bare = node.name.lstrip("_")
            if bare.startswith(FORBIDDEN_VERBS):
                found.add(node.name)
    return found


def tests_without_sentence(text):
    """Test functions whose docstring is not one sentence."""
    return [
        node.name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not is_one_sentence(ast.get_docstring(node) or "")
    ]


def is_one_sentence(words):
    """Whether the text ends with its only full stop."""
    flat = " ".join(words.split())
    return bool(re.fullmatch(r"[^\s].*\.", flat)) and not re.search(
        r"[a-z0-9)`]\. [A-Z]", flat
    )
