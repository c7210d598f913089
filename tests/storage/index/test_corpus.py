from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aptl3.storage.index.corpus import Corpus, divide
from tests.storage.index.samples import collection, segmented

VECTORS = collection(60, 8)
CUTS = st.lists(st.integers(0, 60), max_size=4).map(sorted)


@given(CUTS, st.lists(st.integers(0, 59), max_size=20), st.integers(1, 70))
def test_rows_keep_their_order_over_segments(cuts: list[int], asked: list[int], size: int) -> None:
    corpus = Corpus.whole(8, segmented(VECTORS, *cuts))
    numbers = np.array(asked, np.int64)
    assert len(corpus) == 60
    np.testing.assert_array_equal(corpus.take(numbers), VECTORS[numbers].astype(np.float32))
    blocks = list(corpus.blocks(size))
    np.testing.assert_array_equal(np.concatenate([block for _, block in blocks]), VECTORS.astype(np.float32))
    assert all(len(block) <= size and (block[0] == VECTORS[start]).all() for start, block in blocks)


@given(CUTS, st.lists(st.integers(0, 60), min_size=5, max_size=5), st.lists(st.integers(0, 59), max_size=20))
def test_what_is_covered_and_the_tail_are_everything(cuts: list[int], covered: list[int], asked: list[int]) -> None:
    segments = segmented(VECTORS, *cuts)
    covers = {segment: min(rows, len(part)) for (segment, part), rows in zip(segments, covered, strict=False)}
    parts = divide(8, segments, covers)
    assert parts is not None
    assert len(parts[0]) == sum(covers.values())
    assert len(parts[0]) + len(parts[1]) == 60
    arrays = dict(segments)
    seen = set()
    for part in parts:
        ids, rows = part.places(np.arange(len(part)))
        np.testing.assert_array_equal(part.numbers(ids, rows), np.arange(len(part)))
        for number, (segment, row) in enumerate(zip(ids.tolist(), rows.tolist(), strict=True)):
            assert (part.take(np.array([number]))[0] == arrays[segment][row]).all()
            seen.add((segment, row))
    assert len(seen) == 60


@pytest.mark.parametrize("covered", [{4: 1}, {3: 61}])
def test_an_index_of_rows_that_are_gone_covers_nothing(covered: dict[int, int]) -> None:
    assert divide(8, segmented(VECTORS), covered) is None


def test_spread_reaches_from_the_first_row_to_the_last() -> None:
    corpus = Corpus.whole(8, segmented(VECTORS, 20))
    np.testing.assert_array_equal(corpus.spread(2), VECTORS[[0, 59]].astype(np.float32))
    assert len(corpus.spread(100)) == 60
    assert len(Corpus(8, []).spread(5)) == 0
