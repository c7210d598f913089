"""``evaluate``: every pair of models of a library, every way between them, exactly and through trees, and how that
grows with the training pairs.

What is asked and what is right is held out (``trial``), what is searched is all that the library has of the target: the
same as what a user meets. Only stored vectors are used; a model is opened for the learning curves alone, which need the
texts of a classifier's classes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import numpy as np

from aptl3.alignment import file
from aptl3.errors import BadArgument, ModelUnavailable
from aptl3.fitting import ways
from aptl3.fitting.evaluation.bench import Bench, Progress, Step
from aptl3.fitting.evaluation.cell import Cell
from aptl3.fitting.evaluation.collection import Collection
from aptl3.fitting.evaluation.learning import curve_steps, curves
from aptl3.fitting.evaluation.report import Report
from aptl3.fitting.evaluation.trial import Pairs, Trial, trial
from aptl3.records.model import StoredModel
from aptl3.records.relation import Relation
from aptl3.storage.store import Store

LEAST = 2  # photographs: of one there is no interval
THROUGH_INDEX = 1_000  # queries
SEARCH_K = (500, 5_000, 50_000)


@dataclass(frozen=True)
class Plan:
    """What to measure. ``relation``: id or name, by default the one with the most pairs. ``models``: all that have
    vectors, by default. ``queries``: at most, for one direction; through an index the first ``THROUGH_INDEX`` of them,
    since they are asked one by one. ``trees`` and ``search_k`` span the grid of indexes, none of ``trees`` leaves it
    out; of ``search_k`` by default those of ``SEARCH_K`` that are less than the rows."""

    relation: int | str | None = None
    models: Sequence[str] = ()
    queries: int = 5_000
    trees: Sequence[int] = (10, 50)
    search_k: Sequence[int] = ()
    learning: bool = True
    anew: bool = False

    def efforts(self, rows: int) -> Sequence[int]:
        """The ``search_k`` for a collection of so many rows."""
        return self.search_k or [one for one in SEARCH_K if one < rows] or SEARCH_K[:1]


def evaluate(store: Store, plan: Plan, *, cache: Path, threads: int, progress: Progress) -> Report:
    """Measures what ``plan`` says, on the library's own held-out pairs.

    Raises BadArgument when there is nothing to judge by (no relation, too few photographs, unknown models); DiskFull.
    What one way lacks is a note of the report.
    """
    relation = _relation(store, plan.relation)
    pairs = Pairs.of(store, relation.id)
    held = len(np.unique(pairs.pictures[pairs.held]))
    if held < LEAST:
        raise BadArgument(
            f"Of the {relation.pictures} photographs of {relation.name!r} {held} are held out, too few to judge by: "
            "add captions of more photographs."
        )
    collections = [Collection.of(store, model) for model in _models(store, plan.models)]
    notes = _damaged(store)
    steps = []
    for source, target in sorted(permutations(collections, 2), key=_modalities):
        steps += _direction(store, trial(source, target, pairs, plan.queries), plan, notes)
    curve = curve_steps(store, relation, pairs, collections, cache) if plan.learning else []
    bench = Bench(store.layout, threads, progress, anew=plan.anew)
    outcomes = bench.run([*steps, *curve])
    return Report(
        relation,
        held,
        len(np.unique(pairs.pictures[pairs.training])),
        [one for one in outcomes if one.cell.pairs < 0],
        curves([one for one in outcomes if one.cell.pairs >= 0]),
        [*notes, *bench.notes],
    )


def _damaged(store: Store) -> list[str]:
    """What is to be said of alignments whose file cannot be read, which lead nowhere."""
    notes = []
    for record in store.alignments():
        try:
            file.about(store.layout.alignment(record.file))
        except ModelUnavailable as error:
            notes.append(f"{record.name}: {error}")
    return notes


def _modalities(two: tuple[Collection, Collection]) -> int:
    """Words that ask for pictures come first, then pictures that ask for words, then models of one modality."""
    order = [("text", "image"), ("image", "text"), ("image", "image"), ("text", "text")]
    return order.index((two[0].model.modality, two[1].model.modality))


def _direction(store: Store, asked: Trial, plan: Plan, notes: list[str]) -> list[Step]:
    """All steps between two models: by each way, exactly and over the grid of indexes."""
    source, target = asked.source.model, asked.target.model
    if len(np.unique(asked.clusters)) < LEAST:
        notes.append(f"{source.name} → {target.name}: nothing is held out that both have vectors of")
        return []
    steps = []
    grid = [(0, 0), *((trees, k) for trees in plan.trees for k in plan.efforts(asked.target.size))]
    names: Counter[str] = Counter()
    few = asked.first(THROUGH_INDEX)
    for way in ways.every(store, source, target):
        names[way.by] += 1
        name = (
            way.by if names[way.by] == 1 else f"{way.by} ({names[way.by]})"
        )  # whoever names an alignment may name it "shipped"
        for trees, search_k in grid:
            cell = Cell(source.name, target.name, name, trees, search_k)
            steps.append(Step(cell, few if trees else asked, way.map, way.key))
    if not steps:
        notes.append(f"{source.name} → {target.name}: no way leads there; fit one with `aptl3 align`")
    return steps


def _relation(store: Store, wanted: int | str | None) -> Relation:
    known = store.relations()
    if not known:
        raise BadArgument("The library has no captions to judge by: add some with `aptl3 relations add`.")
    if wanted is None:
        return max(known, key=lambda one: one.pairs)
    found = store.relation(wanted)
    if found is None:
        names = ", ".join(f"{one.id} ({one.name})" for one in known)
        raise BadArgument(f"There is no relation {wanted}: the library has {names}.")
    return found


def _models(store: Store, wanted: Sequence[str]) -> list[StoredModel]:
    known = {model.name: model for model in store.models() if model.vectors}
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise BadArgument(f"The library has no vectors of {unknown[0]}: it has those of {', '.join(known) or 'none'}.")
    chosen = [known[name] for name in dict.fromkeys(wanted)] or list(known.values())
    if len(chosen) < 2:
        raise BadArgument("An evaluation takes two models with vectors or more: `aptl3 models` lists those there are.")
    return chosen
