from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aptl3.fitting.indexing import build
from aptl3.search import collection
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
    sample = Collections(writer).of("colours").sample
    assert len(sample) == 23 < SAMPLE
    np.testing.assert_allclose(np.linalg.norm(sample, axis=1), 1, rtol=1e-5)


def test_a_little_more_behind_the_same_index_is_judged_by_the_same_sample(
    writer: Writer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collection, "LITTLE", 1.05)
    record = build(writer, "colours")
    assert record is not None
    with writer.checkpoint() as checkpoint:
        checkpoint.add_index(record)
    collections = Collections(writer)
    first = collections.of("colours")
    sample = first.sample
    add(writer, paint(folder / "grey.png", (120, 130, 125)))
    second = collections.of("colours")
    assert len(second.live) == 24
    assert second.sample is sample
    assert second.scales is first.scales
    add(writer, paint(folder / "pale.png", (220, 230, 225)))
    third = collections.of("colours")  # more than a little since the sample was taken
    assert len(third.sample) == 25
    assert third.scales is not first.scales
    with writer.checkpoint() as checkpoint:
        checkpoint.add_index(record)
    assert collections.of("colours").scales is not third.scales


def test_without_an_index_each_state_has_a_sample_of_its_own(writer: Writer, folder: Path) -> None:
    collections = Collections(writer)
    first = collections.of("colours").sample
    add(writer, paint(folder / "grey.png", (120, 130, 125)))
    assert len(collections.of("colours").sample) == len(first) + 1
