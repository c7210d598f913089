"""How well and how fast a collection is searched: every kind of index, beside exact search.

Each collection (see ``vectors.py``) is asked with vectors that are not in it and with texts that came through an
alignment, each sort by itself. Efforts are set as the program sets them, on its own sample; then recall@10 against
exact float32 scores, the median and the 99th percentile of a query (index, exact re-ranking and all; the text's own
embedding is not counted) are measured on other questions. ``first`` is the first query after the files were dropped
from the page cache and opened anew. Vectors and indexes are memory-mapped files. torch is never imported.

    python benchmarks/search.py
    python benchmarks/search.py --only crops --rows 20000
    python benchmarks/search.py --library ~/photographs/library

Prints a table and which kind the program would choose.
"""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

if not __package__:  # run as a file: then the checkout is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from aptl3.fitting.indexing import Measured, Workshop, best, take_sample
from aptl3.fitting.measuring import Ask, Questions, figures, truth
from aptl3.storage.index.base import KINDS, KindUnavailable, kind
from aptl3.storage.index.centre import Centre
from aptl3.storage.index.corpus import Corpus, Floats, Rows
from aptl3.storage.index.live import LiveIndex
from benchmarks import harness
from benchmarks.harness import Figure
from benchmarks.vectors import HELD

ROWS = 118_273
COLLECTIONS = (("easy", 384), ("hard", 384), ("easy", 1280), ("hard", 1280), ("crops", 1280))
RECALL, SLOW = 0.95, 20.0  # to reach: recall@10, ms at the 99th percentile
MEDIAN = {384: 8.0, 1280: 15.0}  # ms
HEAD = (
    "kind             effort  pictures: recall     p50     p99  words: recall     p50     p99  build s     MB first ms"
)


@dataclass(frozen=True)
class Collection:
    """Vectors in a folder, as ``vectors.py`` made them; ``rows`` lie in ``mapped``."""

    name: str
    mapped: mmap.mmap
    rows: NDArray[np.float16]
    held: Floats
    words: Floats
    tune: Floats


def load(folder: Path, name: str, dim: int) -> Collection:
    held, words, tune = (
        np.fromfile(folder / f"{part}.f32", "<f4").reshape(-1, dim) for part in ("held", "words", "tune")
    )
    with (folder / "rows.f16").open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    rows = np.frombuffer(mapped, "<f2").reshape(-1, dim)
    return Collection(f"{name} {len(rows)} × {dim}", mapped, rows, held, words, tune)


def make(folder: Path, name: str, rows: int, dim: int, library: Path | None) -> None:
    """Has a collection made in a process of its own, unless it stands there already."""
    if not (folder / "complete").exists():
        command = [sys.executable, str(Path(__file__).with_name("vectors.py")), name, str(folder)]
        command += ["--rows", str(rows), "--dim", str(dim)]
        subprocess.run(command + (["--library", str(library)] if library else []), check=True)


def ask_of(live: LiveIndex) -> Ask:
    def ask(direction: Floats, count: int) -> tuple[Rows, Floats]:
        found = live.search(direction, count)
        return found.rows, found.scores

    return ask


def in_memory(rows: NDArray[np.float16], centre: Centre) -> Ask:
    """What a plain numpy program does: all rows centred in memory as float32, one matrix product, one partition."""
    directions = np.concatenate(
        [centre.directions(np.asarray(rows[at : at + 8192], np.float32)) for at in range(0, len(rows), 8192)]
    )

    def ask(direction: Floats, count: int) -> tuple[Rows, Floats]:
        scores = directions @ direction
        chosen = np.argpartition(scores, len(scores) - count)[-count:]
        chosen = chosen[np.argsort(-scores[chosen])]
        return chosen, scores[chosen]

    return ask


class Bench:
    """One collection, its true answers, and a folder to build in."""

    def __init__(self, collection: Collection, file: Path, work: Path, threads: int) -> None:
        self.collection = collection
        self.file = file
        self.corpus = Corpus.whole(collection.rows.shape[1], [(1, collection.rows)])
        self.centre = Centre.of((block for _, block in self.corpus.blocks()), self.corpus.dim)
        alive = np.ones(len(self.corpus), bool)
        self.sample = take_sample(self.corpus, self.centre, alive, collection.tune)
        self.workshop = Workshop(self.corpus, self.centre, work, threads)
        self.questions = {
            "pictures": self._questions(self.centre.directions(collection.held)),
            "words": self._questions(collection.words),
        }
        self.true = {
            name: truth(
                ((start, self.centre.directions(block)) for start, block in self.corpus.blocks()), asked, alive=alive
            )
            for name, asked in self.questions.items()
        }

    @staticmethod
    def _questions(directions: Floats) -> Questions:
        return Questions(directions, np.full(len(directions), -1, np.int64))

    def row(self, name: str, ask: Ask, **more: Any) -> dict[str, Any]:
        each = {sort: figures(ask, asked, self.true[sort]) for sort, asked in self.questions.items()}
        return {"kind": name, **{sort: asdict(one) for sort, one in each.items()}, **more}

    def kind(self, name: str) -> dict[str, Any]:
        built = self.workshop.measure(name, self.sample)
        live = self._open(built)
        row = self.row(name, ask_of(live), effort=built.effort, seconds=built.seconds, megabytes=built.bytes / 1e6)
        del live
        row["first"] = self._first(built)
        return row

    def choice(self) -> dict[str, Any]:
        """What the program would choose, and why."""
        chosen, why = best(self.workshop, self.sample, None)
        return {"kind": chosen.kind, "why": why}

    def _open(self, built: Measured) -> LiveIndex:
        index = kind(built.kind).open(self.corpus, self.centre, built.files, built.effort)
        return LiveIndex(index, self.corpus, Corpus(self.corpus.dim, []), self.centre)

    def _first(self, built: Measured) -> float | None:
        """Milliseconds to open and answer once from a cold disk; None where the system cannot be made to forget."""
        if not hasattr(mmap, "MADV_DONTNEED") or not hasattr(os, "posix_fadvise"):
            return None
        self.collection.mapped.madvise(mmap.MADV_DONTNEED)  # pages that a process maps are not forgotten
        for path in (self.file, *built.files):
            with path.open("rb") as file:
                os.fsync(file.fileno())
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        began = time.perf_counter()
        self._open(built).search(self.questions["words"].directions[0], 10)
        return (time.perf_counter() - began) * 1000


