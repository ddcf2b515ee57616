"""Do the notebooks run in a kernel, and show what they say?"""

import os
import re

import nbformat
import pytest
from nbclient import NotebookClient

from docs import markdown

NOTEBOOKS = sorted(markdown.DOCS.rglob("*.ipynb"))
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=markdown.name_of)

# Of a cell by its id: what must be found in its outputs' text, HTML or kinds.
SHOWN = {
    "market-in-a-dataframe": {
        "start": ["ESIClient", "not used yet"],
        "jita": ["Jita", "GET /universe/systems/{system_id}"],
        "orders": ["11,750 rows of", "order_id", "int64", "timestamp", "widget-view"],
        "best": ["spread", "type_id"],
        "names": ["Tritanium", r"174\s*</td>", "4.09", "4.11"],
        "book": ["image/png"],
        "regions": [r"10000002\s+11750", r"10000043\s+456", r"10000032\s+344"],
        "cache": ["Cache", "memory", "avoided"],
        "parquet": ["True"],
    },
    "inside-the-limits": {
        "first": ["market-order", "38 of 40"],
        "sweep": ["24 pages", "consistent", "widget-view"],
        "timeline": ["image/png"],
        "statuses": [r"\{'200': 25\}"],
        "batch": ["2 of 3 requests successful", "NotFound", "99 of 100"],
        "again": ["^0$"],
        "explain": [
            "fresh for",
            "would be sent: not stored",
            "404, fresh for",
        ],
        "fresh": ["'fresh': 24", "0 requests came before"],
    },
}


@pytest.fixture
def kernel_environment(monkeypatch):
    """No setting and no window comes from the environment of who runs the tests."""
    for name in list(os.environ):
        if name.startswith("PYESI_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def told(cell):
    """All that a cell put out: text, HTML, and of pictures what they are."""
    words = []
    for output in cell.outputs:
        words.append(output.get("text", ""))
        for kind, content in output.get("data", {}).items():
            words.append(content if kind.startswith("text/") else kind)
    return "\n".join(words).strip()


# A kernel that imports pandas takes long where all cores are at work.
@every_notebook
@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_notebook_runs_and_shows_what_it_says(path, tmp_path, kernel_environment):
    """
    From the first cell to the last in one kernel, without an error or a warning.
    """
    notebook = read(path)
    resources = {"metadata": {"path": str(tmp_path)}}

    NotebookClient(notebook, timeout=120, resources=resources).execute()

    for cell in code_cells(notebook):
        assert [o for o in cell.outputs if o.get("name") == "stderr"] == [], cell.id
    shown = {cell.id: told(cell) for cell in code_cells(notebook)}
    for ident in SHOWN[path.stem].keys() & shown.keys():
        for pattern in SHOWN[path.stem][ident]:
            assert re.search(pattern, shown[ident]), f"{ident}: {shown[ident]}"


@every_notebook
def test_a_notebook_is_stored_without_what_it_put_out(path):
    """
    A file has no outputs, counts or paths of whoever ran it last, and is small.
    """
    notebook = read(path)

    nbformat.validate(notebook)
    assert [cell.id for cell in code_cells(notebook) if cell.outputs] == []
    assert {cell.execution_count for cell in code_cells(notebook)} == {None}
    assert path.stat().st_size < 20_000


@every_notebook
def test_what_a_notebook_is_said_to_show_is_of_its_cells(path):
    """
    Each expectation belongs to a cell that exists.
    """
    cells = {cell.id for cell in code_cells(read(path))}

    assert SHOWN[path.stem].keys() <= cells


@every_notebook
def test_every_link_of_a_notebook_leads_somewhere(path):
    """
    A link to a file of the repository leads to one that exists.
    """
    texts = [cell.source for cell in read(path).cells if cell.cell_type == "markdown"]
    targets = [t for text in texts for t in markdown.links(text) if "://" not in t]

    assert targets
    assert [t for t in targets if not (path.parent / t).exists()] == []


def test_every_notebook_is_linked_from_a_page():
    """
    Whoever reads the documentation finds the notebooks.
    """
    texts = [(page, markdown.read(page)) for page in markdown.pages()]
    linked = {
        (page.parent / target).resolve()
        for page, text in texts
        for target in markdown.links(text)
        if target.endswith(".ipynb")
    }

    assert {*NOTEBOOKS} <= linked
