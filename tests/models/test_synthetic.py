from __future__ import annotations

import hashlib

import numpy as np
import pytest

from aptl3.models import synthetic


def test_the_fixed_picture_never_changes() -> None:
    """Libraries keep a vector of it: another picture would make every one of them refuse its model."""
    picture = synthetic.fixed(224)
    assert picture.shape == (1, 224, 224, 3) and picture.dtype == np.uint8 and picture.flags.c_contiguous
    assert hashlib.sha256(picture.tobytes()).hexdigest() == FIXED


FIXED = "261aa1d8010ad6ba5ca38c44395055b8e48256677541325053f3e2bf65ad7493"


@pytest.mark.parametrize("size", [32, 224, 300])
def test_structured_pictures_are_distinct_and_repeatable(size: int) -> None:
    pictures = synthetic.structured(4, size, seed=5)
    assert pictures.shape == (4, size, size, 3) and pictures.dtype == np.uint8
    assert (pictures == synthetic.structured(4, size, seed=5)).all()
    assert len({picture.tobytes() for picture in pictures}) == 4
    assert all(picture.std() > 10 for picture in pictures)
