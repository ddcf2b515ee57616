"""Does the page about `pyesi top` show what is shown?"""

import re
import shlex

import pyesi
from docs import markdown
from pyesi.cli import main
from pyesi.metrics import serve_metrics

TEXT = markdown.read(markdown.DOCS / "how-to" / "watch-in-a-terminal.md")
COMMANDS = re.findall(r"^\$ pyesi (top .+)$", TEXT, re.MULTILINE)


def labels_of(frame):
    """What each line begins with, or is: a label, or the heading of a table."""
    return {
        re.match(r"\w*", line)[0] or line.strip().split("  ")[-1]
        for line in frame.splitlines()
        if line.strip()
    }


def test_the_commands_of_the_page_show_a_frame_like_its_own(
    simulator, tmp_path, monkeypatch, capsys
):
    """
    A page and a file are both shown, with the lines that the page has.
    """
    monkeypatch.chdir(tmp_path)
    shown = TEXT.partition(f"$ pyesi {COMMANDS[0]}\n")[2].partition("q quits")[0]
    with pyesi.SyncESIClient(
        user_agent="my-app/1.0 (me@example.com)", base_url=simulator.base_url
    ) as esi:
        esi.get("/universe/systems/{system_id}", system_id=30000142)
        esi.get_pages(
            "/markets/{region_id}/orders", region_id=10000002, order_type="all"
        )
        esi.statistics().save("now.json")
        with serve_metrics(0, esi) as server:
            for command in COMMANDS:
                place = f"http://127.0.0.1:{server.port}"
                words = command.replace("http://127.0.0.1:9464", place)
                assert main(shlex.split(words)) == 0
                printed = capsys.readouterr().out
                assert labels_of(printed) == labels_of(shown)
