"""Files of the cache: written aside and renamed into place, so that nobody sees half of one.

The cache is a convenience: where it cannot be written, what needs it to be says so, and the rest goes on without.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from urllib.parse import quote


def folder_of(cache: Path, model: str) -> Path:
    """Where what is kept of a model lies, whatever characters its name has."""
    return cache / "models" / quote(model, safe="")


def aside(path: Path) -> Path:
    """A name beside ``path`` that nobody else uses; its folder exists, for its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")


def write_whole(path: Path, data: bytes) -> None:
    """``data`` under ``path``, whole or not at all. Where the cache is read-only or full, not at all."""
    with contextlib.suppress(OSError):
        new = aside(path)
        try:
            new.write_bytes(data)
            os.replace(new, path)
        finally:
            new.unlink(missing_ok=True)
