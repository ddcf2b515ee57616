"""What a large sweep takes in memory: bodies are kept as they came, compressed."""

from integration.worlds import FORGE, ORDERS, make_blocking_client

PAGES = 400
MOST = 20_000_000


def test_four_hundred_pages_of_orders_take_less_than_twenty_megabytes(make_simulator):
    """
    The whole of a region's orders is kept, page by page, and served from memory.
    """
    simulator = make_simulator(pages=PAGES, change_share=0)
    with make_blocking_client(simulator.base_url) as esi:
        pages = esi.get_pages(ORDERS, **FORGE)
        orders = sum(len(page.json()) for page in pages)
        decoded = sum(len(page.content) for page in pages)
        memory = esi.statistics()["cache"]
        again = esi.get_pages(ORDERS, **FORGE)

    assert len(pages) == len(again) == PAGES
    assert orders > (PAGES - 1) * 1000
    assert memory["entries"] == PAGES
    assert memory["bytes"] <= MOST < decoded / 4
    assert simulator.counters()["requests"] == PAGES