def bench(folder: Path, name: str, dim: int, threads: int, kinds: list[str]) -> dict[str, Any]:
    collection = load(folder, name, dim)
    print(f"\n{collection.name}", flush=True)
    print(HEAD)
    with tempfile.TemporaryDirectory(dir=folder) as work:
        one = Bench(collection, folder / "rows.f16", Path(work), threads)
        rows = []
        for each in kinds:
            try:
                rows.append(one.kind(each))
            except KindUnavailable as error:
                print(f"{each:14} {error}")
                continue
            show(rows[-1])
        rows.append(one.row("numpy float32", in_memory(collection.rows, one.centre)))
        show(rows[-1])
        chosen = one.choice()
    held = next((row for row in rows if row["kind"] == chosen["kind"]), None)
    chosen["reached"] = held is not None and reached(held, dim)
    print(f"chosen: {chosen['why']}\nreached: {'yes' if chosen['reached'] else 'NO'}", flush=True)
    return {"collection": collection.name, "rows": rows, "chosen": chosen}


def reached(row: dict[str, Any], dim: int) -> bool:
    sorts = (row["pictures"], row["words"])
    median = MEDIAN.get(dim, MEDIAN[1280])
    return all(one["recall"] >= RECALL and one["median"] <= median and one["slow"] <= SLOW for one in sorts)


def show(row: dict[str, Any]) -> None:
    text = f"{row['kind']:14} {row.get('effort') or '':>8}"
    for sort, width in (("pictures", 18), ("words", 15)):
        one = row[sort]
        text += f"{one['recall']:{width}.4f} {one['median']:7.2f} {one['slow']:7.2f}"
    if "seconds" in row:
        text += f" {row['seconds']:8.1f} {row['megabytes']:6.0f}"
        text += f" {row['first']:8.0f}" if row["first"] is not None else ""
    print(text, flush=True)


def picture(axes: Any, results: Sequence[dict[str, Any]]) -> None:
    """Milliseconds a query of words: the median, and up to the 99th percentile."""
    asked = {
        f"{one['collection']}: {row['kind']}": Figure(
            row["words"]["median"], row["words"]["median"], row["words"]["slow"], HELD, "ms a query"
        )
        for one in results
        for row in one["rows"]
    }
    harness.bars(axes, asked, "Words: median, up to the 99th percentile")


def main(argv: Sequence[str] | None = None) -> None:
    parser = harness.parser(__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--only", action="append", metavar="COLLECTION", help="easy, hard or crops; as often as wanted")
    parser.add_argument("--dim", type=int, help="only collections of this width")
    parser.add_argument("--kinds", default=",".join(KINDS), help="as in flat,annoy")
    parser.add_argument("--library", type=Path, help="the vectors of this library instead")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="for building")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "aptl3-benchmark-search")
    options = harness.parse(parser, argv, rows=1500, only=["easy"], dim=384, kinds="flat,flat8")
    wanted = [each for each in COLLECTIONS if not options.only or each[0] in options.only]
    wanted = [each for each in wanted if options.dim in (None, each[1])]
    if options.library:
        from aptl3.storage.store import Store

        with Store.open(options.library) as store:
            wanted = [("library", max(store.models(), key=lambda model: model.vectors).dim)]
    results = []
    for name, dim in wanted:
        place = str(abs(hash(str(options.library)))) if options.library else str(options.rows)
        folder = options.work / f"{name}-{dim}-{place}"
        make(folder, name, options.rows, dim, options.library)
        results.append(bench(folder, name, dim, options.threads, options.kinds.split(",")))
    torch = "torch" in sys.modules
    print(f"\ntorch was {'' if torch else 'not '}imported")
    harness.keep(options.out, "search", {"results": results, "torch": torch}, lambda axes: picture(axes, results))


if __name__ == "__main__":
    main()
