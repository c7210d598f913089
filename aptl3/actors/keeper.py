"""The keeper: what is done for a library beside the files' way, started only when there is something to do.

Prepares models so that a search starts quickly, introduces those that are to be added, builds indexes from the
committed vectors and fits alignments. It changes nothing but files that no row names yet; the writer adds the rows.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aptl3.actors import requests as r
from aptl3.actors.proving import identity, open_model
from aptl3.actors.runtime.frames import FrameMemory
from aptl3.actors.runtime.spec import Refused
from aptl3.errors import Aptl3Error, BadArgument
from aptl3.models.registry import DEFAULTS
from aptl3.records.model import ModelRef
from aptl3.storage.store import Store


class Keeper:
    """Stage: ``KeeperTask`` → what the task's class says."""

    def __init__(self, root: Path, cache: Path, threads: int, *, memory: FrameMemory) -> None:
        del memory  # nothing here travels in frames
        self._root = root
        self._cache = cache
        self._threads = threads

    def run(self, batch: Sequence[r.KeeperTask]) -> list[Any]:
        return [self._one(task) for task in batch]

    def _one(self, task: r.KeeperTask) -> Any:
        try:
            match task:
                case r.Prepare():
                    return self._prepare(task.model)
                case r.BuildIndex():
                    return self._build(task.model)
                case r.Introduce():
                    return self._introduce(task)
                case r.Bootstrap():
                    return self._bootstrap(task)
                case r.Fit():
                    return self._fit(task)
        except Aptl3Error as error:
            return Refused(type(error).__name__, str(error))

    def _prepare(self, model: str) -> None:
        from aptl3.models.opening import prepare

        prepare(model, self._cache)

    def _build(self, model: str) -> str | None:
        from aptl3.fitting.indexing import build

        with Store.open(self._root) as store:
            record = build(store, model, threads=self._threads)
        return None if record is None else json.dumps(asdict(record))

    def _introduce(self, task: r.Introduce) -> tuple[r.Introduced, ...]:
        from aptl3.models.opening import fetch
        from aptl3.models.registry import resolve

        found = []
        for ref in [ModelRef(name, task.weights) for name in resolve(task.name)]:
            fetch(ref)
            with open_model(ref, self._threads, self._cache) as model:
                found.append(r.Introduced(model.spec, identity(model), task.weights))
        return tuple(found)

    def _bootstrap(self, task: r.Bootstrap) -> str | None:
        from aptl3.fitting.fit import bootstrap_alignment
        from aptl3.fitting.ways import best
        from aptl3.models.opening import unstored

        with Store.open(self._root) as store:
            text, image = (store.model(ref.name) or unstored(ref, self._cache) for ref in (task.text, task.image))
            if best(store, text, image) is not None:
                return None
            record = bootstrap_alignment(store, task.text, task.image, self._cache)
        return None if record is None else json.dumps(asdict(record))

    def _fit(self, task: r.Fit) -> str:
        from aptl3.fitting.fit import fit_alignment

        with Store.open(self._root) as store:
            known = {ref.name: ref for ref in store.active(DEFAULTS)}
            models = [_named(known, name) for name in task.models]
            record = fit_alignment(
                store, models, task.relation, cache=self._cache, recipe=task.recipe, name=task.name, limit=task.limit
            )
        return json.dumps(asdict(record))


def _named(known: dict[str, ModelRef], name: str) -> ModelRef:
    if name not in known:
        raise BadArgument(f"The library has no model {name!r}: use some of {', '.join(known)}.")
    return known[name]
