"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def write_whole(path: str | os.PathLike[str], text: str) -> None:
    """Write a file, or leave what was there.

    Raises:
        OSError: It cannot be written; what was there before is there still.
    """
    place = Path(path)
    unfinished = place.with_name(f".{place.name}.{os.getpid()}.unfinished")
    try:
        with unfinished.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(place)
    except OSError:
        with suppress(OSError):
            unfinished.unlink()
        raise
