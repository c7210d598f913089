"""Where media were seen."""

from __future__ import annotations

from aptl3.storage.writer import Writer
from tests.storage.samples import FOLDER, ingest


def test_a_sample_is_spread_over_all_media_that_are_there(writer: Writer) -> None:
    assert writer.spread(5) == []
    names = [f"{number:02}.jpg" for number in range(40)]
    ingest(writer, {"away.jpg": 40}, "/a drive")
    ingest(writer, {name: number for number, name in enumerate(names)})
    with writer.checkpoint() as checkpoint:
        checkpoint.flag_missing("/a drive")
    assert writer.spread(4) == [f"{FOLDER}/{name}" for name in ("00.jpg", "09.jpg", "19.jpg", "29.jpg")]
    assert writer.spread(100) == [f"{FOLDER}/{name}" for name in names]
