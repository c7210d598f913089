from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aptl3.search.calibration import SAMPLE
from aptl3.search.collection import Collections
from aptl3.storage.writer import Writer
from tests.search.conftest import add, paint


def test_a_collection_stays_open_until_something_is_committed(writer: Writer, folder: Path) -> None:
    collections = Collections(writer)
    first = collections.of("colours")
    assert collections.of("colours") is first
    add(writer, paint(folder / "grey.png", (120, 130, 125)))
    assert len(collections.of("colours").live) == len(first.live) + 1
    with pytest.raises(KeyError):
        collections.of("none")


def test_the_best_media_come_with_their_cosines(writer: Writer, folder: Path) -> None:
    collections = Collections(writer)
    model = writer.model("colours")
    assert model is not None
    red = np.array([2, -1, -1], np.float32) / np.float32(6**0.5)
    media, cosines = collections.ranked(model, red, 5, [])
    assert media[0] == writer.media_at(str(folder / "red.png"))
    assert (np.diff(cosines) <= 0).all()
    without, _ = collections.ranked(model, red, 5, [int(media[0])])
    assert without.tolist() == [*media[1:].tolist(), without[-1]]
    everything, _ = collections.ranked(model, red, 100, [])
    assert len(everything) == len(set(everything.tolist())) == 23


def test_a_small_sample_is_everything(writer: Writer) -> None:
    collection = Collections(writer).of("colours")
    assert len(collection.sample) == 23 < SAMPLE
    np.testing.assert_allclose(np.linalg.norm(collection.sample, axis=1), 1, rtol=1e-5)
