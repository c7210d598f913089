"""A ``Joint`` in a file: one line of JSON, then its arrays, little-endian, one after the other.

The line says what each array is and may hold what else is to be known of the fit; it is padded with spaces so that the
arrays begin at a multiple of 64 bytes. Float32 arrays are memory-mapped when read: opening one costs no copy. A compact
file has matrices in int8, each row with its own float32 scale, at a quarter of the size. Nothing is ever unpickled.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from aptl3.alignment.joint import Joint, Side
from aptl3.alignment.landmarks import Landmarks
from aptl3.alignment.rows import Floats
from aptl3.errors import ModelUnavailable

SUFFIX = ".alignment"
_FORMAT = "aptl3-alignment-4"
_ALIGNED = 64
_LONGEST = 1 << 20  # bytes of the first line
_STEPS = 127  # of int8, on either side of zero


def encode(joint: Joint, about: Mapping[str, Any], *, compact: bool = False) -> bytes:
    """The bytes of the file; the same values give the same bytes. ``about`` is kept with it (``models``: name →
    fingerprint, and whatever else JSON holds). A ``compact`` file moves mapped vectors by less than 0.005 in cosine."""
    arrays = list(_arrays(joint, compact))
    header = {
        "format": _FORMAT,
        **about,
        "distance": joint.distance,
        "iterations": joint.iterations,
        "samples": joint.samples,
        "sharpness": None if joint.landmarks is None else joint.landmarks.sharpness,
        "arrays": [[model, name, array.dtype.str, list(array.shape)] for model, name, array in arrays],
    }
    line = json.dumps(header).encode()
    line += b" " * (-(len(line) + 1) % _ALIGNED) + b"\n"
    return b"".join([line, *(array.tobytes() for _, _, array in arrays)])


def about(path: Path) -> dict[str, Any]:
    """The first line of the file. ModelUnavailable when it is gone or is no alignment."""
    return _header(path)[0]


def read(path: Path) -> Joint:
    """The alignment in the file; float32 arrays are views of a memory map. ModelUnavailable as ``about``."""
    header, start = _header(path)
    found: dict[str, dict[str, np.ndarray]] = {}
    try:
        data = np.memmap(path, np.uint8, "r")
        for model, name, dtype, shape in header["arrays"]:
            size = int(np.prod(shape)) * np.dtype(dtype).itemsize
            if dtype not in ("<f4", "|i1") or start + size > len(data):
                raise _damaged(path)
            found.setdefault(model, {})[name] = data[start : start + size].view(dtype).reshape(shape)
            start += size
        sides = {model: Side(_get(arrays, "mean"), _find(arrays, "matrix")) for model, arrays in found.items()}
        led = {model: arrays for model, arrays in found.items() if "usual" in arrays}
        landmarks = Landmarks(
            {model: _get(arrays, "landmarks") for model, arrays in led.items()},
            {model: _get(arrays, "usual") for model, arrays in led.items()},
            float(header["sharpness"] or 0.0),
        )
        told = float(header["distance"]), int(header["iterations"]), int(header["samples"])
        return Joint(sides, *told, landmarks if led else None)
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


def _arrays(joint: Joint, compact: bool) -> Iterator[tuple[str, str, np.ndarray]]:
    for model, side in joint.sides.items():
        yield model, "mean", side.mean.astype("<f4")
        if side.matrix is not None:
            yield from _matrix(model, "matrix", side.matrix, compact)
        if joint.landmarks is not None and model in joint.landmarks.directions:
            yield from _matrix(model, "landmarks", joint.landmarks.directions[model], compact)
            yield model, "usual", joint.landmarks.usual[model].astype("<f4")


def _matrix(model: str, name: str, rows: Floats, compact: bool) -> Iterator[tuple[str, str, np.ndarray]]:
    if not compact:
        yield model, name, rows.astype("<f4")
        return
    scales = np.abs(rows).max(axis=1, initial=0) / _STEPS
    steps = np.rint(rows / np.where(scales > 0, scales, 1)[:, None])
    yield model, f"{name} scales", scales.astype("<f4")
    yield model, name, steps.astype("|i1")


def _get(arrays: Mapping[str, np.ndarray], name: str) -> Floats:
    array = arrays[name]
    if array.dtype == np.int8:
        array = array * arrays[f"{name} scales"][:, None]
    return np.asarray(array, np.float32)


def _find(arrays: Mapping[str, np.ndarray], name: str) -> Floats | None:
    return _get(arrays, name) if name in arrays else None


def _damaged(path: Path) -> ModelUnavailable:
    return ModelUnavailable(f"the alignment in {path} is gone or damaged: make it anew with `aptl3 align`")
