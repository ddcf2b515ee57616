"""The server that both sides ask: nginx on loopback, plain and over TLS."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

CONFIGURATION = """\
daemon off;
worker_processes 1;
pid {home}/nginx.pid;
error_log {home}/error.log warn;
events {{ worker_connections 1024; }}
http {{
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
    access_log off;
    sendfile on;
    open_file_cache max=2000;
    map $arg_page $page {{ "" 1; default $arg_page; }}
    map $region_id $pages {{ default 1; {page_counts} }}
    default_type application/json;
    keepalive_requests 100000000;
    keepalive_timeout 600s;
    server {{
        listen 127.0.0.1:{plain};
        listen 127.0.0.1:{tls} ssl http2;
        ssl_certificate {home}/server.pem;
        ssl_certificate_key {home}/server.key;
        location / {{ return 200 '{body}'; }}
        location = /universe/types/34 {{ expires 1h; return 200 '{body}'; }}
        location /universe/systems/ {{ expires 1h; return 200 '{body}'; }}
        location /universe/groups/ {{
            add_header Cache-Control no-store;
            return 200 '{body}';
        }}
        location /wars/ {{
            add_header Cache-Control no-store;
            add_header X-Ratelimit-Group killmail;
            add_header X-Ratelimit-Limit 10000000/15m;
            add_header X-Ratelimit-Remaining 9999998;
            return 200 '{body}';
        }}
        location ~ ^/markets/(?<region_id>[0-9]+)/orders$ {{
            root {home};
            try_files $uri/$page.json.gz =404;
            expires 5m;
            add_header Content-Encoding gzip;
            add_header Vary Accept-Encoding;
            add_header X-Pages $pages;
        }}
    }}
}}
"""

# As long as most single answers of ESI: 0.9 to 1 kB.
BODY = (
    '{"capacity":0.0,"description":"'
    + "The main building block in space structures. " * 16
    + '","graphic_id":22,"group_id":18,"icon_id":22,"market_group_id":1857,'
    '"mass":0.0,"name":"Tritanium","packaged_volume":0.01,"portion_size":1,'
    '"published":true,"radius":1.0,"type_id":34,"volume":0.01}'
)


# Regions whose orders have more than one page: see `market`.
PAGE_COUNTS = {10000002: 400, 10000030: 64}


@dataclass(frozen=True, slots=True)
class Server:
    """Where nginx listens.

    Attributes:
        plain: URL of HTTP/1.1.
        tls: URL of HTTP/2 over TLS.
        ca_file: What to trust.
        home: Its files; pages of a market are looked for below `markets`.
    """

    plain: str
    tls: str
    ca_file: str
    home: Path


@contextmanager
def nginx(home: Path) -> Iterator[Server]:
    """Run it, with all its files in `home`."""
    home.chmod(0o711)  # nginx's workers are nobody where it is started by root
    make_certificates(home)
    plain, tls = free_port(), free_port()
    file = home / "nginx.conf"
    file.write_text(
        CONFIGURATION.format(
            home=home,
            plain=plain,
            tls=tls,
            body=BODY,
            page_counts=" ".join(
                f"{region_id} {pages};" for region_id, pages in PAGE_COUNTS.items()
            ),
        ),
        encoding="utf-8",
    )
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        raise SystemExit("nginx is not there: make bench installs it")
    # The log that is baked in is complained of where it cannot be written.
    process = subprocess.Popen(
        [program, "-p", home, "-c", file], stderr=subprocess.DEVNULL
    )
    try:
        wait_for(plain)
        yield Server(
            f"http://127.0.0.1:{plain}",
            f"https://localhost:{tls}",
            str(home / "ca.pem"),
            home,
        )
    finally:
        process.terminate()
        process.wait(10)


def make_certificates(home: Path) -> None:
    """An authority of our own, and a server's certificate by it."""
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    days = ("-days", "30")
    _openssl(
        home,
        *("req", "-x509", *key, *days, "-subj", "/CN=pyesi benchmarks"),
        *("-keyout", "ca.key", "-out", "ca.pem"),
    )
    _openssl(
        home,
        *("req", "-x509", *key, *days, "-subj", "/CN=localhost"),
        *("-CA", "ca.pem", "-CAkey", "ca.key"),
        *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
        *("-addext", "basicConstraints=critical,CA:FALSE"),
        *("-keyout", "server.key", "-out", "server.pem"),
    )


def _openssl(home: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=home, check=True, capture_output=True)


def free_port() -> int:
    """A port on loopback that nobody uses."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(port: int) -> None:
    """Return once somebody listens there."""
    for _ in range(200):
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit("nginx does not listen")


@contextmanager
def silent_server() -> Iterator[str]:
    """The URL of a server that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
