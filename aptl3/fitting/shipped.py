"""The alignments that are shipped in ``data/``, found by the fingerprints of both models.

A file is one line of JSON, then the arrays that it lists, float16, little-endian, one after the other. Float16 halves
the file and moves a mapped vector by less than 10⁻⁶ in cosine.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from aptl3.alignment.alignment import Alignment

FOLDER = Path(__file__).parent / "data"
SUFFIX = ".alignment"
_FORMAT = "aptl3-alignment-1"
_ARRAYS = ("matrix", "mean_x", "mean_y")


def load(text_fingerprint: str, image_fingerprint: str, folder: Path = FOLDER) -> Alignment | None:
    """The alignment from this text model to this picture model, or None when none is shipped for the two."""
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        with path.open("rb") as file:
            header = json.loads(file.readline())
            if (header["text"], header["image"]) == (text_fingerprint, image_fingerprint):
                return _arrays(header, file.read())
    return None


def save(path: Path, alignment: Alignment, text_fingerprint: str, image_fingerprint: str, note: str) -> None:
    """Writes ``alignment`` for these two models; the same values give the same bytes. ``note`` is for people."""
    arrays = {name: getattr(alignment, name).astype("<f2") for name in _ARRAYS}
    header = {
        "format": _FORMAT,
        "note": note,
        "text": text_fingerprint,
        "image": image_fingerprint,
        "shapes": {name: array.shape for name, array in arrays.items()},
    }
    lines = [json.dumps(header).encode() + b"\n", *(array.tobytes() for array in arrays.values())]
    path.write_bytes(b"".join(lines))


def _arrays(header: dict[str, Any], data: bytes) -> Alignment:
    found, start = {}, 0
    for name in _ARRAYS:
        shape = tuple(header["shapes"][name])
        count = int(np.prod(shape))
        found[name] = np.frombuffer(data, "<f2", count, start).reshape(shape).astype(np.float32)
        start += 2 * count
    return Alignment(**found)
