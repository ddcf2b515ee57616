"""Do the commands of the page about bench run?"""

import re
import shlex

import pytest

from docs import markdown
from pyesi.bench import _schedule
from pyesi.cli import _bench, main

TEXT = markdown.read(markdown.DOCS / "how-to" / "measure-with-bench.md")
COMMANDS = re.findall(r"^\$ pyesi (bench .+)$", TEXT, re.MULTILINE)
MIX = re.search(r"^```toml\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)[1]


@pytest.fixture
def hurried(monkeypatch):
    """What takes seconds takes a moment: the commands are tried, and no figures."""
    monkeypatch.setattr(_schedule, "USUAL_SECONDS", 0.2)
    monkeypatch.setattr(_bench, "SECONDS_OF_TARGETS", 0.2)


def words_of(command, base_url):
    command = command.replace("http://127.0.0.1:8080", base_url)
    words = shlex.split(re.sub(r"-d \w+", "-d 0.2s", command))
    return words if "--targets" in words else [*words, "--warm-up", "0"]


def test_all_commands_of_the_page_run_in_order(
    hurried, simulator, tmp_path, monkeypatch, capfd
):
    """
    Each ends well, with the files of those before it.
    """
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mix.toml").write_text(MIX)
    assert len(COMMANDS) >= 12

    for command in COMMANDS:
        # Times of a moment on a busy machine say nothing of a regression.
        tolerant = command.replace("900%", "900000%")
        code = main(words_of(tolerant, simulator.base_url))
        assert code == 0, (command, capfd.readouterr())

    assert {path.name for path in tmp_path.iterdir()} == {
        *("mix.toml", "baseline.json", "latencies.png")
    }


def test_the_page_shows_the_form_of_what_is_printed(hurried, capfd):
    """
    The first report of the page has the lines that bench prints, in their order.
    """
    _, _, shown = TEXT.partition("$ pyesi bench get_markets_prices\n")
    names = [line[:14].strip() for line in shown.partition("```")[0].splitlines()[1:]]

    main(["bench", "get_markets_prices", "-n", "20", "--warm-up", "0"])

    printed = capfd.readouterr().out.splitlines()[1:]
    assert [line[:14].strip() for line in printed] == names
