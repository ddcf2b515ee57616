"""Does the C++ keep the rules of the house?"""

from graphlib import TopologicalSorter

import pytest

from architecture import cpp_rules, layers, tree

every_source = pytest.mark.parametrize("source", tree.CPP_SOURCES, ids=tree.name_of)


def test_layers_have_no_circle():
    """
    The permissions themselves leave an order in which to build.
    """
    TopologicalSorter(layers.CPP).prepare()


def test_each_folder_is_a_layer():
    """
    Every folder of src/cpp stands in the table and every layer of it is a folder.
    """
    assert tree.layers_on_disk() == layers.CPP.keys()


def test_the_linker_is_told_the_same():
    """
    What src/cpp/CMakeLists.txt says of a layer is what the table says.
    """
    listed = cpp_rules.layers_in_cmake(tree.read(tree.CPP_ROOT / "CMakeLists.txt"))

    assert listed == layers.CPP


@every_source
def test_includes_only_what_its_layer_may_use(source):
    """
    A source file includes its own layer and those that the table allows it.
    """
    home = tree.layer_of(source)

    assert not cpp_rules.crossed_layers(tree.read(source), home, layers.CPP)


@every_source
def test_foreign_libraries_come_in_by_their_door(source):
    """
    A source file includes no library whose door is another layer.
    """
    home = tree.layer_of(source)

    assert not cpp_rules.wrong_doors(tree.read(source), home, layers.DOORS)


@every_source
def test_is_not_too_long(source):
    """
    A header has at most 250 lines and a source at most 450.
    """
    assert cpp_rules.too_long(source.name, tree.read(source)) is None


@every_source
def test_names_say_something(source):
    """
    Neither the file nor a type or function in it bears a word that the house forbids.
    """
    assert not cpp_rules.says_nothing(source.stem)
    assert not cpp_rules.forbidden_names(tree.read(source))


@pytest.mark.parametrize("header", tree.CPP_HEADERS, ids=tree.name_of)
def test_each_class_says_its_thread(header):
    """
    The comment above a class in a header has one of the four thread lines.
    """
    assert not cpp_rules.classes_without_thread_line(tree.read(header))


@pytest.mark.parametrize("source", tree.CPP_SOURCES, ids=tree.name_of)
def test_no_static_is_made_when_it_is_first_used(source):
    """
    A forked child never waits for a thread of its parent that was making a static.
    """
    assert not cpp_rules.late_statics(tree.read(source))


@pytest.mark.parametrize("source", tree.CPP_EVERYWHERE, ids=tree.name_of)
def test_awaits_are_whole_statements(source):
    """
    No `co_await` stands inside a larger expression, which gcc 12 miscompiles.
    """
    assert not cpp_rules.unsafe_awaits(tree.read(source))
