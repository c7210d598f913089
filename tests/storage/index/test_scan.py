from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aptl3.storage.index import scan
from tests.storage.index.samples import collection


@pytest.mark.parametrize("dtype", ["<f2", "<f4"])
@pytest.mark.parametrize("rows", [0, 1, 7, 70_000])  # the last is shared among threads
def test_dots_of_floats(rows: int, dtype: str) -> None:
    vectors = collection(rows, 64, dtype=dtype)
    query = collection(1, 64, seed=9, dtype=dtype)[0]
    out = np.empty(rows, np.float32)
    scan.dots(vectors, query, out)
    np.testing.assert_allclose(out, vectors.astype(np.float64) @ query.astype(np.float64), atol=2e-6)


@pytest.mark.parametrize("dim", [5, 64, 1280])
def test_dots_of_bytes_are_exact(dim: int) -> None:
    rng = np.random.default_rng(dim)
    rows = rng.integers(-127, 128, (5000, dim), dtype=np.int8)
    query = rng.integers(-127, 128, dim, dtype=np.int8)
    out = np.empty(5000, np.float32)
    scan.dots(rows, query, out)
    np.testing.assert_allclose(out, rows.astype(np.int64) @ query.astype(np.int64), rtol=1e-6)


def test_dots_read_what_is_mapped(tmp_path: object) -> None:
    vectors = collection(1000, 48)
    path = f"{tmp_path}/rows"
    vectors.tofile(path)
    mapped = np.memmap(path, "<f2", "r", shape=(1000, 48))
    out = np.empty(1000, np.float32)
    scan.dots(mapped[3:], vectors[0], out[3:])
    np.testing.assert_allclose(out[3:], vectors[3:].astype(np.float32) @ vectors[0].astype(np.float32), atol=2e-6)


@pytest.mark.parametrize("dim", [5, 1280])  # the wider are shared among threads
def test_dots_within_ranges(dim: int) -> None:
    rng = np.random.default_rng(dim)
    rows = rng.integers(-127, 128, (20_000, dim), dtype=np.int8)
    query = rng.integers(-127, 128, dim, dtype=np.int8)
    edges = np.sort(rng.integers(0, 20_001, 400))
    starts, ends = edges[0::2], edges[1::2]
    ends[3], starts[7] = starts[3], ends[7]  # empty ones
    wanted = np.concatenate([rows[start:end] for start, end in zip(starts, ends, strict=True)]).astype(np.int64)
    np.testing.assert_allclose(scan.dots_within(rows, query, starts, ends), wanted @ query.astype(np.int64), rtol=1e-6)


@given(st.integers(0, 2**32 - 1), st.integers(0, 5000), st.integers(1, 200))
def test_best_are_the_highest(seed: int, rows: int, count: int) -> None:
    scores = np.random.default_rng(seed).integers(0, 1000, rows).astype(np.float32)  # with ties
    positions = scan.best(scores, count)
    assert len(set(positions.tolist())) == len(positions) == min(count, rows)
    np.testing.assert_array_equal(np.sort(scores[positions]), np.sort(scores)[max(0, rows - count) :])


def test_the_kernels_keep_the_references_that_they_are_given() -> None:
    rows, out = collection(10, 16), np.empty(10, np.float32)
    before = sys.getrefcount(None)
    for _ in range(2000):
        scan.dots(rows, rows[0], out)
        scan.dots(rows, rows[0], out, "sqeuclidean")
    assert abs(sys.getrefcount(None) - before) < 1000  # simsimd's own ``out`` takes 4000 from None


def test_an_error_in_a_thread_is_an_error() -> None:
    rows = collection(70_000, 64)
    with pytest.raises((ValueError, TypeError)):
        scan.dots(rows, np.ones(63, np.float16), np.empty(70_000, np.float32))
