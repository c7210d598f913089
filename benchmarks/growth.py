"""Does it stay as fast when a library grows?

    python benchmarks/growth.py [--sizes 1000,10000,100000,1000000] [--photographs 300] [--work FOLDER]

For each size a library is made by ``scripts/make_library.py`` (its thumbnails small ones, so that a million take 6 GB),
with a file for each of its items: sparse ones, of the size and date that the catalog knows. Then, in turns, the same
new photographs are ingested into each of them: the job's rate, what the writer works for a file, and the memory of all
processes (PSS). Once for each size: a job over all files, none of which has changed; the building of the index, with
its choice; and in a process of its own fifty questions in words, asked of the whole library, with the memory of that
process, and what it has mapped of the library's files, which is the page cache's.

Then collections of vectors of that size, 384 and 1280 wide (``vectors.py``, the one that is hard to divide): the index
that the program chooses, recall@10 against exact search, and what an answer takes, of questions that are not in it and
of words. Prints tables; writes JSON and a picture. ``--work`` keeps what was made for the next time.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if not __package__:  # run as a file: then the checkout is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import psutil

from aptl3.fitting.questions import QUESTIONS
from aptl3.library import Library
from aptl3.service.client import Client
from aptl3.storage.writer import Writer
from benchmarks import jobs, photos
from benchmarks.harness import Figure, headline, interleaved, keep, parse, parser, ratio, table
from benchmarks.machine import PeakMemory, describe, pss
from benchmarks.searched import Searched, searched
from scripts.make_library import Maker, add_index

SIZES = "1000,10000,100000,1000000"
WARM_UP = 16  # photographs before those that count
SIDE = 32  # pixels of the thumbnails of what is only there
ASKED = 50  # questions
DIMS = (384, 1280)


@dataclass(frozen=True)
class Ingested:
    """One job: files/s, ms that the writer worked for a file, MB of all processes at the peak."""

    rate: float
    commit: float
    memory: float


class Grown:
    """A library of ``count`` items in ``work``, with their files. ``indexing`` are the seconds that its index took."""

    def __init__(self, work: Path, count: int) -> None:
        self.count = count
        self.root = work / f"library-{count}"
        self.home = work / f"files-{count}"
        made = work / f"made-{count}.json"
        if not made.exists():
            made.write_text(json.dumps(self._make()))
        self.indexing: float = json.loads(made.read_text())

    def _make(self) -> float:
        with Writer.open(self.root) as writer:
            maker = Maker(writer, self.count, 1, os.fspath(self.home), SIDE)
            for _ in maker.run():
                pass
            began = time.perf_counter()
            add_index(writer)
            seconds = time.perf_counter() - began
        for folder, entries in maker.files():
            Path(folder).mkdir(parents=True)
            for entry in entries:
                path = os.path.join(folder, entry.name)
                with open(path, "wb") as file:
                    file.truncate(entry.state.size)
                os.utime(path, ns=(entry.state.mtime_ns, entry.state.mtime_ns))
        return seconds

    def ingest(self, warm_up: Path, folder: Path) -> Ingested:
        with Library(self.root) as library, Client.start(self.root) as client, PeakMemory() as memory:
            memory.roots.add(client.pid)
            library.ingest(warm_up)
            before = client.ask("status")["stages"]["writer"]["busy_seconds"]
            job = library.ingest(folder)
            worked = client.ask("status")["stages"]["writer"]["busy_seconds"] - before
        jobs.stop(self.root)
        assert job.counts.failed == 0, "photographs of our own"
        return Ingested(job.counts.added / job.seconds, 1000 * worked / job.counts.added, memory.peak / 1e6)

    def rescan(self) -> float:
        """Seconds of a job over all files."""
        with Library(self.root) as library:
            job = library.ingest(self.home)
        jobs.stop(self.root)
        assert (job.counts.unchanged, job.counts.found) == (self.count, 0), job
        return job.seconds

    def ask(self) -> dict[str, Any]:
        """What ``asked`` gives, in a process of its own."""
        call = [sys.executable, __file__, "--ask", str(self.root)]
        return dict(json.loads(subprocess.run(call, check=True, capture_output=True, text=True).stdout))


def asked(root: Path) -> dict[str, Any]:
    """Milliseconds of the first question and of others, the kind of index, MB of this process and of the library's
    files in it."""
    with Library(root) as library:
        spent = []
        for words in QUESTIONS[: ASKED + 1]:
            began = time.perf_counter()
            library.search(words, limit=50)
            spent.append(1000 * (time.perf_counter() - began))
        kind = library.answering()[0].kind
    maps = psutil.Process().memory_maps()
    mapped = sum(one.pss for one in maps if Path(one.path).is_relative_to(root))
    median, slow = np.quantile(spent[1:], (0.5, 0.99))
    memory = (pss(os.getpid()) - mapped) / 1e6
    return {
        "first": spent[0], "median": median, "slow": slow, "kind": kind, "memory": memory, "mapped": mapped / 1e6
    }  # fmt: skip


def rates(libraries: Sequence[Grown], rounds: int, count: int) -> dict[int, list[Ingested]]:
    """What each round gave, by the library's size. The photographs are others each time that this is called."""
    seed = time.time_ns() % 2**40
    with tempfile.TemporaryDirectory(prefix="aptl3-growth-") as made:
        folders = [(Path(made) / f"warm-up-{number}", Path(made) / f"new-{number}") for number in range(rounds)]
        for number, (warm_up, counted) in enumerate(folders):
            photos.make(warm_up, WARM_UP, seed + 2 * number)
            photos.make(counted, count, seed + 2 * number + 1)

        def way(library: Grown) -> Callable[[], Ingested]:
            turns = iter(folders)
            return lambda: library.ingest(*next(turns))

        given = interleaved({str(one.count): way(one) for one in libraries}, rounds)
    return {int(size): runs for size, runs in given.items()}


