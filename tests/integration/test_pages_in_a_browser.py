"""The report, and what a notebook shows, as a browser draws them."""

import pytest

import pyesi
from integration.browser import Browser, needs_browser
from integration.worlds import SYSTEM, SeenFrom, make_blocking_client
from unit.test_report import page_of_a_week

pytestmark = needs_browser

SCHEMES = {"light": [255, 255, 255], "dark": [18, 18, 18]}
PLOTS = 5
PAGES = ("report", "week", "statistics", "kpis")
DESK, PHONE = 1024, 390

# WCAG 2.2, success criterion 1.4.3: what text needs that is not large.
LEAST_CONTRAST = 4.5
LEAST_HEIGHT = 10

# As a notebook's own page: the ground and the colour of text are not ours.
NOTEBOOK = (
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>cell</title>'
    '<meta name="viewport" content="width=device-width,initial-scale=1">'
    "<style>:root{{color-scheme:light dark}}body{{font:14px sans-serif}}</style>"
    "</head><body>{}</body></html>"
)


def live_for_two_days(esi, simulator):
    """Ask more and more in each half of a day, and meet refusals and faults."""
    refusal = {"fault": {"kind": "status", "code": 503}, "match": {"path": "/status"}}
    for hour in range(48):
        for number in range(1 + hour % 12):
            esi.get(SYSTEM, system_id=30000142 + number)
        if hour % 5 == 0:
            simulator.faults([{**refusal, "times": 1}])
            esi.get("/status", raise_for_status=False)
            with pytest.raises(pyesi.NotFound):
                esi.get(SYSTEM, system_id=1)
        esi.engine.advance_clock(3600)


@pytest.fixture(scope="module")
def pages(simulator_process, tmp_path_factory):
    """Files by name: of a client that has lived, and of a made-up week."""
    folder = tmp_path_factory.mktemp("pages")
    simulator_process.reset()
    simulator = SeenFrom(simulator_process)
    files = {name: folder / f"{name}.html" for name in PAGES}
    with (
        pyesi.Engine(retry_attempts=1) as engine,
        make_blocking_client(simulator.base_url, engine=engine) as esi,
    ):
        live_for_two_days(esi, simulator)
        esi.write_report(files["report"])
        seen = esi.statistics()
    files["week"].write_text(page_of_a_week())
    for name, shown in (("statistics", seen), ("kpis", seen.kpis())):
        files[name].write_text(NOTEBOOK.format(shown._repr_html_()))
    return files


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """One browser for all of them."""
    with Browser(tmp_path_factory.mktemp("browser")) as running:
        yield running


@pytest.fixture(params=SCHEMES)
def scheme(request):
    """Light, and dark."""
    return request.param


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_for_nothing_and_complains_of_nothing(browser, pages, name, scheme):
    """
    It is one file, and the browser's console stays empty.
    """
    seen = browser.look(pages[name], scheme=scheme)

    assert seen["asked"] == [pages[name].as_uri()]
    assert seen["complaints"] == []
    assert seen["texts"]


@pytest.mark.parametrize("name", PAGES)
def test_all_text_reads_on_its_ground(browser, pages, name, scheme):
    """
    In either scheme the ground is that scheme's, and text stands out from it.
    """
    seen = browser.look(pages[name], scheme=scheme)

    assert seen["ground"] == SCHEMES[scheme]
    dim = [one for one in seen["texts"] if one["contrast"] < LEAST_CONTRAST]
    assert dim == []


@pytest.mark.parametrize("width", [DESK, PHONE])
@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_wider_than_its_window(browser, pages, name, width):
    """
    Not even on a phone is a whole page moved sideways.
    """
    seen = browser.look(pages[name], width=width)

    assert seen["width"] == width
    assert seen["scrollWidth"] == width


@pytest.mark.parametrize("name", ["report", "week"])
def test_every_plot_is_seen_whole(browser, pages, name, scheme):
    """
    Each lies inside the page, and all that is written at its axes inside the plot.
    """
    seen = browser.look(pages[name], scheme=scheme)

    assert len(seen["plots"]) == PLOTS
    for plot in seen["plots"]:
        box = plot["box"]
        assert 0 <= box["left"] < box["right"] <= seen["width"]
        assert box["bottom"] - box["top"] > 200
        assert len(plot["texts"]) > 6
        assert [one for one in plot["texts"] if not lies_in(one["box"], box)] == []


def lies_in(inner, outer):
    """Whether a box lies in another, but for part of a pixel."""
    return (
        inner["left"] > outer["left"] - 1
        and inner["top"] > outer["top"] - 1
        and inner["right"] < outer["right"] + 1
        and inner["bottom"] < outer["bottom"] + 1
    )


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_the_text_of_a_plot_is_never_too_small(browser, pages, width):
    """
    On a phone a plot moves sideways, rather than being as small as the phone.
    """
    seen = browser.look(pages["report"], width=width)

    heights = [one["height"] for plot in seen["plots"] for one in plot["texts"]]
    assert min(heights) >= LEAST_HEIGHT


def test_what_cannot_be_read_is_found(browser, tmp_path):
    """
    A page with each fault shows it: what is asked for, said, dim or too wide.
    """
    page = tmp_path / "faulty.html"
    page.write_text(
        NOTEBOOK.format(
            '<p style="color:#888">dim</p><p style="opacity:.5">faint</p>'
            '<p style="width:2000px">wide</p><img src="gone.png" alt="">'
            "<script>console.error('said')</script>"
        )
    )
    seen = browser.look(page)

    contrasts = {one["text"]: one["contrast"] for one in seen["texts"]}
    assert contrasts == {
        "dim": pytest.approx(3.54, abs=0.01),
        "faint": pytest.approx(3.98, abs=0.01),
        "wide": pytest.approx(21),
    }
    assert seen["scrollWidth"] > 2000
    assert len(seen["asked"]) == 2
    assert len(seen["complaints"]) == 2
