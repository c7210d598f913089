"""The loader: lists folders and reads files, each file once. Texts that lie in no file are places like others.

Opens the collection for reading only. Pages go out in the order of names, so that a listing interrupted anywhere goes
on behind the last name that was recorded.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from aptl3.actors import sharing
from aptl3.actors.messages import Load, Loaded, Scan, Scanned
from aptl3.actors.page import Kind, Row, compare, cut
from aptl3.actors.runtime.frames import FrameMemory
from aptl3.actors.runtime.spec import Refused
from aptl3.errors import MediaError
from aptl3.records.media import join, split

if TYPE_CHECKING:
    from aptl3.media.source import Listing
    from aptl3.storage.store import Store


FRESH = 60.0  # seconds for which a listing may be gone on with


@dataclass(frozen=True)
class _Folder:
    """A folder under way: ``path`` as it was asked for, ``folder`` in which the rows' names lie (a file's parent)."""

    path: str
    folder: str
    rows: Sequence[Row]
    listed: float = field(default_factory=time.monotonic)

    @property
    def fresh(self) -> bool:
        """Pages follow each other in a fraction of a second; a job that was paused in between lists anew."""
        return time.monotonic() - self.listed < FRESH


class Loader:
    """Stage: ``Scan`` → ``Scanned``, ``Load`` → ``Loaded``."""

    def __init__(self, root: Path, *, memory: FrameMemory) -> None:
        sharing.files()
        self._root = root
        self._memory = memory
        self._store: Store | None = None
        self._folder: _Folder | None = None

    def run(self, batch: Sequence[Scan | Load]) -> list[Scanned | Loaded | Refused]:
        return [self._one(task) for task in batch]

    def close(self) -> None:
        if self._store is not None:
            self._store.close()

    def _one(self, task: Scan | Load) -> Scanned | Loaded | Refused:
        try:
            return self._scan(task) if isinstance(task, Scan) else self._load(task)
        except MediaError as error:
            return Refused(error.reason.value, str(error))

    def _load(self, task: Load) -> Loaded:
        from aptl3.media.source import content_hash, read_into

        view = self._memory.view(task.file)
        size = read_into(join(task.folder, task.entry.name), view, task.entry.state)
        return Loaded(size, content_hash(view[:size]))

    def _scan(self, task: Scan) -> Scanned:
        folder = self._open(task)
        page = cut(folder.folder, folder.rows, task.after, task.frame.size)
        if page.after is not None:
            self._folder = folder
        elif self._folder is not None and self._folder.path == folder.path:
            self._folder = None
        data = page.encode()
        self._memory.view(task.frame)[: len(data)] = data
        return Scanned(len(data), len(page.names(Kind.NEW)))

    def _open(self, task: Scan) -> _Folder:
        """The folder's rows: those at hand when a page of it went out just before, else listed afresh."""
        kept = self._folder
        if kept is not None and kept.path == task.folder and task.after is not None and kept.fresh:
            return kept
        from aptl3.media.source import list_folder

        listing = list_folder(task.folder)
        single = listing.folder != task.folder  # one file was asked for: its neighbours are not our matter
        known = self._catalog.folder_state(listing.folder, task.wanted, split(task.folder)[1] if single else None)
        gone: list[str] = []
        if not single:
            listing, known = _visible(listing), {name: known[name] for name in known if not _hidden(name)}
            there = set(listing.subfolders)
            gone = [name for name in self._catalog.subfolders(listing.folder) if name not in there]
            gone = [name for name in gone if not os.path.lexists(os.path.join(listing.folder, name))]
        return _Folder(
            task.folder, listing.folder, compare(listing.files, listing.subfolders, listing.refused, known, gone)
        )

    @property
    def _catalog(self) -> Store:
        from aptl3.storage.store import Store

        if self._store is None:
            self._store = Store.open(self._root)
        return self._store


def _hidden(name: str) -> bool:
    """By the custom of POSIX: what programs keep beside a user's photographs, such as their own thumbnails."""
    return name.startswith(".")


def _visible(listing: Listing) -> Listing:
    return replace(
        listing,
        files=tuple(entry for entry in listing.files if not _hidden(entry.name)),
        subfolders=tuple(name for name in listing.subfolders if not _hidden(name)),
        refused=tuple(row for row in listing.refused if not _hidden(row[0])),
    )
