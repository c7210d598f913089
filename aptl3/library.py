"""The Python face of it all.

>>> from aptl3 import Library
>>> with Library(folder / "library") as library:
...     job = library.ingest(folder / "photographs")
...     hits = library.search("a cup of coffee", limit=3)
>>> job.state.value
'done'
>>> hits[0].rank, hits[0].path is not None
(1, True)

Owns nothing but open handles: reading goes to the store, writing to the library's supervisor, which is started when it
is needed and ends by itself. Guarantees: values are returned and errors raised (``aptl3.errors``), nothing is printed.
One ``Library`` belongs to one thread.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aptl3.config import cache_dir, data_dir, this_machine
from aptl3.errors import Aptl3Error, BadArgument, LibraryBusy, LibraryMissing, LibraryOlder, LibraryReadOnly
from aptl3.records.failure import Failure
from aptl3.records.index import IndexRecord
from aptl3.records.job import Job, JobState
from aptl3.records.media import DATA, place
from aptl3.records.query import Hit, Query
from aptl3.records.relation import AlignmentRecord, Caption, Related, Relation
from aptl3.records.tuning import KEY, Tuning, told
from aptl3.service.client import Client

if TYPE_CHECKING:
    from aptl3.fitting.evaluation.bench import Progress
    from aptl3.fitting.evaluation.evaluation import Plan
    from aptl3.fitting.evaluation.report import Report
    from aptl3.fitting.tuning.report import Report as Tuned
    from aptl3.search.searcher import Answering, Searcher
    from aptl3.storage.store import Store

BUILD_DEADLINE = 4 * 3600.0  # seconds for the indexes of a library of millions, or for a model to be fetched and tried
CAPTIONS = 1000  # in a request
REST = 60.0  # seconds for which an index that is being built is waited for
_Path = str | os.PathLike[str]
_Events = Callable[[Job], None] | None


class Library:
    """The library in ``root``: by default where ``APTL3_DATA_DIR`` says, else the platform's folder for user data.

    It need not exist yet: the first ingestion creates it, reading from one that is not there raises LibraryMissing.
    """

    def __init__(self, root: _Path | None = None) -> None:
        self.root: Path = data_dir(root)
        self._store: Store | None = None
        self._searcher: Searcher | None = None

    def __enter__(self) -> Library:
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

    # ---- ingestion

    def ingest(self, *paths: _Path, workers: str = "", events: _Events = None) -> Job:
        """Reads folders, files or ``data:,`` places (texts that lie in no file) and returns the job when it rests;
        ``events`` gets it a few times a second meanwhile.

        ``workers`` sets worker counts, as in ``"decoder=4,extractor=1"``. Files known and unchanged are not read.
        Raises BadArgument for a path that is not there; bad files raise nothing: they are in ``failures()``.
        """
        chosen = self._absolute(paths)
        with Client.start(self.root, workers, create=True) as client:
            return self._followed(client, client.ingest(chosen, workers), events)

    def fill(self, events: _Events = None) -> Job:
        """Computes what the library's media lack (vectors of its models, thumbnails), without listing any folder."""
        with Client.start(self.root) as client:
            return self._followed(client, client.ask("fill", within=BUILD_DEADLINE), events)

    def submit(self, *paths: _Path, workers: str = "") -> int:
        """Starts reading folders or files and returns the job's number at once; ``follow`` tells how it goes."""
        chosen = self._absolute(paths)
        with Client.start(self.root, workers, create=True) as client:
            return client.ingest(chosen, workers)

    def follow(self, job: int) -> Iterator[Job]:
        """The job as it is, a few times a second, until it rests."""
        with Client.start(self.root) as client:
            yield from map(Job.from_json, client.follow(job))

    def remove(self, *paths: _Path) -> dict[str, int]:
        """Takes what lies at or under these paths out of the library; returns counts of what went. Touches no file.
        ``data:,`` stands for all texts that lie in no file."""
        return self._ask("remove", paths=[place(path) for path in paths])

    def rebuild_indexes(self) -> list[IndexRecord]:
        """Builds and measures the indexes anew, and waits for them."""
        with Client.start(self.root) as client:
            client.ask("index", within=BUILD_DEADLINE)
        return self.indexes()

    # ---- models

    def models(self) -> list[dict[str, Any]]:
        """Every model that the library embeds with: "name", "modality", "dim", "space", "vectors", "indexed",
        "weights" (None: where its package or hub keeps them), "licence", "source"; "problem" says why it cannot be
        described here, else it is None."""
        from aptl3.models.registry import DEFAULT_IMAGE, DEFAULT_TEXT, get

        stored = {model.name: model for model in self.store.models()}
        found = []
        for ref in self.store.active((DEFAULT_IMAGE, DEFAULT_TEXT)):
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

    def add_model(self, name: str, weights: _Path | None = None, events: _Events = None) -> Job:
        """Adds a model, or both of a pair for pictures and texts, and returns the job that embeds with it what is in
        the library already. Searches go on meanwhile.

        ``weights``: a file or folder, in place of where the model's hub keeps them. Words are aligned to a picture
        model that has classes. Repeating it goes on where it was. Raises BadArgument for an unknown name,
        ModelUnavailable when the weights are not to be had, ModelMismatch when they fail the self-test or differ from
        those of the library's model of that name.
        """
        from aptl3.models.registry import resolve

        resolve(name)  # a slip of the pen begins no library
        where = None if weights is None else os.path.abspath(os.path.expanduser(weights))
        with Client.start(self.root, create=True) as client:
            number = client.ask("add_model", within=BUILD_DEADLINE, name=name, weights=where)
            return self._followed(client, number, events)

    def remove_model(self, name: str) -> dict[str, dict[str, int]]:
        """Takes out what ``add_model`` added by this name, with vectors, indexes and alignments; returns counts for
        each model. One of a pair goes alone by a name that means no other. BadArgument: the library has none such."""
        from aptl3.models.registry import DEFAULT_IMAGE, DEFAULT_TEXT, resolve

        there = [ref.name for ref in self.store.active((DEFAULT_IMAGE, DEFAULT_TEXT))]
        try:
            meant = resolve(name)
        except BadArgument:  # the package that it came from may be gone
            meant = []
        if name not in meant and name in there:
            meant = [name]
        chosen = [one for one in meant if one in there]
        if not chosen:
            raise BadArgument(f"The library has no model {name}: `aptl3 models` lists those it has.")
        return {one: self._ask("remove_model", name=one) for one in chosen}

    # ---- relations and alignments

    def relations(self) -> list[Relation]:
        """Which media mean the same."""
        return self.store.relations()

    def relate(self, name: str, captions: Iterable[Caption], source: str, events: _Events = None) -> Related:
        """Pairs photographs of the library with words, in the relation ``name``, which begins with its first pair, and
        has the words embedded.

        ``source`` says where the captions come from, for people. Captions of photographs that the library does not
        have are counted as missing. May be repeated; it goes on where it was. Raises BadArgument, before any is stored,
        for captions that are empty, longer than 8,000 bytes or no text.
        """
        given = [Caption(os.path.abspath(path), text) for path, text in captions]
        for caption in given:
            caption.content()
        left = iter(given)
        total = Related()
        with Client.start(self.root) as client:
            while part := list(islice(left, CAPTIONS)):
                done = Related(**client.ask("relate", name=name, source=source, captions=part))
                total = Related(total.pairs + done.pairs, total.known + done.known, total.missing + done.missing)
        if total.pairs or total.known:
            job = self.fill(events)
            if job.error is not None:
                raise Aptl3Error(job.error)
        return total

    def remove_relation(self, relation: str | int) -> dict[str, int]:
        """Takes a relation, by name or number, out with the texts that belong to nothing else; returns counts."""
        return self._ask("remove_relation", relation=self._relation(relation))

    def alignments(self) -> list[AlignmentRecord]:
        """Maps between models, newest first."""
        return self.store.alignments()

    def align(
        self,
        models: Sequence[str] = (),
        relation: str | int | None = None,
        recipe: str = "joined",
        name: str | None = None,
        limit: int | None = None,
    ) -> AlignmentRecord:
        """Fits an alignment of models (none given: all that there are vectors of) on the training pairs of a relation.

        ``recipe``: "joined" (pairs and classes), "pairs" or "bootstrap" (classes only); ``limit``: photographs at most.
        Raises BadArgument for unknown models or relations and for too few pairs.
        """
        wanted = None if relation is None else self._relation(relation)
        with Client.start(self.root) as client:
            number = client.ask(
                "align",
                within=BUILD_DEADLINE,
                models=list(models),
                relation=wanted,
                recipe=recipe,
                name=name,
                limit=limit,
            )
        return next(record for record in self.alignments() if record.id == number)

    def remove_alignment(self, alignment: int) -> None:
        """Takes an alignment out, with its file."""
        self._ask("remove_alignment", alignment=alignment)

    # ---- reading

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
        jobs = jobs if supervisor else [resting(job) for job in jobs]
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
            return [resting(job) for job in jobs]
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

    # ---- tuning

    def tune(
        self,
        *paths: _Path,
        cores: int | None = None,
        share: float | None = None,
        progress: Callable[[float, str], None] | None = None,
    ) -> Tuned:
        """Measures on a sample of these files and folders (none given: of those that the library knows) how it is
        ingested best on this machine, and keeps the settings. Takes most of a minute, and all of the machine.

        ``cores`` or ``share`` (0 to 1) say how much of the machine may be used, then and from now on; ``progress`` is
        told the share of the way that is behind, and what is being done. Changes nothing of the library but the
        settings; where there is no library yet, one is created to hold them. Raises BadArgument for a sample that is
        too small, LibraryBusy while a job is under way.
        """
        from aptl3.fitting.tuning.choice import limited
        from aptl3.fitting.tuning.process import measure
        from aptl3.fitting.tuning.sample import choose

        machine = this_machine()
        usable = limited(machine, cores, share)
        chosen = self._absolute(paths) if paths else []
        self._come_to_rest()
        if not os.access(next(one for one in (self.root, *self.root.parents) if one.exists()), os.W_OK):
            raise LibraryReadOnly(f"The library in {self.root} may only be read: settings cannot be kept in it.")
        files = choose(None if chosen else self.store, chosen)
        report = measure(self.root, files, machine, usable, progress or (lambda share, what: None))
        self._keep(report.tuning)
        return report

    def tuning(self) -> Tuning | None:
        """What ``tune`` has kept, on this machine or another; None when nothing is kept."""
        return Tuning.decode(self.store.setting(KEY))

    def forget_tuning(self) -> bool:
        """Drops what ``tune`` has kept, so that the machine's defaults serve; whether there was anything."""
        kept = self.store.setting(KEY) is not None
        if kept:
            self._keep(None)
        return kept

    def _keep(self, tuning: Tuning | None) -> None:
        with Client.start(self.root, create=tuning is not None) as client:
            client.ask("tuning", tuning=None if tuning is None else tuning.encode())

    def _come_to_rest(self) -> None:
        """Waits for an index that is being built. LibraryBusy: there is more under way than that."""
        client = Client.running(self.root)
        if client is None:
            return
        end = time.monotonic() + REST
        with client:
            while (status := client.ask("status"))["jobs"] or status["stages"]["keeper"]["workers"]:
                if status["jobs"] or time.monotonic() > end:
                    raise LibraryBusy(
                        "The library is being worked on, and measuring wants a quiet machine: wait for it."
                    )
                time.sleep(0.1)

    # ---- the whole library

    def verify(self) -> list[str]:
        """Checks the whole store; returns what is wrong, nothing when it is sound."""
        from aptl3.storage.verify import verify

        return verify(self.root)

    def backup(self, target: _Path) -> None:
        """Copies the library to a new folder, consistently, also while a job runs."""
        from aptl3.storage.backup import backup

        backup(self.root, Path(target))

    def _ask(self, do: str, **details: Any) -> dict[str, int]:
        """Counts of what became of it."""
        with Client.start(self.root) as client:
            return dict(client.ask(do, within=BUILD_DEADLINE, **details) or {})

    def _followed(self, client: Client, number: int, events: _Events) -> Job:
        """The job when it rests."""
        try:
            for document in client.follow(number):
                job = Job.from_json(document)
                if events is not None:
                    events(job)
        except KeyboardInterrupt:  # the job stays resumable, as it does on the command line
            client.tell("interrupt", job=number)
            raise
        return job

    def _relation(self, given: str | int) -> int:
        """The number of a relation that is given by name or number."""
        known = self.store.relation(given)
        if known is None:
            raise BadArgument(f"There is no relation {given!r}: `aptl3 relations` lists them.")
        return known.id

    def _absolute(self, paths: Sequence[_Path]) -> list[str]:
        if not paths or "" in paths:
            raise BadArgument("Say what to ingest: folders or files.")
        absolute = [place(path) for path in paths]
        for path in absolute:
            if not path.startswith(DATA) and not os.path.lexists(path):
                raise BadArgument(f"{path} does not exist.")
        return absolute


def resting(job: Job) -> Job:
    """A job as it is when no supervisor runs."""
    under_way = job.state in (JobState.RUNNING, JobState.QUEUED)
    return replace(job, state=JobState.INTERRUPTED) if under_way else job
