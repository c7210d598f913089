from __future__ import annotations

import os
from pathlib import Path

import pytest

from aptl3.errors import BadArgument
from aptl3.media.captions.photographs import photographs


def test_photographs_are_found_as_an_ingestion_finds_them(tmp_path: Path) -> None:
    for name in ("b.jpg", "a/2.png", "a/1.JPG", "a/x/3.webp", "a/note.txt", ".hidden/4.jpg", "a/.5.jpg", "a/._1.JPG"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    os.symlink(tmp_path / "a", tmp_path / "link")
    found = [str(Path(path).relative_to(tmp_path)) for path in photographs(tmp_path)]
    assert found == ["b.jpg", "a/1.JPG", "a/2.png", "a/x/3.webp"]


def test_one_file_and_nothing(tmp_path: Path) -> None:
    (tmp_path / "b.jpg").write_bytes(b"x")
    assert list(photographs(tmp_path / "b.jpg")) == [str(tmp_path / "b.jpg")]
    with pytest.raises(BadArgument, match="cannot be read"):
        list(photographs(tmp_path / "none"))
