"""The core's cache functions, asked directly: no client, no clock, no network.

They are compiled into a small program of their own, whose objects are kept from one
run of the tests to the next.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
CPP = REPOSITORY / "src" / "cpp"
SOURCES = [
    Path(__file__).with_suffix(".cpp"),
    CPP / "base" / "bytes.cpp",
    *(
        CPP / "http" / f"{name}.cpp"
        for name in (
            "cache_control",
            "entity_tag",
            "headers",
            "http_date",
            "url",
            "url_reference",
        )
    ),
    *(
        CPP / "cache" / f"{name}.cpp"
        for name in (
            "cache_status",
            "dynamic_ttl",
            "entry",
            "head_answer",
            "invalidation",
            "request_directives",
            "reuse",
            "revalidation",
            "stored_fields",
            "ttl_policy",
            "vary",
        )
    ),
]


# A sanitizer that is loaded into Python is not for the compiler.
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if name != "LD_PRELOAD"
}


class CacheProbe:
    """Asks one question at a time."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, about: str, **question):
        """What the core answers."""
        line = json.dumps({"about": about, **question}, default=plain)
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, f"the probe died of {line}"
        return json.loads(answer)


def plain(value):
    """A dataclass as JSON has it."""
    if is_dataclass(value):
        return asdict(value)
    raise TypeError(type(value).__name__)


def compiler():
    """The C++ compiler of this machine; None if there is none."""
    return shutil.which(os.environ.get("CXX", "c++"))


@contextmanager
def cache_probe(folder: Path):
    """Run the program, built in `folder` unless it is there already."""
    program = build(folder)
    with subprocess.Popen(
        [program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    ) as process:
        yield CacheProbe(process)
        process.stdin.close()


def build(folder: Path) -> Path:
    """Compile what has changed, one test process at a time."""
    folder.mkdir(parents=True, exist_ok=True)
    digest = digest_of_all()
    program = folder / f"cache_probe-{digest}"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            for stale in folder.glob("cache_probe-*"):
                stale.unlink()
            compile_into(program)
    return program


def compile_into(program: Path) -> None:
    """All sources, a few at a time."""
    objects = program.parent / "objects"
    shutil.rmtree(objects, ignore_errors=True)
    objects.mkdir()
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as workers:
        compiled = list(workers.map(lambda one: compile_one(one, objects), SOURCES))
    half_done = program.with_suffix(".tmp")
    run([compiler(), "-o", half_done, *compiled])
    half_done.rename(program)


def compile_one(source: Path, objects: Path) -> Path:
    """An object, as the core's own build would make it."""
    compiled = objects / f"{source.parent.name}-{source.stem}.o"
    run(
        [compiler(), "-std=c++20", "-O0", f"-I{CPP}", "-c", source, "-o", compiled],
    )
    return compiled


def run(command) -> None:
    """Run it; what it says is the failure's text."""
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=ENVIRONMENT
    )
    assert done.returncode == 0, done.stderr


def digest_of_all() -> str:
    """A name for exactly these sources, their headers and this compiler."""
    digest = hashlib.sha256(str(compiler()).encode())
    headers = (
        path
        for layer in ("base", "http", "cache")
        for path in sorted((CPP / layer).glob("*.h"))
    )
    for path in [*SOURCES, *headers]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
