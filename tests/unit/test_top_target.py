"""What `pyesi top` is pointed at, and what is wrong with it."""

import json
import socket
import threading
from contextlib import closing, contextmanager, suppress

import pytest

from pyesi import cli
from pyesi.top import Unreadable, target_of
from unit.top_pages import page, saved


@contextmanager
def answering(*pieces, holds=False, drips=b""):
    """A server that answers each request with these bytes: its URL, and what it got.

    With `holds` the connection stays open after them; `drips` come again and again.
    """
    asked = []
    enough = threading.Event()
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def serve():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with closing(connection):
                    asked.append(connection.recv(65536).decode())
                    for piece in pieces:
                        connection.sendall(piece)
                    with suppress(OSError):
                        while drips and not enough.wait(0.02):
                            connection.sendall(drips)
                    if holds:
                        enough.wait(10)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", asked
        finally:
            enough.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def answer(body, status="200 OK", **headers):
    told = {"Content-Length": len(body), "Connection": "close", **headers}
    lines = [
        f"HTTP/1.1 {status}",
        *(f"{name}: {value}" for name, value in told.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def why_not(word, **options):
    """The one line that says why it tells nothing."""
    with pytest.raises(Unreadable) as caught:
        target_of(word, **options).read()
    message = str(caught.value)
    assert message
    assert message.isprintable()
    return message


def test_a_page_is_asked_for_by_get():
    """
    At /metrics where the URL names no path, in the text format, and as it is where it
    names one.
    """
    with answering(answer(page().encode())) as (url, asked):
        (reading,) = target_of(url).read()
        target_of(f"{url}/other?a=1").read()

    assert reading.client == "app"
    first, second = asked
    assert first.startswith("GET /metrics HTTP/1.1\r\n")
    assert "accept: text/plain" in first.lower()
    assert second.startswith("GET /other?a=1 ")


def test_loopback_is_asked_without_a_proxy(monkeypatch):
    """
    A proxy of the environment has no say in what runs on this machine.
    """
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with answering(answer(page().encode())) as (url, _):
        assert target_of(url).read()


@pytest.mark.parametrize(
    ("told", "line"),
    [
        (answer(b"<!DOCTYPE html>\n<p>"), "is no metrics page: it begins '<!DOCTYPE"),
        (answer(b"Hello, pilot"), "is no metrics page: it begins 'Hello, pilot'"),
        (answer(b"{}"), "is no metrics page: it begins '{}'"),
        (answer(b""), "is empty"),
        (answer(b"\xff\xfe"), "is no metrics page: it is no text"),
        (answer(b"# HELP up Up.\nup 1\n"), "shows no metrics of pyesi"),
        (answer(b"go_threads 1\n"), "shows no metrics of pyesi"),
        (answer(b'pyesi_build_info{version="1"} 1'), "all of them are closed"),
        (answer(b"pyesi_x{"), "is no metrics page: line 1 is no sample"),
        (answer(page().encode() * 2), "is no metrics page: it has a series of"),
        (answer(b"", "404 Not Found"), "answered 404 Not Found"),
        (answer(b"<html>", "500 \x1b[31mNo"), "answered 500 \ufffd[31mNo"),
        (
            answer(b"", "302 Found", Location="http://x/login"),
            "302 Found, to http://x/l",
        ),
        (answer(b"pyesi_x 1", **{"Content-Length": 100}), "it broke off in the middle"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "cannot be read: SSH-2.0"),
        (b"", "cannot be read: Remote end closed connection"),
    ],
)
def test_a_page_that_will_not_do_is_told_in_one_line(told, line):
    """
    Whatever answers, what is wrong with it is said, and nothing else happens.
    """
    with answering(told) as (url, _):
        message = why_not(url)

    assert message.startswith(f"{url}/metrics ")
    assert line in message.replace("\\ufffd", "\ufffd")


def test_a_refused_connection_is_told():
    """
    Where nobody listens, that is said.
    """
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"

    assert why_not(url) == f"{url}/metrics cannot be read: Connection refused"


@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\n", answer(b"py")[:-1]])
def test_who_does_not_answer_in_time_is_not_waited_for(begun):
    """
    Nothing is waited for any longer than that, nor half an answer.
    """
    with answering(begun, holds=True) as (url, _):
        assert why_not(url, patience=0.1) == f"{url}/metrics gave no answer in 0.1 s"


def test_an_answer_without_an_end_is_not_waited_for():
    """
    The time is for all of it, and not for its next byte.
    """
    endless = b"HTTP/1.1 200 OK\r\n\r\n"
    with answering(endless, drips=b"# never mind\n") as (url, _):
        assert why_not(url, patience=0.2) == f"{url}/metrics gave no answer in 0.2 s"


@pytest.mark.parametrize(
    ("word", "line"),
    [
        ("ftp://127.0.0.1/metrics", "is no URL of http or https, and no file"),
        ("http:///metrics", "is no URL of http or https"),
        ("http://127.0.0.1:99999", "is no URL: Port out of range"),
        ("localhost:9464", "No such file or directory: is it http://localhost:9464?"),
        ("/nowhere/now.json", "/nowhere/now.json cannot be read: No such file"),
    ],
)
def test_what_is_neither_page_nor_file_is_told(word, line):
    """
    The line says what is expected, and perhaps what was meant.
    """
    assert line in why_not(word)


def test_a_password_is_never_shown():
    """
    A URL that has one is refused without being repeated.
    """
    assert "secret" not in why_not("http://me:secret@127.0.0.1:1/")


def test_a_file_of_statistics_is_read(tmp_path):
    """
    What `save` wrote is a client by the file's name.
    """
    path = tmp_path / "now.json"
    saved().save(path)
    (reading,) = target_of(str(path)).read()

    assert (reading.client, reading.at, reading.started_at) == (
        "now.json",
        160.0,
        100.0,
    )


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"schema": 7}, "is of schema 7, written by pyesi"),
        ({"statistics": {"cache": {}}}, "is incomplete"),
        ({"statistics": 5}, "holds no statistics"),
        ({"statistics": saved() | {"limits": 5}}, "is damaged"),
    ],
)
def test_another_file_is_told_in_one_line(tmp_path, change, line):
    """
    A file of another schema, or of something else, says which.
    """
    path = tmp_path / "now.json"
    saved().save(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))

    assert line in why_not(str(path))


