from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from aptl3.coco.archive import unpack
from aptl3.errors import BadArgument


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("annotations/captions_train2017.json", "{}" * 1000)
        file.writestr("annotations/../../captions_val2017.json", "[]")
        file.writestr("annotations/instances_train2017.json", "x" * 1000)
    return path


def test_only_captions_come_out_to_one_folder(archive: Path) -> None:
    unpack(archive, archive.parent)
    assert sorted(os.listdir(archive.parent)) == ["captions_train2017.json", "captions_val2017.json"]
    assert (archive.parent / "captions_train2017.json").read_text() == "{}" * 1000


@pytest.mark.parametrize("kept", [slice(0, -30), slice(0, 0), slice(0, 60)])
def test_an_archive_that_was_cut_off_is_one_line_and_gone(archive: Path, kept: slice) -> None:
    archive.write_bytes(archive.read_bytes()[kept])
    with pytest.raises(BadArgument, match="came broken") as caught:
        unpack(archive, archive.parent)
    assert "\n" not in str(caught.value)
    assert not archive.exists()


def test_a_flipped_bit_is_found(archive: Path) -> None:
    data = bytearray(archive.read_bytes())
    data[80] ^= 0x55  # within the first member
    archive.write_bytes(data)
    with pytest.raises(BadArgument, match="came broken"):
        unpack(archive, archive.parent)
    assert not (archive.parent / "captions_train2017.json").exists()
