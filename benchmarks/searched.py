"""A synthetic collection of vectors, searched by the index that the program chooses for it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aptl3.fitting.indexing import Workshop, best, take_sample
from aptl3.fitting.measuring import Figures, Questions, figures, truth
from aptl3.storage.index.base import kind
from aptl3.storage.index.centre import Centre
from aptl3.storage.index.corpus import Corpus, Floats, Rows
from aptl3.storage.index.live import LiveIndex

NAME = "hard"  # of the collections of vectors.py, that whose rows have their neighbours all around
THREADS = 2
ASKED = 200  # of either sort
PARTS = ("held", "words", "tune")


@dataclass(frozen=True)
class Searched:
    """``seconds`` from the vectors to the chosen index, all that was tried and measured for it included."""

    rows: int
    dim: int
    kind: str
    why: str
    seconds: float
    megabytes: float
    pictures: Figures
    words: Figures


def searched(work: Path, rows: int, dim: int) -> Searched:
    """Makes a collection in ``work``, unless it is there, and asks it: with rows that it has not, and with words."""
    folder = work / f"{NAME}-{dim}-{rows}"
    if not (folder / "complete").exists():
        script = str(Path(__file__).with_name("vectors.py"))
        subprocess.run([sys.executable, script, NAME, str(folder), "--rows", str(rows), "--dim", str(dim)], check=True)
    stored = np.memmap(folder / "rows.f16", "<f2", "r").reshape(-1, dim)
    held, words, tune = (np.fromfile(folder / f"{part}.f32", "<f4").reshape(-1, dim) for part in PARTS)
    corpus = Corpus.whole(dim, [(1, stored)])
    alive = np.ones(len(corpus), bool)
    with tempfile.TemporaryDirectory(dir=work) as place:
        began = time.perf_counter()
        centre = Centre.of((block for _, block in corpus.blocks()), dim)
        chosen, why = best(
            Workshop(corpus, centre, Path(place), THREADS), take_sample(corpus, centre, alive, tune), None
        )
        seconds = time.perf_counter() - began
        index = kind(chosen.kind).open(corpus, centre, chosen.files, chosen.effort)
        live = LiveIndex(index, corpus, Corpus(dim, []), centre)

        def ask(direction: Floats, count: int) -> tuple[Rows, Floats]:
            found = live.search(direction, count)
            return found.rows, found.scores

        each = [centre.directions(held[:ASKED]), words[:ASKED]]
        asked = Questions(np.concatenate(each), np.full(sum(map(len, each)), -1, np.int64))
        right = truth(((start, centre.directions(block)) for start, block in corpus.blocks()), asked, alive=alive)
        cut = len(each[0])
        return Searched(
            rows,
            dim,
            chosen.kind,
            why,
            seconds,
            chosen.bytes / 1e6,
            figures(ask, asked[:cut], right[:cut]),
            figures(ask, asked[cut:], right[cut:]),
        )
