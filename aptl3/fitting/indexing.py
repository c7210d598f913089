"""Building the index of a model's vectors: what is built, what is measured, which kind answers.

An index must not cost recall silently. Kinds are built in a work folder, their effort is set so that recall@10 holds on
two thirds of a sample of the library's own vectors (and of words, where an alignment leads to the model), and the last
third, which had no say in it, gives the figures that are recorded. Words count by themselves: they come from far
outside of the pictures, where trees lead astray. While a scan of all rows answers fast enough, nothing else is built:
it leaves nothing out and costs seconds. Where even a scan of bytes could not, none is made.

Memory is bounded whatever the library's size: rows are read in blocks, and a kind that would need more memory or disk
than there is, is not built.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from aptl3.fitting.measuring import Figures, Questions, figures, truth
from aptl3.fitting.questions import everyday_words
from aptl3.records.index import IndexRecord
from aptl3.records.model import StoredModel
from aptl3.storage.index.base import kind
from aptl3.storage.index.centre import Centre
from aptl3.storage.index.corpus import Corpus, Floats, Rows
from aptl3.storage.index.files import publish, work_folder
from aptl3.storage.index.live import LiveIndex, Ranked
from aptl3.storage.store import Store

SMALL = 20_000  # vectors that any scan goes through in a millisecond or so
FAST = 8.0  # ms; a scan that answers within this is not replaced by a search that leaves rows out
AIM, HOLD = 0.98, 0.95  # recall@10 that the effort is set for, and the least that is taken where it cannot be had
WORTH = 0.7  # of the exact scan's time is the most that another kind may take
SAMPLE = 300  # of the library's own vectors
TIMED = 16  # of either sort are enough to time the exact scan, which takes a second for ten millions
GAIN = 0.2  # of the exact scan's time is the least that a scan of bytes takes
CHOICE = ("flat8", "ivf8")  # beside the exact scan; trees took hours for a million rows, and answered later
SEED = 7
ROOM = 1.2  # times the bytes that a kind says it needs


@dataclass(frozen=True)
class Measured:
    """One kind as built. ``figures`` are of the part of the sample that did not set ``effort``, the worst of pictures
    and words; ``holds`` is what the other part says: whether recall@10 is HOLD at least. ``seconds`` is what building
    took, ``bytes`` its size on the disk."""

    kind: str
    figures: Figures
    holds: bool = True
    effort: int = 0
    seconds: float = 0.0
    bytes: int = 0
    files: tuple[Path, ...] = ()

    def __str__(self) -> str:
        return f"{self.kind} {self.figures.recall:.3f} at {self.figures.median:.1f} ms"


@dataclass(frozen=True)
class Sample:
    """Groups of questions, each measured by itself, with their true scores; ``alive`` are the rows to be found."""

    groups: Sequence[tuple[Questions, Floats]]
    alive: npt.NDArray[np.bool_]

    def to_choose(self) -> Sample:
        """Two thirds of each group, which set the effort; of one or two questions, these."""
        return self._part(lambda numbers: numbers % 3 < 2)

    def to_report(self) -> Sample:
        """The others; of one or two questions, these again."""
        return self._part(lambda numbers: numbers % 3 == 2)

    def first(self, most: int) -> Sample:
        """At most so many questions of each group."""
        return replace(self, groups=[(q[:most], t[:most]) for q, t in self.groups])

    def _part(self, chosen: Callable[[Rows], npt.NDArray[np.bool_]]) -> Sample:
        parts = [chosen(np.arange(len(q))) if len(q) > 2 else np.ones(len(q), bool) for q, _ in self.groups]
        return replace(self, groups=[(q[part], t[part]) for (q, t), part in zip(self.groups, parts, strict=True)])


def build(
    store: Store,
    model: str,
    *,
    threads: int = 1,
    kinds: Sequence[str] | None = None,
    words: Callable[[StoredModel], Floats | None] = everyday_words,
) -> IndexRecord | None:
    """Builds and measures indexes over all committed vectors of ``model`` and leaves the chosen one's files in place.

    Returns the record to be stored with ``Checkpoint.add_index``; None when there are no vectors. ``kinds`` are built
    whatever the measurements say of others; the choice is free without them. ``words`` gives unit directions of words
    in the model's centred space, float32 (n, dim); it is called for libraries that are not small. Raises DiskFull,
    LibraryReadOnly.
    """
    stored = store.model(model)
    if stored is None:
        return None
    reader = store.vectors(model)
    segments = list(reader.segments)
    corpus = Corpus.whole(reader.dim, segments)
    alive = [store.media_of_segment(segment)[: len(rows)] >= 0 for segment, rows in segments]
    if not len(corpus) or not any(part.any() for part in alive):
        return None
    centre = Centre.of((block for _, block in corpus.blocks()), corpus.dim)
    keep = {name for record in store.indexes(model) for name in record.files}
    with work_folder(store.layout, model, keep) as work:
        mean = work / "index.mean"
        centre.mean.astype("<f4").tofile(mean)
        workshop = Workshop(corpus, centre, work, threads)
        small = kinds is None and len(corpus) < SMALL
        sample = take_sample(corpus, centre, np.concatenate(alive), None if small else words(stored))
        chosen, why = _small(workshop, sample) if small else best(workshop, sample, kinds)
        names = publish(store.layout, model, [mean, *chosen.files])
    unit = kind(chosen.kind).unit
    return IndexRecord(
        id=0,
        model=model,
        kind=chosen.kind,
        files=names,
        segments={segment: len(rows) for segment, rows in segments},
        settings={unit: chosen.effort} if unit else {},
        recall=chosen.figures.recall,
        milliseconds=chosen.figures.median,
        why=why,
    )


def choose(measured: Sequence[Measured]) -> Measured:
    """The fastest kind that holds its recall, if it is markedly faster than the exact scan, which is the first."""
    exact = measured[0]
    worth = [one for one in measured[1:] if one.holds and one.figures.quick <= WORTH * exact.figures.quick]
    return min(worth, key=lambda one: one.figures.quick, default=exact)


def take_sample(corpus: Corpus, centre: Centre, alive: npt.NDArray[np.bool_], words: Floats | None) -> Sample:
    """Some of the living rows as questions, and ``words`` if there are any, with their true answers."""
    living = np.flatnonzero(alive)
    chosen = np.sort(np.random.default_rng(SEED).choice(living, min(SAMPLE, len(living)), replace=False))
    directions = [centre.directions(corpus.take(chosen))]
    own = [chosen]
    if words is not None and len(words):
        directions.append(words)
        own.append(np.full(len(words), -1, np.int64))
    everything = Questions(np.concatenate(directions), np.concatenate(own))
    blocks = ((start, centre.directions(block)) for start, block in corpus.blocks())
    right = truth(blocks, everything, alive=alive)
    cut = len(chosen)
    groups = [(everything[:cut], right[:cut]), (everything[cut:], right[cut:])]
    return Sample([group for group in groups if len(group[1])], alive)


@dataclass(frozen=True)
class Workshop:
    """Builds kinds of index over ``corpus`` in the folder ``work`` with ``threads`` threads, and measures them."""

    corpus: Corpus
    centre: Centre
    work: Path
    threads: int

    def obstacle(self, name: str) -> str | None:
        """Why a kind cannot be built here; None when it can."""
        import psutil

        disk, memory = kind(name).bytes_needed(len(self.corpus), self.corpus.dim)
        if disk * ROOM > shutil.disk_usage(self.work).free:
            return f"{name} needs {disk / 1e9:.1f} GB of disk"
        if memory * ROOM > psutil.virtual_memory().available:
            return f"{name} needs {memory / 1e9:.1f} GB of memory"
        return None

    def measure(self, name: str, sample: Sample, at_most: float = float("inf")) -> Measured:
        """Builds one kind, sets its effort, and measures it. Efforts that take ``at_most`` ms or more are not gone
        beyond. Whether a kind holds is not asked of those questions that only report: by the luck of some a million
        vectors would be left to a scan of half a second (0.98 of the best ten for one half of a sample, 0.946 for the
        other)."""
        chosen = kind(name)
        began = time.perf_counter()
        files = chosen.build(self.corpus, self.centre, self.work / name, self.threads)
        seconds = time.perf_counter() - began
        index = chosen.open(self.corpus, self.centre, files, 0)
        live = LiveIndex(index, self.corpus, Corpus(self.corpus.dim, []), self.centre)
        holds = True
        for effort in index.efforts():
            index.effort = effort
            now = self._figures(live, sample.to_choose())
            holds = now.recall >= HOLD
            if now.recall >= AIM or now.quick >= at_most:
                break
        size = sum(path.stat().st_size for path in files)
        asked = sample.to_report()
        if not index.efforts():
            asked = asked.first(TIMED)
        return Measured(name, self._figures(live, asked), holds, index.effort, seconds, size, files)

    def _figures(self, live: LiveIndex, sample: Sample) -> Figures:
        def alive(found: Ranked) -> npt.NDArray[np.bool_]:
            shown: npt.NDArray[np.bool_] = sample.alive[self.corpus.numbers(found.segments, found.rows)]
            return shown

        def ask(direction: Floats, count: int) -> tuple[Rows, Floats]:
            found = live.search(direction, count, alive)
            return self.corpus.numbers(found.segments, found.rows), found.scores

        each = [figures(ask, questions, right) for questions, right in sample.groups]
        return Figures(
            min(one.recall for one in each),
            max(one.median for one in each),
            max(one.slow for one in each),
            max(one.quick for one in each),
        )


def _small(workshop: Workshop, sample: Sample) -> tuple[Measured, str]:
    exact = workshop.measure("flat", sample)
    return exact, f"{len(workshop.corpus)} vectors are few: comparing them all takes {exact.figures.median:.1f} ms"


def best(workshop: Workshop, sample: Sample, kinds: Sequence[str] | None) -> tuple[Measured, str]:
    """Measures what is worth it (or ``kinds``) and chooses; one line says why."""
    measured, notes = [workshop.measure("flat", sample)], []
    for name in CHOICE if kinds is None else kinds:
        if name == "flat":
            continue
        obstacle = (None if kinds else needless(name, measured)) or workshop.obstacle(name)
        if obstacle is not None:
            notes.append(obstacle)
            continue
        at_most = measured[0].figures.quick if kinds is None else float("inf")
        measured.append(workshop.measure(name, sample, at_most))
    chosen = choose(measured)
    others = [str(one) for one in measured if one is not chosen]
    return chosen, "; ".join([f"{chosen}, the fastest that was set to recall@10 ≥ {HOLD}", *others, *notes])


def needless(name: str, measured: Sequence[Measured]) -> str | None:
    """Why a kind is not worth building beside what is ``measured``, the exact scan first; None when it may be."""
    exact, fastest = measured[0], choose(measured)
    if name == "flat8":
        slow = GAIN * exact.figures.quick > FAST
        return f"a scan of bytes would take more than {FAST:g} ms" if slow else None
    return f"a scan within {FAST:g} ms needs no {name}" if fastest.figures.quick <= FAST else None
