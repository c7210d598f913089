"""The Python face of it all.

>>> from aptl3 import Library
>>> with Library(folder / "library") as library:
...     job = library.ingest(folder / "photographs")
...     hits = library.search("a cup of coffee", limit=3)
>>> job.state.value
'done'
>>> hits[0].rank, hits[0].path is not None
(1, True)

Here is what changes a library: all of it is asked of the library's supervisor, which is started when it is needed and
ends by itself. What reads one goes to the store, and is inherited from ``reader.py``. Guarantees: values are returned
and errors raised (``aptl3.errors``), nothing is printed. One ``Library`` belongs to one thread.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from aptl3.config import this_machine
from aptl3.errors import Aptl3Error, BadArgument, LibraryBusy, LibraryReadOnly
from aptl3.reader import Reader
from aptl3.records.index import IndexRecord
from aptl3.records.job import Job
from aptl3.records.media import DATA, place
from aptl3.records.relation import AlignmentRecord, Caption, Related
from aptl3.records.tuning import KEY, Tuning
from aptl3.service.client import Client

if TYPE_CHECKING:
    from aptl3.fitting.tuning.report import Report as Tuned

BUILD_DEADLINE = 4 * 3600.0  # seconds for the indexes of a library of millions, or for a model to be fetched and tried
CAPTIONS = 1000  # in a request
REST = 60.0  # seconds for which an index that is being built is waited for
_Path = str | os.PathLike[str]
_Events = Callable[[Job], None] | None


class Library(Reader):
    """The library in ``root``: by default where ``APTL3_DATA_DIR`` says, else the platform's folder for user data.

    It need not exist yet: the first ingestion creates it, reading from one that is not there raises LibraryMissing.
    """

    # ---- ingestion

    def ingest(self, *paths: _Path, workers: str = "", events: _Events = None) -> Job:
        """Reads folders, files or ``data:,`` places (texts that lie in no file) and returns the job when it rests;
        ``events`` gets it a few times a second meanwhile.

        ``workers`` sets worker counts, as in ``"decoder=4,extractor=1"``. Files known and unchanged are not read.
        Raises BadArgument for a path that is not there; bad files raise nothing: they are in ``failures()``.
        """
        chosen = self._absolute(paths)
        with Client.start(self.root, workers, create=True) as client:
            return client.finish(client.ingest(chosen, workers), events)

    def fill(self, events: _Events = None) -> Job:
        """Computes what the library's media lack (vectors of its models, thumbnails), without listing any folder."""
        with Client.start(self.root) as client:
            return client.finish(client.ask("fill", within=BUILD_DEADLINE), events)

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
            return client.finish(number, events)

    def remove_model(self, name: str) -> dict[str, dict[str, int]]:
        """Takes out what ``add_model`` added by this name, with vectors, indexes and alignments; returns counts for
        each model. One of a pair goes alone by a name that means no other. BadArgument: the library has none such."""
        from aptl3.models.registry import DEFAULTS, resolve

        there = [ref.name for ref in self.store.active(DEFAULTS)]
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
        asked = {"models": list(models), "relation": wanted, "recipe": recipe, "name": name, "limit": limit}
        with Client.start(self.root) as client:
            number = client.ask("align", within=BUILD_DEADLINE, **asked)
        return next(record for record in self.alignments() if record.id == number)

    def remove_alignment(self, alignment: int) -> None:
        """Takes an alignment out, with its file."""
        self._ask("remove_alignment", alignment=alignment)

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

    # ---- requests

    def _ask(self, do: str, **details: Any) -> dict[str, int]:
        """Counts of what became of it."""
        with Client.start(self.root) as client:
            return dict(client.ask(do, within=BUILD_DEADLINE, **details) or {})

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
