"""How long an exact evaluation takes, and how much memory: many queries against a large collection.

    python benchmarks/evaluation.py [--queries 5000] [--items 100000] [--dim 1280] [--trees 0]

Rows lie memory-mapped in a file, float16, as a library has them. Queries come from a text model of 384 values through
an alignment, each with one true item. Prints the seconds for ranks and angles, those for all figures with their
intervals, and the peak of this process's resident memory (mapped rows and all); with ``--trees`` also what an Annoy
forest takes for it.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

if not __package__:  # run as a file: then the checkout is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from aptl3.alignment.joint import Joint, Side
from aptl3.config import this_machine
from aptl3.fitting.evaluation.bench import Step
from aptl3.fitting.evaluation.cell import Cell, Outcome
from aptl3.fitting.evaluation.collection import Collection
from aptl3.fitting.evaluation.forest import forest
from aptl3.fitting.evaluation.ranking import Truth
from aptl3.fitting.evaluation.trial import Trial
from aptl3.records.model import StoredModel
from aptl3.storage.index.corpus import Corpus
from benchmarks import harness
from benchmarks.harness import Figure, interleaved
from benchmarks.machine import describe

ROUNDS = 3
TEXT = 384  # values of a text vector
NOISE = 1.7  # of unit length, beside the common meaning: true pairs are then 80° apart, as in real collections


def collection(path: Path, name: str, modality: str, rows: int, dim: int, seed: int) -> Collection:
    """Random unit rows in a file, written in parts."""
    mapped = np.memmap(path, np.float16, "w+", shape=(rows, dim))
    chance = np.random.default_rng(seed)
    for start in range(0, rows, 8192):
        part = chance.standard_normal((min(8192, rows - start), dim), np.float32)
        mapped[start : start + len(part)] = part / np.linalg.norm(part, axis=1, keepdims=True)
    mapped.flush()
    stored = StoredModel(name, name, modality, dim, "float16", name, rows)
    corpus = Corpus.whole(dim, [(1, np.memmap(path, np.float16, "r", shape=(rows, dim)))])
    return Collection(stored, corpus, np.arange(rows))


def task(folder: Path, queries: int, items: int, dim: int) -> Step:
    """``queries`` texts, each a noisy view of its own item through a rotation that the alignment knows."""
    pictures = collection(folder / "pictures", "pictures", "image", items, dim, seed=1)
    turn = np.linalg.qr(np.random.default_rng(2).standard_normal((dim, TEXT)))[0].T.astype(np.float32)
    texts = collection(folder / "texts", "texts", "text", queries, TEXT, seed=3)
    mine = np.random.default_rng(4).permutation(items)[:queries]
    [(_, rows)] = texts.corpus.arrays()
    writable = np.memmap(folder / "texts", np.float16, "r+", shape=rows.shape)
    writable[:] = pictures.directions(mine) @ turn.T + NOISE * np.asarray(rows, np.float32)
    writable.flush()
    means = np.zeros(TEXT, np.float32), np.zeros(dim, np.float32)
    joint = Joint({"texts": Side(means[0], turn), "pictures": Side(means[1], None)}, 0.5, 1, 1)
    truth = Truth(np.arange(queries), mine, np.ones(queries, bool))
    trial = Trial(texts, pictures, np.arange(queries), np.arange(queries) // 5, truth)
    return Step(Cell("texts", "pictures", "a rotation"), trial, lambda v: joint.map(v, "texts", "pictures"), "")


@dataclass(frozen=True)
class Timed:
    """Seconds for ranks and angles, seconds for the figures with their intervals; these: recall@10, the median rank,
    degrees."""

    ranking: float
    counting: float
    found: tuple[float, float, float]


def timed(run: Callable[[], Outcome]) -> Timed:
    began = time.perf_counter()
    outcome = run()
    ranked = time.perf_counter()
    found = outcome.recall(10).value, outcome.median_rank.value, outcome.angle.value
    return Timed(ranked - began, time.perf_counter() - ranked, found)


def main(argv: Sequence[str] | None = None) -> None:
    parser = harness.parser(__doc__, ROUNDS)
    parser.add_argument("--queries", type=int, default=5_000)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=1280)
    parser.add_argument("--trees", type=int, default=0)
    options = harness.parse(parser, argv, queries=100, items=2_000, dim=TEXT)
    print(harness.headline(describe()))
    print(f"{options.queries} queries against {options.items} items of {options.dim} values")
    with tempfile.TemporaryDirectory(prefix="aptl3-evaluation-") as name:
        step = task(Path(name), options.queries, options.items, options.dim)
        found = interleaved({"exact": lambda: timed(lambda: step.measure(None, lambda _: None))}, options.rounds)
        if options.trees:
            began = time.perf_counter()
            with forest(step.trial.target, options.trees, Path(name), this_machine().cores) as index:
                print(f"building {options.trees} trees: {time.perf_counter() - began:.1f} s")
                through = Step(Cell("texts", "pictures", "", options.trees, 5_000), step.trial, step.map, "")
                way = {"search_k 5000": lambda: timed(lambda: through.measure(index, lambda _: None))}
                found |= interleaved(way, options.rounds)
    figures = {
        way: (Figure.of([one.ranking for one in each], "s"), Figure.of([one.counting for one in each], "s"))
        for way, each in found.items()
    }
    rows = [(way, *figures[way], *each[0].found) for way, each in found.items()]
    head = ("", "ranks and angles, s", "figures with intervals, s", "recall@10", "median rank", "angle")
    print(harness.table(head, rows))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    print(f"peak memory {peak:.0f} MiB, mapped rows ({options.items * options.dim >> 19} MiB) and all")
    ranked = {way: one for way, (one, _) in figures.items()}
    document = {"head": head, "rows": rows, "figures": figures, "peak_mib": peak}
    harness.keep(options.out, "evaluation", document, lambda axes: harness.bars(axes, ranked, "Ranks and angles"))


if __name__ == "__main__":
    main()
