"""A ``Joint`` in a file: one line of JSON, then its arrays, little-endian, one after the other.

The line says what each array is and may hold what else is to be known of the fit; it is padded with spaces so that the
arrays begin at a multiple of 64 bytes. Float32 arrays are memory-mapped when read: opening one costs no copy. Nothing
is ever unpickled.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from aptl3.alignment.joint import Floats, Joint, Side
from aptl3.errors import ModelUnavailable

SUFFIX = ".alignment"
_FORMAT = "aptl3-alignment-2"
_ALIGNED = 64
_LONGEST = 1 << 20  # bytes of the first line


def encode(joint: Joint, about: Mapping[str, Any], dtype: str = "<f4") -> bytes:
    """The bytes of the file; the same values give the same bytes. ``about`` is kept with it (``models``: name →
    fingerprint, and whatever else JSON holds). ``dtype``: "<f4" or "<f2", which halves it and moves a mapped vector by
    less than 10⁻⁶ in cosine."""
    header = {
        "format": _FORMAT,
        **about,
        "distance": joint.distance,
        "iterations": joint.iterations,
        "samples": joint.samples,
        "dtype": dtype,
        "arrays": [[model, name, list(array.shape)] for model, name, array in _arrays(joint)],
    }
    line = json.dumps(header).encode()
    line += b" " * (-(len(line) + 1) % _ALIGNED) + b"\n"
    return b"".join([line, *(array.astype(dtype).tobytes() for _, _, array in _arrays(joint))])


def about(path: Path) -> dict[str, Any]:
    """The first line of the file. ModelUnavailable when it is gone or is no alignment."""
    return _header(path)[0]


def read(path: Path) -> Joint:
    """The alignment in the file; float32 arrays are views of a memory map. ModelUnavailable as ``about``."""
    header, start = _header(path)
    found: dict[str, dict[str, Floats]] = {}
    try:
        values = np.memmap(path, np.dtype(header["dtype"]), "r", offset=start).astype("<f4", copy=False)
        for model, name, shape in header["arrays"]:
            size = int(np.prod(shape))
            found.setdefault(model, {})[name] = values[:size].reshape(shape)
            values = values[size:]
        sides = {model: Side(arrays["mean"], arrays.get("matrix")) for model, arrays in found.items()}
        return Joint(sides, float(header["distance"]), int(header["iterations"]), int(header["samples"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(path) from error


def _header(path: Path) -> tuple[dict[str, Any], int]:
    """The first line, and where the arrays begin."""
    try:
        with path.open("rb") as file:
            line = file.readline(_LONGEST)
        header = json.loads(line)
    except (OSError, ValueError) as error:
        raise _damaged(path) from error
    if not isinstance(header, dict) or header.get("format") != _FORMAT:
        raise _damaged(path)
    return header, len(line)


def _arrays(joint: Joint) -> Iterator[tuple[str, str, Floats]]:
    for model, side in joint.sides.items():
        yield model, "mean", side.mean
        if side.matrix is not None:
            yield model, "matrix", side.matrix


def _damaged(path: Path) -> ModelUnavailable:
    return ModelUnavailable(f"the alignment in {path} is gone or damaged: make it anew with `aptl3 align`")
