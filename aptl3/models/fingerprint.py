"""The fingerprint of a model: what decides its vectors, in 32 hex digits.

Covers the bytes of the weights, the version and the preprocessing; not the engine, whose vectors are the same within a
small error (that is what probes are for). Hashing tens of megabytes is done once; the digest of a file is then
remembered with its path, size and time in the cache folder.
"""

from __future__ import annotations

import json
import mmap
import os
from dataclasses import asdict
from pathlib import Path

import xxhash

from aptl3.models.source import Source
from aptl3.models.written import folder_of, write_whole

_REMEMBERED = "digests.json"


def fingerprint(source: Source, cache: Path) -> str:
    """32 hex digits. ModelUnavailable when the weights are missing. Needs neither torch nor the model."""
    spec = source.spec
    what = {
        "name": spec.name,
        "version": spec.version,
        "dim": spec.dim,
        "input": None if spec.input is None else asdict(spec.input),
        "files": _digests(source.files(), folder_of(cache, spec.name) / _REMEMBERED),
    }
    return xxhash.xxh3_128_hexdigest(json.dumps(what, sort_keys=True).encode())


def digest(path: Path) -> str:
    """xxh3-128 of a file's bytes, in hex; the pages are mapped, not copied."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            return xxhash.xxh3_128_hexdigest(b"")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
            return xxhash.xxh3_128_hexdigest(view)


def _digests(files: list[Path], remembered: Path) -> list[str]:
    known = _read(remembered)
    states = {str(path): [(state := path.stat()).st_size, state.st_mtime_ns] for path in files}
    current = {
        path: known[path] if known.get(path, [None])[:2] == state else [*state, digest(Path(path))]
        for path, state in states.items()
    }
    if current != known:
        write_whole(remembered, json.dumps(current).encode())
    return [str(current[path][2]) for path in states]


def _read(remembered: Path) -> dict[str, list[int | str]]:
    """What is remembered; anything unreadable counts as nothing."""
    try:
        known = json.loads(remembered.read_bytes())
    except (OSError, ValueError):
        return {}
    good = isinstance(known, dict) and all(isinstance(value, list) and len(value) == 3 for value in known.values())
    return known if good else {}
