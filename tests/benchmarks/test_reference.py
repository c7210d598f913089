"""Figures of years can be compared only while what they are ratios to stays as it is."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from benchmarks.reference import baseline, kernels
from benchmarks.reference.squares import square_cv2
from tests.photographs import make_folder

AS_THEY_WERE = {
    baseline: "2e9e79c6c16954553eb9e2e514add5e3e779c0b6fcd7d522cfd377c8b9065822",
    kernels: "32c1d64132e0c83e48078dc860142ab47a6b2f71bc53d98756dcd1c5426a61e5",
}


@pytest.mark.parametrize("module", AS_THEY_WERE, ids=lambda module: module.__name__)
def test_it_is_as_it_was(module: object) -> None:
    path = Path(str(module.__file__))  # type: ignore[attr-defined]
    text = path.read_text("utf-8").encode()  # whatever a checkout does to the ends of lines
    assert hashlib.sha256(text).hexdigest() == AS_THEY_WERE[module], "put what is new into a file of its own"  # type: ignore[index]


def test_the_square_is_that_of_the_whole_decode(tmp_path: Path) -> None:
    for path in sorted(make_folder(tmp_path / "photographs", 6, seed=5).rglob("*.jpg")):
        data = path.read_bytes()
        assert np.array_equal(square_cv2(data), kernels.decode_cv2(data)[0])
