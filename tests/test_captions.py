"""Photographs are found by their own captions, through the whole pipeline and the shipped alignment."""

from __future__ import annotations

from pathlib import Path

import pytest

from aptl3 import Library
from benchmarks.captions import captions_of, ranks

COCO = Path(__file__).parents[2] / "shared" / "coco-mini"


@pytest.mark.skipif(not COCO.is_dir(), reason="the captioned photographs are not here")
def test_captions_find_their_photographs(library: Library) -> None:
    job = library.ingest(COCO / "train2017")
    assert job.counts.added == 80
    found = ranks(library, captions_of(COCO)[::2], 80)  # all are asked of the alignment alone, in test_shipped.py
    assert len(found) == 200
    assert sum(rank <= 1 for rank in found) / 200 >= 0.45
    assert sum(rank <= 10 for rank in found) / 200 >= 0.9
