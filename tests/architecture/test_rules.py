"""Does each rule see a planted fault, and let what is right alone?"""

import pytest

from architecture import cpp_rules, python_rules

LAYERS = {
    "base": set(),
    "http": {"base"},
    "cache": {"base", "http"},
    "scheduler": set(),
}
DOORS = {"curl": {"transport"}, "zstd": {"http"}, "pybind11": {"bindings"}}


@pytest.mark.parametrize(
    ("line", "crossed"),
    [
        ('#include "scheduler/gate.h"\n', {"scheduler"}),
        ('  #  include "scheduler/gate.h"\n', {"scheduler"}),
        ('#include "http/headers.h"\n', set()),
        ('#include "cache/entry.h"\n', set()),
        ("#include <scheduler.h>\n", set()),
    ],
)
def test_crossing_a_layer_is_seen(line, crossed):
    """
    The cache may include http and itself, and not the scheduler.
    """
    assert cpp_rules.crossed_layers(line, "cache", LAYERS) == crossed


@pytest.mark.parametrize(
    ("line", "home", "wrong"),
    [
        ("#include <curl/curl.h>\n", "engine", {"curl"}),
        ("#include <curl/curl.h>\n", "transport", set()),
        ("#include <zstd.h>\n", "cache", {"zstd"}),
        ("#include <pybind11/pybind11.h>\n", "engine", {"pybind11"}),
    ],
)
def test_a_second_door_is_seen(line, home, wrong):
    """
    A foreign library is noticed in every layer but the one that is its door.
    """
    assert cpp_rules.wrong_doors(line, home, DOORS) == wrong


@pytest.mark.parametrize(
    "statement",
    [
        "co_await ready;",
        "co_await std::move(ready);",
        "auto reply = co_await std::move(sent);",
        "const auto reply = co_await sent;",
        "auto [failure, reply] = co_await std::move(sent);",
        "const base::Result<http::Response> reply = co_await std::move(sent);",
        "auto&& reply = co_await sent;",
        "asio::any_io_executor executor = co_await asio::this_coro::executor;",
        "if (more) { co_await std::move(wait); }",
        "// co_await f(Agg{1});",
        'log("co_await f(x)");',
    ],
)
def test_a_safe_await_is_let_alone(statement):
    """
    A whole statement or initialiser that awaits a name passes.
    """
    assert not cpp_rules.unsafe_awaits(f"void f() {{ {statement} }}")


@pytest.mark.parametrize(
    "statement",
    [
        "co_await send(request);",
        "co_await f([s] { return s; });",
        "auto reply = co_await f(Settings{1});",
        "auto reply = co_await f({.a = 1});",
        "return Pair{co_await a, 1};",
        "auto x = b ? co_await y : z;",
        "if (a && co_await b) { }",
        "if (co_await b) { }",
        "co_return co_await b;",
        "auto x = co_await std::move(a) + 1;",
        "auto x = (co_await a).value();",
        "use(co_await a);",
        "x.y = co_await a;",
        "co_await a.b();",
    ],
)
def test_an_unsafe_await_is_seen(statement):
    """
    Every form that gcc 12 miscompiles, and its neighbours, is refused.
    """
    assert cpp_rules.unsafe_awaits(f"void f() {{ {statement} }}")


@pytest.mark.parametrize(
    ("statement", "late"),
    [
        ("static std::atomic<Registry*> current{make()};", ["current"]),
        ("static auto* const use = make();", ["use"]),
        ("static const std::map<int, int> names{{1, 2}};", ["names"]),
        ("static constexpr std::array kNames{1, 2};", []),
        ("static constinit std::atomic<int> count{0};", []),
        ("static bool is_odd(int number) noexcept { return number % 2; }", []),
        ("static const Options usual;", []),
    ],
)
def test_a_static_that_is_made_late_is_seen(statement, late):
    """
    A function's static is named unless it is there from the start.
    """
    assert cpp_rules.late_statics(f"void f() {{\n    {statement}\n}}\n") == late


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("class RequestManager {\n};\n", {"RequestManager"}),
        ("struct RouteInfo {\n};\n", {"RouteInfo"}),
        ("enum class Util : int { };\n", {"Util"}),
        ("using EntryData = int;\n", {"EntryData"}),
        ("namespace helper {\n}\n", {"helper"}),
        ("void handle_request(int);\n", {"handle_request"}),
        ("class Metadata {\n};\n", set()),
        ("asio::io_context context;\n", set()),
        ("class Informer {\n};\n", set()),
        ("// class RequestManager {\n", set()),
    ],
)
def test_a_name_that_says_nothing_is_seen(text, names):
    """
    A forbidden word is noticed as a word, and not inside another.
    """
    assert cpp_rules.forbidden_names(text) == names


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("/// Counts.\nclass Count {\n};\n", ["Count"]),
        ("class Count final : public Base {\n};\n", ["Count"]),
        ("/// Counts.\n///\n/// Thread-safe.\nclass Count {\n};\n", []),
        ("/// Counts. Thread: any\n/// one at a time.\nclass Count {\n};\n", []),
        ("/// Thread-safe, but for close().\nclass Count {\n};\n", []),
        ("/// Is told on the network thread only.\nclass Count {\n};\n", ["Count"]),
        ("/// Thread-safe.\ntemplate <class T>\nclass Count {\n};\n", []),
        ("/// Thread: mine.\ntemplate <class T>\nclass Count {\n};\n", ["Count"]),
        ("class Count;\nenum class Kind { A };\n", []),
    ],
)
def test_a_class_without_a_thread_line_is_seen(text, missing):
    """
    A class that is defined must have one of the four lines in its comment.
    """
    assert cpp_rules.classes_without_thread_line(text) == missing


