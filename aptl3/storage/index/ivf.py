"""IVF: rows in lists around trained centres, in float16, by faiss. Needs the extra ``ivf``.

``effort`` is ``nprobe``, the number of lists that a query reads. The file is memory-mapped. faiss is told to search
with one thread: a query reads a few thousand rows, which is done before a second thread has woken up.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from aptl3.storage.index.base import KindUnavailable
from aptl3.storage.index.centre import Centre
from aptl3.storage.index.corpus import Corpus, Floats, Rows

LEAST_A_LIST, MOST_A_LIST = 40, 64  # rows to train with for each list; faiss asks for 39 at least
TRAIN_BYTES = 1 << 28  # float32 rows to train with, all together
MOST_LISTS = 4096


class IvfIndex:
    """``lists`` is faiss's index, read from its file, memory-mapped."""

    kind: ClassVar[str] = "ivf"
    unit: ClassVar[str] = "nprobe"

    def __init__(self, lists: Any, effort: int) -> None:
        self.effort = effort
        self._lists = lists

    @classmethod
    def build(cls, corpus: Corpus, centre: Centre, stem: Path, threads: int) -> tuple[Path, ...]:
        faiss = _faiss()
        faiss.omp_set_num_threads(threads)
        path = stem.with_suffix(".ivf")
        count = number_of_lists(len(corpus), corpus.dim)
        lists = faiss.IndexIVFScalarQuantizer(
            faiss.IndexFlatIP(corpus.dim),
            corpus.dim,
            count,
            faiss.ScalarQuantizer.QT_fp16,
            faiss.METRIC_INNER_PRODUCT,
            False,  # whole rows, not residuals: float16 needs no help
        )
        lists.cp.spherical = True
        lists.train(centre.directions(corpus.spread(min(count * MOST_A_LIST, TRAIN_BYTES // (4 * corpus.dim)))))
        for _, block in corpus.blocks():
            lists.add(centre.directions(block))
        faiss.write_index(lists, str(path))
        return (path,)

    @classmethod
    def open(cls, corpus: Corpus, centre: Centre, files: Sequence[Path], effort: int) -> IvfIndex:
        faiss = _faiss()
        faiss.omp_set_num_threads(1)
        try:
            lists = faiss.read_index(str(files[0]), faiss.IO_FLAG_MMAP | faiss.IO_FLAG_READ_ONLY)
        except RuntimeError as error:  # faiss has no other
            raise ValueError(f"{files[0].name} is damaged") from error
        if (lists.ntotal, lists.d) != (len(corpus), corpus.dim):
            raise ValueError(f"{files[0].name} holds {lists.ntotal} rows of {lists.d}, not {len(corpus)}")
        return cls(lists, effort)

    @classmethod
    def bytes_needed(cls, rows: int, dim: int) -> tuple[int, int]:
        size = rows * (2 * dim + 8)
        return size, 2 * size + TRAIN_BYTES  # its lists grow by doubling

    def search(self, query: Floats, count: int) -> Rows:
        self._lists.nprobe = max(1, self.effort)
        _, numbers = self._lists.search(query[None], count)
        found: Rows = numbers[0][numbers[0] >= 0]
        return found

    def efforts(self) -> Sequence[int]:
        efforts = [1]
        while efforts[-1] < self._lists.nlist // 2:
            efforts.append(efforts[-1] + max(1, efforts[-1] // 2))
        return efforts


def number_of_lists(rows: int, dim: int) -> int:
    """About 4 √rows, as far as there are rows, and memory for them, to train with."""
    trainable = min(rows, TRAIN_BYTES // (4 * dim))
    return max(1, min(MOST_LISTS, int(4 * rows**0.5), trainable // LEAST_A_LIST))


def _faiss() -> Any:
    try:
        import faiss
    except ImportError as error:
        raise KindUnavailable("pip install 'aptl3[ivf]' for an index of the kind ivf") from error
    return faiss
