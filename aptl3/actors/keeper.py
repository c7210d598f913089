"""The keeper: what is done for a library beside the files' way, started only when there is something to do.

Prepares models so that a search starts quickly, and builds indexes from the committed vectors.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from aptl3.actors.messages import BuildIndex, Prepare
from aptl3.actors.runtime.frames import FrameMemory
from aptl3.actors.runtime.spec import Refused
from aptl3.errors import Aptl3Error


class Keeper:
    """Stage: ``Prepare`` → None, ``BuildIndex`` → an ``IndexRecord`` as JSON, or None without vectors."""

    def __init__(self, root: Path, cache: Path, threads: int, *, memory: FrameMemory) -> None:
        del memory  # nothing here travels in frames
        self._root = root
        self._cache = cache
        self._threads = threads

    def run(self, batch: Sequence[Prepare | BuildIndex]) -> list[str | Refused | None]:
        return [self._one(task) for task in batch]

    def _one(self, task: Prepare | BuildIndex) -> str | Refused | None:
        try:
            return self._prepare(task.model) if isinstance(task, Prepare) else self._build(task.model)
        except Aptl3Error as error:
            return Refused(type(error).__name__, str(error))

    def _prepare(self, model: str) -> None:
        from aptl3.models.opening import prepare

        prepare(model, self._cache)

    def _build(self, model: str) -> str | None:
        from aptl3.fitting.indexing import build
        from aptl3.storage.store import Store

        with Store.open(self._root) as store:
            record = build(store, model, threads=self._threads)
        return None if record is None else json.dumps(asdict(record))
