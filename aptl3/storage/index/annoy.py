"""Annoy: a forest of random hyperplane trees over the centred, normalized rows.

Built straight into its file (memory is the page cache's), by a given number of threads, from a fixed seed. ``effort``
is ``search_k``, the number of rows that a query looks at. It holds its recall on collections that cluster well; where
they do not, and for directions far from all rows as those of words are, the measurement at build time says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from annoy import AnnoyIndex as Forest

from aptl3.storage.index.centre import Centre
from aptl3.storage.index.corpus import Corpus, Floats, Rows

TREES = 50
SEED = 20200229
LEAST, GROWTH = 500, 1.6  # efforts tried: from here, by this factor, to as many as there are rows


class AnnoyIndex:
    """``forest`` is loaded from its file, memory-mapped."""

    kind: ClassVar[str] = "annoy"
    unit: ClassVar[str] = "search_k"

    def __init__(self, forest: Any, effort: int) -> None:
        self.effort = effort
        self._forest = forest

    @classmethod
    def build(cls, corpus: Corpus, centre: Centre, stem: Path, threads: int, trees: int = TREES) -> tuple[Path, ...]:
        path = stem.with_suffix(".ann")
        forest = Forest(corpus.dim, "angular")
        forest.set_seed(SEED)
        forest.on_disk_build(str(path))
        for start, block in corpus.blocks():
            for number, row in enumerate(centre.directions(block), start):
                forest.add_item(number, row)
        forest.build(trees, threads)
        forest.unload()
        return (path,)

    @classmethod
    def open(cls, corpus: Corpus, centre: Centre, files: Sequence[Path], effort: int) -> AnnoyIndex:
        forest = Forest(corpus.dim, "angular")
        forest.load(str(files[0]))
        if forest.get_n_items() != len(corpus):
            raise ValueError(f"{files[0].name} holds {forest.get_n_items()} rows, not {len(corpus)}")
        return cls(forest, effort)

    def close(self) -> None:
        """Lets go of the file."""
        self._forest.unload()

    @classmethod
    def bytes_needed(cls, rows: int, dim: int) -> tuple[int, int]:
        row = 4 * dim + 12
        inner = TREES * (3 * rows // dim + 1)  # a leaf holds up to as many numbers as a row has values
        disk = row * (rows + inner)
        return disk, disk // 2  # with less of it in memory the disk is read at random for every split

    def search(self, query: Floats, count: int) -> Rows:
        found = self._forest.get_nns_by_vector(query.tolist(), count, max(self.effort, count))
        return np.array(found, np.int64)

    def efforts(self) -> Sequence[int]:
        most = self._forest.get_n_items()
        efforts = [min(LEAST, most)]
        while efforts[-1] < most:
            efforts.append(int(min(most, efforts[-1] * GROWTH)))
        return efforts