def test_the_command_tells_the_line_and_ends_with_1(capsys):
    """
    No traceback comes of a wrong target.
    """
    assert cli.main(["top", "/nowhere/now.json"]) == 1

    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("pyesi top: /nowhere/now.json cannot be read")
    assert told.err.count("\n") == 1


@pytest.mark.parametrize(
    "words", [[], ["x", "--interval", "0"], ["x", "--interval", "x"]]
)
def test_a_wrong_call_ends_with_2(words, capsys):
    """
    A target is needed, and an interval is a length of time.
    """
    with pytest.raises(SystemExit) as ended:
        cli.main(["top", *words])
    assert ended.value.code == 2


def test_without_a_terminal_one_frame_is_printed(tmp_path, capsys):
    """
    The command ends by itself where nobody could press a key.
    """
    path = tmp_path / "now.json"
    saved().save(path)

    assert cli.main(["top", str(path)]) == 0
    assert "busiest routes" in capsys.readouterr().out


def test_without_rich_the_extra_is_named(tmp_path, monkeypatch, capsys):
    """
    Who lacks it is told what to install.
    """
    path = tmp_path / "now.json"
    saved().save(path)
    monkeypatch.setattr("pyesi.top.find_spec", lambda _: None)

    assert cli.main(["top", str(path), "--once"]) == 1
    assert "pip install 'pyesi-eve[top]'" in capsys.readouterr().err
