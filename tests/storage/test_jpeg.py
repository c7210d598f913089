from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from aptl3.storage import jpeg


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_sizes_that_pillow_writes(mode: str, progressive: bool) -> None:
    file = io.BytesIO()
    Image.new(mode, (300, 17)).save(file, "JPEG", progressive=progressive, comment=b"hello", optimize=True)
    assert jpeg.size(file.getvalue()) == (300, 17)
    assert jpeg.size(file.getvalue()[:-2]) is None


@given(st.binary(max_size=60))
def test_any_bytes_are_taken(data: bytes) -> None:
    assert jpeg.size(data) is None or data.startswith(b"\xff\xd8")
    jpeg.size(b"\xff\xd8" + data + b"\xff\xd9")