def test_a_long_file_is_seen():
    """
    The line past the limit is noticed, and a header's limit is the lower one.
    """
    assert cpp_rules.too_long("a.h", "\n" * 250) is None
    assert cpp_rules.too_long("a.h", "\n" * 251) == 251
    assert cpp_rules.too_long("a.cpp", "\n" * 450) is None
    assert cpp_rules.too_long("a.cpp", "\n" * 451) == 451


def test_the_list_of_layers_is_read():
    """
    What a layer uses is told from the libraries that it opens.
    """
    listed = "pyesi_layer(a)\n# pyesi_layer(x)\npyesi_layer(b USES a\n OPENS Z::z y)\n"
    module = "pyesi_link_layers(_core a b)\n"
    table = {"a": set(), "b": {"a"}, "bindings": {"a", "b"}}

    assert cpp_rules.layers_in_cmake(listed + module) == table


def test_enumerators_are_read():
    """
    Comments among the names of an enum are no names.
    """
    text = "enum class Kind : int {\n    // of old\n    First,\n    Second,  // b\n};\n"

    assert cpp_rules.enumerators(text, "Kind") == ["First", "Second"]


@pytest.mark.parametrize(
    ("text", "modules"),
    [
        ("import pyesi.client", {"client"}),
        ("from pyesi.client import ESIClient", {"client"}),
        ("from pyesi import client, errors", {"client", "errors"}),
        ("from ..client import ESIClient", {"client"}),
        ("from .. import client", {"client"}),
        ("from . import _table", {"catalog"}),
        ("from ._table import rows", {"catalog"}),
        ("import pyesimist", set()),
        ("if True:\n    from pyesi.client import x", {"client"}),
    ],
)
def test_imports_are_read(text, modules):
    """
    Absolute and relative imports name the same modules.
    """
    assert python_rules.imported_modules(text, "pyesi.catalog") == modules


@pytest.mark.parametrize(
    ("text", "modules"),
    [
        ("def _repr_html_(self):\n    from pyesi.notebook import a\n", {"notebook"}),
        ("class A:\n    def _repr_html_(self):\n        import pyesi.cli\n", {"cli"}),
        ("def shown():\n    from pyesi.notebook import a\n", set()),
        (
            "import pyesi.notebook\ndef _repr_html_():\n    import pyesi.notebook\n",
            set(),
        ),
    ],
)
def test_what_only_certain_functions_import_is_told_apart(text, modules):
    """
    An import counts as one for show where it stands in such a function alone.
    """
    found = python_rules.imported_only_within({"_repr_html_"}, text, "pyesi.client")

    assert found == modules


def test_a_wrong_export_is_seen():
    """
    A name in `__all__` that is bound nowhere, or stands there twice, is noticed.
    """
    text = '__all__ = ["a", "b", "b"]\nb = 1\n'

    assert python_rules.undefined_exports(text) == {"a", "b"}


def test_a_missing_export_is_seen():
    """
    A public class that `__all__` leaves out is noticed, and a private one is not.
    """
    text = "__all__ = []\nclass Seen:\n    pass\nclass _Own:\n    pass\n"

    assert python_rules.unexported(text) == {"Seen"}


def test_a_forbidden_python_name_is_seen():
    """
    Classes and functions are held to the same words as in C++.
    """
    text = (
        "class FooHandler:\n    def process_page(self): ...\n    def page(self): ...\n"
    )

    assert python_rules.forbidden_names(text) == {"FooHandler", "process_page"}


@pytest.mark.parametrize(
    ("docstring", "one"),
    [
        ("It holds.", True),
        ("It holds,\n    over two lines.", True),
        ("RFC 9111 §4.2 holds for e.g. all ages.", True),
        ("It holds", False),
        ("", False),
        ("It holds. It really does.", False),
    ],
)
def test_a_docstring_is_one_sentence(docstring, one):
    """
    A sentence ends with a full stop, and another does not follow.
    """
    assert python_rules.is_one_sentence(docstring) == one


def test_a_test_without_a_sentence_is_seen():
    """
    A test function is named when it says nothing of what it holds.
    """
    text = 'def test_a():\n    """A holds."""\n\ndef test_b():\n    pass\n'

    assert python_rules.tests_without_sentence(text) == ["test_b"]
