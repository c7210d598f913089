"""Steps of an evaluation, measured one after another; what is kept already is not measured again.

Guarantees: each outcome is kept as soon as it is there, so that an interruption costs one step at most. A forest is
built once for all the steps through it, and only when one of them is lacking.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
import numpy.typing as npt
import xxhash

from aptl3.errors import BadArgument, ModelUnavailable
from aptl3.fitting.evaluation.cell import Cell, Outcome
from aptl3.fitting.evaluation.forest import forest, ranks_through
from aptl3.fitting.evaluation.kept import Kept
from aptl3.fitting.evaluation.ranking import Floats, Tick, exact_ranks, pair_angles, true_scores
from aptl3.fitting.evaluation.trial import Trial
from aptl3.storage.index.annoy import AnnoyIndex
from aptl3.storage.index.files import scratch_folder
from aptl3.storage.layout import Layout

Progress = Callable[[float, int, str], None]  # steps done (with parts of one), steps in all, what is being measured

_MEASURED_BY = 1  # goes up when the same step would give another outcome


@dataclass(frozen=True)
class Step:
    """One cell to be measured. ``map`` takes the trial's vectors to unit directions in the target's centred space;
    ``way`` tells it from every other map."""

    cell: Cell
    trial: Trial
    map: Callable[[npt.ArrayLike], Floats]
    way: str

    @property
    def key(self) -> str:
        """Names all that the outcome depends on."""
        parts = [_MEASURED_BY, self.trial.digest, self.way, self.cell.trees, self.cell.search_k]
        return xxhash.xxh3_128_hexdigest(json.dumps(parts).encode())

    def measure(self, index: AnnoyIndex | None, tick: Tick) -> Outcome:
        """Through ``index``, or exactly where there is none. Raises BadArgument for a map that gives no numbers."""
        trial, target = self.trial, self.trial.target
        queries = self.map(trial.vectors())
        if not np.isfinite(queries).all():
            raise BadArgument(f"The way by {self.cell.way} gives values that are not finite: delete that alignment.")
        scores = true_scores(queries, trial.truth, target.directions)
        angles = pair_angles(scores, trial.truth, len(queries))
        if index is None:
            ranks = exact_ranks(queries, target.blocks(), trial.truth, scores, target.alive, tick)
            return Outcome(self.cell, target.size, ranks, trial.clusters, angles, trial.answers)
        index.effort = self.cell.search_k
        ranks, took = ranks_through(index, target, queries, trial.truth, tick)
        return Outcome(self.cell, target.size, ranks, trial.clusters, angles, trial.answers, float(np.median(took)))


class Bench:
    """Measures steps. ``threads`` build forests; ``anew``: nothing that is kept is believed."""

    def __init__(self, layout: Layout, threads: int, progress: Progress, *, anew: bool = False) -> None:
        kept = Kept(layout)
        self._kept = kept if kept.prepare() else None
        self._layout = layout
        self._threads = threads
        self._progress = progress
        self._anew = anew
        self.notes: list[str] = []

    def run(self, steps: Sequence[Step]) -> list[Outcome]:
        """The outcome of each step, in their order, without those whose model is not to be had, which is noted. Raises
        BadArgument, DiskFull."""
        found = {step.cell: outcome for step in steps if (outcome := self._known(step)) is not None}
        lacking = [step for step in steps if step.cell not in found]
        exact = [step for step in lacking if not step.cell.trees]
        through = sorted((step for step in lacking if step.cell.trees), key=_forest)
        for step in exact:
            try:
                found[step.cell] = self._measured(step, None, len(found), len(steps))
            except ModelUnavailable as error:
                self.notes += [note for note in [str(error)] if note not in self.notes]
        with self._scratch() if through else contextlib.nullcontext(Path()) as folder:
            for (target, trees), group in groupby(through, key=_forest):
                members = list(group)
                self._progress(len(found), len(steps), f"building {trees} trees over {target}")
                with forest(members[0].trial.target, trees, folder, self._threads) as index:
                    for step in members:
                        found[step.cell] = self._measured(step, index, len(found), len(steps))
        self._progress(len(steps), len(steps), "")
        return [found[step.cell] for step in steps if step.cell in found]

    def _known(self, step: Step) -> Outcome | None:
        return None if self._kept is None or self._anew else self._kept.get(step.key, step.cell)

    def _measured(self, step: Step, index: AnnoyIndex | None, done: int, all: int) -> Outcome:
        what = str(step.cell)
        self._progress(done, all, what)
        outcome = step.measure(index, lambda share: self._progress(done + share, all, what))
        if self._kept is not None:
            self._kept.put(step.key, outcome)
        return outcome

    @contextlib.contextmanager
    def _scratch(self) -> Iterator[Path]:
        """A folder for forests: beside what is kept, where there is room for a library; else the system's."""
        if self._kept is not None:
            with scratch_folder(self._layout, self._kept.folder) as folder:
                yield folder
        else:
            with tempfile.TemporaryDirectory(prefix="aptl3-evaluation-") as name:
                yield Path(name)


def _forest(step: Step) -> tuple[str, int]:
    return step.cell.target, step.cell.trees
