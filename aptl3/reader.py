"""What may be asked of a library: its media, its models, how it is.

Owns the open handles. Guarantees: nothing of what a library knows is changed, and no supervisor is started, so that a
library that may only be read can be asked all of this; but for one that an older aptl3 has written, which its
supervisor brings up to date first.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aptl3.config import cache_dir, data_dir, this_machine
from aptl3.errors import Aptl3Error, BadArgument, LibraryMissing, LibraryOlder
from aptl3.records.failure import Failure
from aptl3.records.index import IndexRecord
from aptl3.records.job import Job
from aptl3.records.media import place
from aptl3.records.model import ModelRef
from aptl3.records.query import Hit, Query
from aptl3.records.relation import AlignmentRecord, Relation
from aptl3.records.tuning import KEY, Tuning, told
from aptl3.service.client import Client

if TYPE_CHECKING:
    from typing_extensions import Self

    from aptl3.fitting.evaluation.bench import Progress
    from aptl3.fitting.evaluation.evaluation import Plan
    from aptl3.fitting.evaluation.report import Report
    from aptl3.fitting.quantizing import Quantizing
    from aptl3.search.searcher import Answering, Searcher
    from aptl3.storage.store import Store


class Reader:
    """The library in ``root``, of which everything is opened when it is needed; see ``Library``."""

    def __init__(self, root: str | os.PathLike[str] | None = None) -> None:
        self.root: Path = data_dir(root)
        self._store: Store | None = None
        self._searcher: Searcher | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of files and models. A supervisor that works on a job goes on with it."""
        if self._searcher is not None:
            self._searcher.close()
        if self._store is not None:
            self._store.close()
        self._store = self._searcher = None

    # ---- media

    @property
    def store(self) -> Store:
        """The store, for reading. A library of an older aptl3 is brought up to date first, by its supervisor."""
        if self._store is None:
            from aptl3.storage.store import Store

            try:
                self._store = Store.open(self.root)
            except LibraryOlder:
                Client.start(self.root).close()
                self._store = Store.open(self.root)
        return self._store

    def search(
        self,
        *query: str | int | os.PathLike[str],
        like: Sequence[str | int | os.PathLike[str]] = (),
        unlike: Sequence[str | int | os.PathLike[str]] = (),
        limit: int = 20,
        modality: str = "image",
    ) -> list[Hit]:
        """What matches all of the query best, best first: photographs, or by ``modality`` "text" or "any".

        Each part is words, a path, a URL or a media id; ``like`` and ``unlike`` take a weight before it, as in
        ``"0.5:photo.jpg"``. Raises BadArgument for a query that makes no sense, ModelUnavailable when no model can
        embed it.
        """
        from aptl3.search.query import parse

        return self.searcher.search(Query(parse(query, like, unlike), limit, modality=modality))

    @property
    def searcher(self) -> Searcher:
        if self._searcher is None:
            from aptl3.search.searcher import Searcher

            self._searcher = Searcher(self.store, cache_dir())
        return self._searcher

    # ---- what there is

    def status(self) -> dict[str, Any]:
        """What the library holds and what is going on; ``supervisor`` is None when none runs."""
        try:
            counts, models, jobs = self.store.counts(), self.store.models(), self.store.jobs()
            kept = self.store.setting(KEY)
        except LibraryMissing:
            return {
                "media": 0,
                "texts": 0,
                "locations": 0,
                "thumbnails": 0,
                "failures": 0,
                "models": [],
                "tuned": None,
                "jobs": [],
                "supervisor": None,
            }
        client = Client.running(self.root)
        supervisor = None
        if client is not None:
            with client:
                supervisor = client.ask("status")
        active = {job["job"]: job for job in supervisor["jobs"]} if supervisor else {}
        jobs = jobs if supervisor else [job.unattended() for job in jobs]
        return {
            "media": counts.media,
            "texts": counts.texts,
            "locations": counts.locations,
            "thumbnails": counts.thumbnails,
            "failures": counts.failures,
            "models": [
                {"name": model.name, "dim": model.dim, "vectors": model.vectors, "indexed": model.indexed}
                for model in models
            ],
            "tuned": None if kept is None else told(kept, this_machine()),
            "jobs": [active.get(job.id) or job.as_json() for job in jobs],
            "supervisor": supervisor,
        }

    def jobs(self) -> list[Job]:
        """All jobs, as last committed. Those that no supervisor works on any more are interrupted."""
        jobs = self.store.jobs()
        client = Client.running(self.root)
        if client is None:
            return [job.unattended() for job in jobs]
        client.close()
        return jobs

    def failures(self) -> list[Failure]:
        """Files that gave no picture, with stage, reason and attempts."""
        return list(self.store.failures())

    def indexes(self) -> list[IndexRecord]:
        """The index that answers for each model that has one."""
        return [records[0] for model in self.store.models() if (records := self.store.indexes(model.name))]

    def answering(self) -> list[Answering]:
        """Which kind of index answers for each model with vectors, why, and what is wrong with it if anything is."""
        return self.searcher.answering()

    def models(self) -> list[dict[str, Any]]:
        """Every model that the library embeds with: "name", "modality", "dim", "space", "vectors", "indexed",
        "weights" (None: where its package or hub keeps them), "licence", "source"; "problem" says why it cannot be
        described here, else it is None."""
        from aptl3.models.registry import DEFAULTS, get

        stored = {model.name: model for model in self.store.models()}
        found = []
        for ref in self.store.active(DEFAULTS):
            row = {**dict.fromkeys(("modality", "dim", "space", "licence", "source", "problem")), **ref._asdict()}
            try:
                spec = get(ref)
            except Aptl3Error as error:
                row["problem"] = str(error)
            else:
                row.update((key, getattr(spec, key)) for key in ("modality", "dim", "space", "licence", "source"))
            model = stored.get(ref.name)
            if model is not None:
                row.update(modality=model.modality, dim=model.dim, space=model.space)
            row["vectors"], row["indexed"] = (model.vectors, model.indexed) if model is not None else (0, 0)
            found.append(row)
        return found

    def relations(self) -> list[Relation]:
        """Which media mean the same."""
        return self.store.relations()

    def alignments(self) -> list[AlignmentRecord]:
        """Maps between models, newest first."""
        return self.store.alignments()

    def tuning(self) -> Tuning | None:
        """What ``tune`` has kept, on this machine or another; None when nothing is kept."""
        return Tuning.decode(self.store.setting(KEY))

    # ---- the whole library

    def evaluate(self, plan: Plan | None = None, progress: Progress | None = None) -> Report:
        """Measures every way between the library's models on its held-out captions (``fitting.evaluation``).

        ``progress`` is told (steps done, steps in all, what is being measured). What is measured is kept, so that an
        interrupted call goes on where it was. Raises BadArgument when there is nothing to judge by.
        """
        from aptl3.fitting.evaluation.evaluation import Plan, evaluate

        return evaluate(
            self.store,
            plan or Plan(),
            cache=cache_dir(),
            threads=this_machine().cores,
            progress=progress or (lambda done, total, what: None),
        )

    def quantize(
        self,
        out: str | os.PathLike[str],
        *paths: str | os.PathLike[str],
        model: str | None = None,
        progress: Callable[[float, str], None] | None = None,
    ) -> Quantizing:
        """Writes a picture model in int8 to the folder ``out``, calibrated on photographs in ``paths`` (none given: on
        what the library knows), and measures on others what that costs. ``add_model`` with ``weights=out`` uses it.

        ``model``: its name, by default the default picture model's; as the library has it, with its weights, if it
        does. ``progress`` is told the share of the way that is behind, and what is being done. Raises BadArgument for
        too few photographs, a model that can't be quantized, or something in ``out`` already; ModelUnavailable when a
        package or weights are missing; ModelMismatch when it fails its self-test in int8; LibraryMissing when there is
        no library and no ``paths``; OSError when ``out`` can't be written.
        """
        from aptl3.fitting.quantizing import measure
        from aptl3.models.registry import DEFAULT_IMAGE, resolve

        if "" in paths:
            raise BadArgument("One of the paths is empty: is a variable not set?")
        store: Store | None = None
        try:
            store = self.store
        except LibraryMissing:
            if not paths:
                raise
        chosen = resolve(model)[0] if model else DEFAULT_IMAGE
        known = None if store is None else store.model(chosen)
        return measure(
            store,
            [place(path) for path in paths],
            ModelRef(chosen) if known is None else known.ref,
            Path(out).expanduser().absolute(),
            cache=cache_dir(),
            progress=progress or (lambda share, what: None),
        )

    def verify(self) -> list[str]:
        """Checks the whole store; returns what is wrong, nothing when it is sound."""
        from aptl3.storage.verify import verify

        return verify(self.root)

    def backup(self, target: str | os.PathLike[str]) -> None:
        """Copies the library to a new folder, consistently, also while a job runs."""
        from aptl3.storage.backup import backup

        backup(self.root, Path(target))
