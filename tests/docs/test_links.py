"""Does everything that the pages point at exist?"""

import pytest

from docs import markdown

PAGES = markdown.pages()


def is_local(target):
    return "://" not in target and not target.startswith("mailto:")


def leads_somewhere(page, target):
    path, _, anchor = target.partition("#")
    found = (page.parent / path).resolve() if path else page
    if not found.exists():
        return False
    return not anchor or anchor in markdown.anchors(markdown.read(found))


def missing_targets(page):
    targets = filter(is_local, markdown.links(markdown.read(page)))
    return [target for target in targets if not leads_somewhere(page, target)]


@pytest.mark.parametrize("page", PAGES, ids=markdown.name_of)
def test_every_link_leads_somewhere(page):
    """
    A link within the repository leads to a file that exists, and to a heading in it.
    """
    assert missing_targets(page) == []


@pytest.mark.parametrize("page", PAGES, ids=markdown.name_of)
def test_no_page_is_empty(page):
    """
    A page has a title and says something under it.
    """
    text = markdown.read(page)

    assert text.startswith("# ")
    assert len(text.split()) > 40


def test_every_page_can_be_reached():
    """
    From the README every page of the documentation is reached by links.
    """
    reached, ahead = set(), [markdown.REPOSITORY / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in reached:
            continue
        reached.add(page)
        for target in filter(is_local, markdown.links(markdown.read(page))):
            found = (page.parent / target.partition("#")[0]).resolve()
            if found.suffix == ".md" and found.exists():
                ahead.append(found)

    assert {*PAGES} - reached == set()
