"""Do the explanations follow the code, and the records their form?"""

import re

import pytest

from docs import markdown

EXPLANATION = markdown.DOCS / "explanation"
RECORDS = sorted((EXPLANATION / "decisions").glob("[0-9]*.md"))
MOST_LINES = 40


def test_the_life_of_a_request_follows_the_code():
    """
    The page's headings are the steps of request_flow, in its order.
    """
    flow = markdown.read("src/cpp/engine/request_flow.cpp")
    steps = re.findall(r"^ +// ([A-Z][a-z]+(?: up| over)?)[.:,]", flow, re.MULTILINE)
    headings = re.findall(
        r"^## (.+)$", markdown.read(EXPLANATION / "life-of-a-request.md"), re.MULTILINE
    )

    assert len(steps) == 8
    assert headings == ["Before the core", *steps, "However it ends"]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_record_has_its_parts(record):
    """
    A decision record is short and tells status, context, decision, consequences.
    """
    text = markdown.read(record)
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)

    assert text.startswith(f"# {record.stem[:4]}: ")
    assert re.search(r"^Status: (accepted|superseded by \d{4})$", text, re.MULTILINE)
    assert headings == ["Context", "Decision", "Consequences"]
    assert len(text.splitlines()) <= MOST_LINES


def test_the_records_are_numbered_and_listed():
    """
    The records' numbers have no gap, and the index has each record's.
    """
    numbers = [int(record.stem[:4]) for record in RECORDS]
    index = markdown.links(markdown.read(EXPLANATION / "decisions" / "index.md"))

    assert numbers == list(range(1, len(RECORDS) + 1))
    assert {record.name for record in RECORDS} == {*index}
