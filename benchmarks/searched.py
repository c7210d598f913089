"""A synthetic collection of vectors, searched by the index that the program chooses for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from aptl3.fitting.indexing import SMALL, Workshop, best, take_sample
from aptl3.fitting.measuring import Figures, Questions, figures, truth
from aptl3.storage.index.base import kind
from aptl3.storage.index.centre import Centre
from aptl3.storage.index.corpus import Corpus, Floats, Rows
from aptl3.storage.index.live import LiveIndex

NAME = "hard"  # of the collections of vectors.py, that whose rows have their neighbours all around
ASKED = 500  # of either sort, at most
_PARTS = ("held", "words", "tune")


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
    """Makes a collection in ``work``, its index and the right answers, unless they are there, and asks it: with rows
    that it has not, and with words."""
    folder = work / f"{NAME}-{dim}-{rows}"
    if not (folder / "complete").exists():
        script = str(Path(__file__).with_name("vectors.py"))
        subprocess.run([sys.executable, script, NAME, str(folder), "--rows", str(rows), "--dim", str(dim)], check=True)
    stored = np.memmap(folder / "rows.f16", "<f2", "r").reshape(-1, dim)
    held, words, tune = (np.fromfile(folder / f"{part}.f32", "<f4").reshape(-1, dim) for part in _PARTS)
    corpus = Corpus.whole(dim, [(1, stored)])
    chosen = folder / "chosen.json"
    if not chosen.exists():
        chosen.write_text(json.dumps(_build(folder, corpus, tune)))
    index = json.loads(chosen.read_text())
    centre = Centre(np.fromfile(folder / "mean.f32", "<f4"))
    opened = kind(index["kind"]).open(corpus, centre, [folder / name for name in index["files"]], index["effort"])
    live = LiveIndex(opened, corpus, Corpus(dim, []), centre)

    def ask(direction: Floats, count: int) -> tuple[Rows, Floats]:
        found = live.search(direction, count)
        return found.rows, found.scores

    def measure(directions: Floats, name: str) -> Figures:
        asked = Questions(directions[:ASKED], np.full(min(len(directions), ASKED), -1, np.int64))
        right = folder / f"{name}.right"
        if not right.exists():
            _truth(corpus, centre, asked).tofile(right)
        return figures(ask, asked, np.fromfile(right, np.float32).reshape(len(asked), -1))

    return Searched(
        rows,
        dim,
        index["kind"],
        index["why"],
        index["seconds"],
        index["megabytes"],
        measure(centre.directions(held), "held"),
        measure(words, "words"),
    )


def _build(folder: Path, corpus: Corpus, tune: Floats) -> dict[str, Any]:
    began = time.perf_counter()
    centre = Centre.of((block for _, block in corpus.blocks()), corpus.dim)
    centre.mean.tofile(folder / "mean.f32")
    sample = take_sample(corpus, centre, np.ones(len(corpus), bool), tune)
    kinds: list[str] | None = [] if len(corpus) < SMALL else None
    chosen, why = best(Workshop(corpus, centre, folder, os.cpu_count() or 1), sample, kinds)
    return {
        "kind": chosen.kind,
        "why": why,
        "seconds": time.perf_counter() - began,
        "megabytes": chosen.bytes / 1e6,
        "effort": chosen.effort,
        "files": [path.name for path in chosen.files],
    }


def _truth(corpus: Corpus, centre: Centre, asked: Questions) -> Floats:
    blocks = ((start, centre.directions(block)) for start, block in corpus.blocks())
    return truth(blocks, asked, alive=np.ones(len(corpus), bool))
