"""Text that goes into HTML comes out of it as text."""

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from pyesi.notebook._markup import element

texts = st.text() | st.text(alphabet="<>&\"'/=!-a;\x00\x85\ud800 \n")


class Reader(HTMLParser):
    """What a browser makes of some HTML."""

    def __init__(self, html):
        super().__init__()
        self.read = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.read.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        self.read.append((f"/{tag}", {}))

    def handle_data(self, data):
        self.read.append(("", data))


def reference(text):
    """The text, where what HTML cannot hold is a blank or a question mark."""
    plain = text.encode("utf-8", "replace").decode()
    return "".join(
        " " if (ord(one) < 32 and one not in "\n\t") or 127 <= ord(one) < 160 else one
        for one in plain
    )


@given(texts, texts)
def test_a_browser_reads_the_text_that_was_put_in(text, title):
    """
    Whatever the text, there is the one element with it, and no other.
    """
    html = element("span", text, title=title)

    assert Reader(html).read == [
        ("span", {"title": reference(title)}),
        *([("", reference(text))] if text else []),
        ("/span", {}),
    ]


@given(st.lists(texts))
def test_markup_is_not_escaped_twice(parts):
    """
    An element within another is that element, and its text the same.
    """
    inner = [element("b", part) for part in parts]

    assert element("p", *inner) == f"<p>{''.join(inner)}</p>"
