"""Do the examples run, and print what the pages say?"""

import json
import subprocess
import sys
from pathlib import Path

import certifi
import pytest

from docs import markdown

RUNNER = Path(__file__).with_name("run_examples.py")
# Its blocks are tests of a reader's own: the first is a conftest.py.
FOR_PYTEST = markdown.DOCS / "how-to" / "test-your-application.md"
# Its blocks are files and commands: test_watch_tutorial.py does what it says.
FOR_TERMINALS = markdown.DOCS / "tutorials" / "watch-a-client.md"
PAGES = [
    page
    for page in markdown.pages()
    if page not in {FOR_PYTEST, FOR_TERMINALS}
    and markdown.examples(markdown.read(page))
]


def run_page(page, examples, folder, environment):
    """What each example printed; fails with the page's own traceback."""
    # A page may speak of the certificates of a company.
    (folder / "company-ca.pem").write_bytes(Path(certifi.where()).read_bytes())
    ended = subprocess.run(
        [sys.executable, "-W", "error", RUNNER, markdown.name_of(page)],
        input=json.dumps([[one.source, one.line] for one in examples]),
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment,
        timeout=100,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert not ended.stderr, ended.stderr
    return json.loads(ended.stdout)


@pytest.mark.parametrize("page", PAGES, ids=markdown.name_of)
def test_the_examples_of_a_page_run_in_order(page, tmp_path, example_environment):
    """
    Each page's Python runs from its first block to its last in one session, and
    prints what the page shows.
    """
    examples = markdown.examples(markdown.read(page))

    printed = run_page(page, examples, tmp_path, example_environment)

    for example, output in zip(examples, printed, strict=True):
        if example.output is not None:
            pattern = markdown.output_pattern(example.output)
            assert pattern.fullmatch(output.strip()), f"line {example.line}:\n{output}"


def test_the_tests_that_a_page_shows_pass(tmp_path, example_environment):
    """
    The page for those who test their application shows tests that pass.
    """
    setup, *tests = markdown.examples(markdown.read(FOR_PYTEST))
    (tmp_path / "conftest.py").write_text(setup.source)
    (tmp_path / "test_shown.py").write_text("\n".join(one.source for one in tests))

    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", tmp_path],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=example_environment,
        timeout=100,
        check=False,
    )

    shown = sum(one.source.count("def test_") for one in tests)
    assert ended.returncode == 0, ended.stdout
    assert f"{shown} passed" in ended.stdout


def test_the_first_example_of_the_readme_is_short():
    """
    What the README calls twenty lines is no more than that.
    """
    first = markdown.examples(markdown.read("README.md"))[0]
    lines = [line for line in first.source.splitlines() if line.strip()]

    assert len(lines) <= 20


def test_the_examples_ask_esi_for_nothing_too_early(
    tmp_path, example_environment, simulator
):
    """
    The README's example asks for no answer before its expiry.
    """
    page = markdown.REPOSITORY / "README.md"
    examples = markdown.examples(markdown.read(page))

    run_page(page, examples, tmp_path, example_environment)

    counters = simulator.counters()
    assert counters["requests"] > 1
    assert counters["early"] == 0
