from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aptl3.storage.writer import Writer
from tests.storage.samples import BLUE, FOLDER, add_models, ingest, row

COUNT = 24
GONE = set(range(5, COUNT + 1, 5))


@pytest.fixture(scope="module")
def scattered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Writer]:
    """Media items 1 to 24, of which every fifth was removed; their vectors lie in segments of four, and statements take
    five parameters."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("aptl3.storage.vectors.SEGMENT_BYTES", 4 * 32)
        patch.setattr("aptl3.storage.database._PAGE", 5)
        with Writer.open(tmp_path_factory.mktemp("scattered") / "library") as writer:
            add_models(writer)
            for content in range(1, COUNT + 1):
                ingest(writer, {f"{content:02}": content})
            writer.remove([f"{FOLDER}/{content:02}" for content in GONE])
            assert len(writer.vectors("blue").segments) == 6
            yield writer


@given(media=st.lists(st.integers(1, COUNT), max_size=2 * COUNT))
def test_vectors_come_in_the_order_asked_for(scattered: Writer, media: list[int]) -> None:
    there = [one for one in media if one not in GONE]
    vectors = scattered.vectors_of("blue", np.array(there, np.int64))
    assert vectors.dtype == np.float32 and vectors.shape == (len(there), BLUE.dim)
    assert vectors.tobytes() == b"".join(row(one, BLUE) for one in there)
    assert scattered.known_vectors("blue", media)[0].tolist() == [one not in GONE for one in media]
    if len(there) < len(media):
        first = next(one for one in media if one in GONE)
        with pytest.raises(KeyError, match=f"^{first}$"):
            scattered.vectors_of("blue", media)


@given(media=st.lists(st.integers(1, COUNT).filter(lambda one: one not in GONE), max_size=2 * COUNT))
def test_hashes_come_in_the_order_asked_for(scattered: Writer, media: list[int]) -> None:
    assert [int.from_bytes(hash, "big") for hash in scattered.hashes(media)] == media
    with pytest.raises(KeyError):
        scattered.hashes([*media, 5])


def test_where_vectors_lie_and_whose_rows_they_are(scattered: Writer) -> None:
    for segment, array in scattered.vectors("blue").segments:
        media = scattered.media_of_segment(segment)
        assert scattered.rows_to_media("blue", segment, range(len(array))).tolist() == media.tolist()
        for number, one in enumerate(media):
            assert (one == -1) or array[number].tobytes() == row(int(one), BLUE)


def test_a_model_without_a_row_has_no_vectors(scattered: Writer) -> None:
    assert scattered.known_vectors("green", [1, 2])[0].tolist() == [False, False]
    assert scattered.known_vectors("blue", [])[0].tolist() == []
    with pytest.raises(KeyError):
        scattered.vectors_of("green", [1])