def library_table(libraries: Sequence[Grown], runs: Mapping[int, list[Ingested]]) -> tuple[str, list[dict[str, Any]]]:
    """The table of the libraries, and its rows as they are kept."""
    first = [one.rate for one in runs[libraries[0].count]]
    rows = []
    for one in libraries:
        mine = runs[one.count]
        rows.append(
            {
                "items": one.count,
                "rate": Figure.of([run.rate for run in mine], "files/s"),
                "of the first": ratio([run.rate for run in mine], first),
                "commit": Figure.of([run.commit for run in mine], "ms"),
                "memory": Figure.of([run.memory for run in mine], "MB"),
                "rescan": one.rescan(),
                "index": one.indexing,
                **{f"search {name}": value for name, value in one.ask().items()},
            }
        )
    head = ("items", "files/s", "× first", "commit ms", "MB", "rescan s", "files/s ", "index s", "kind", "search ms")
    cells = [
        (
            f"{row['items']:,}", row["rate"], f"{row['of the first'].median:.3f}", row["commit"], row["memory"],
            row["rescan"], f"{row['items'] / row['rescan']:,.0f}", row["index"], row["search kind"],
            row["search median"], row["search slow"], row["search first"], row["search memory"], row["search mapped"],
        )
        for row in rows
    ]  # fmt: skip
    return table((*head, "p99", "first", "MB ", "+ mapped"), cells), rows


def vector_table(found: Sequence[Searched]) -> str:
    head = ("vectors", "kind", "index s", "index MB", "pictures: recall", "ms", "p99", "words: recall", "ms", "p99")
    return table(
        head,
        [
            (
                f"{one.rows:,} × {one.dim}", one.kind, one.seconds, one.megabytes,
                f"{one.pictures.recall:.3f}", one.pictures.median, one.pictures.slow,
                f"{one.words.recall:.3f}", one.words.median, one.words.slow,
            )
            for one in found
        ],
    )  # fmt: skip


def draw(axes: Any, rows: Sequence[dict[str, Any]]) -> None:
    sizes = [row["items"] for row in rows]
    axes.semilogx(sizes, [row["rate"].median for row in rows], "o-", label="files/s")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("items in the library")
    axes.set_ylabel("files/s")
    late = axes.twinx()
    late.semilogx(sizes, [row["search median"] for row in rows], "s--", color="C1")
    late.set_ylim(bottom=0)
    late.set_ylabel("ms for an answer to words (dashed)")


def main(argv: Sequence[str] | None = None) -> None:
    made = parser(__doc__, rounds=3)
    made.add_argument("--sizes", default=SIZES, help=f"of the libraries ({SIZES})")
    made.add_argument("--photographs", type=int, default=300, help="that are ingested in a round (300)")
    made.add_argument("--work", type=Path, help="keeps libraries and collections for the next time")
    made.add_argument("--only", choices=("libraries", "vectors"), help="the one table")
    made.add_argument("--ask", type=Path, help=argparse.SUPPRESS)
    options = parse(made, argv, sizes="40", photographs=4)
    if options.ask:
        print(json.dumps(asked(options.ask)))
        return
    sizes = [int(size) for size in options.sizes.split(",")]
    print(headline(describe()), flush=True)
    with tempfile.TemporaryDirectory(prefix="aptl3-growth-") as passing:
        work = options.work or Path(passing)
        work.mkdir(parents=True, exist_ok=True)
        document: dict[str, Any] = {}
        rows: list[dict[str, Any]] = []
        if options.only != "vectors":
            libraries = [Grown(work, size) for size in sizes]
            text, rows = library_table(libraries, rates(libraries, options.rounds, options.photographs))
            print(f"\n{text}", flush=True)
            document["libraries"] = rows
        if options.only != "libraries":
            document["vectors"] = [searched(work, size, dim) for dim in DIMS for size in sizes]
            print(f"\n{vector_table(document['vectors'])}")
    keep(options.out, "growth", document, (lambda axes: draw(axes, rows)) if rows else None)


if __name__ == "__main__":
    main()
