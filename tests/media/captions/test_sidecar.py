from __future__ import annotations

import os
from pathlib import Path

import pytest

from aptl3.errors import BadArgument
from aptl3.media.captions import sidecar


def test_texts_beside_photographs(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("a.jpg", "a.png", "b.jpg", "sub/c.JPG", "d.jpg"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "a.txt").write_bytes("﻿a cat\n".encode())
    (tmp_path / "a.jpg.txt").write_bytes("Café".encode("cp1252"))
    (tmp_path / "sub" / "c.txt").write_text("a dog")
    (tmp_path / "alone.txt").write_text("nobody's")
    found = [(str(Path(pair.path).relative_to(tmp_path)), pair.text) for pair in sidecar.read(tmp_path)]
    assert found == [("a.jpg", "Café"), ("a.jpg", "a cat"), ("a.png", "a cat"), ("sub/c.JPG", "a dog")]


def test_what_is_no_caption_is_counted(tmp_path: Path) -> None:
    texts = {"a": b"\0\1\2", "b": b"  ", "c": b"word " * 2000, "d": b"x" * 100_000}
    for name, data in texts.items():
        (tmp_path / f"{name}.jpg").write_bytes(b"x")
        (tmp_path / f"{name}.txt").write_bytes(data)
    found = sidecar.read(tmp_path)
    assert len(found) == 0
    assert sum(found.skipped.values()) == 4
    assert found.skipped["longer than 8000 bytes"] == 2


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_a_pipe_in_a_texts_place_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"x")
    os.mkfifo(tmp_path / "a.txt")
    assert len(sidecar.read(tmp_path)) == 0


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadArgument):
        sidecar.read(tmp_path / "none")
