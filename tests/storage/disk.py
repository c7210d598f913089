"""A model of a disk that loses what was not synced when the power goes.

``Recorder`` does what ``Files`` does and remembers it, with the catalog's commits, in one sequence of events. ``after``
builds what a machine may find on its disk when the power went after some of them:

- the catalog as of the last commit (SQLite syncs its own files before COMMIT returns);
- of each file what was done up to its last sync, and of what came later any part: a write may have happened wholly, up
  to some byte, as a hole of zeros of its length, or not at all, and later ones without earlier ones;
- names made or removed since their folder's last sync: any of them, in any combination.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from aptl3.storage.files import Files

Kind = Literal["folder", "create", "remove", "write", "truncate", "sync", "sync folder", "commit"]


@dataclass(frozen=True)
class Event:
    kind: Kind
    path: Path
    offset: int = 0  # of a write; the new size for a truncation; the number of a commit
    data: bytes = b""


class Recorder(Files):
    """The real file system, with a record. ``snapshots`` has the catalog after each commit."""

    def __init__(self, snapshots: Path) -> None:
        self.events: list[Event] = []
        self.commits = 0
        self._paths: dict[int, Path] = {}
        self._snapshots = snapshots

    def watch(self, connection: sqlite3.Connection) -> None:
        """Records this connection's commits from now on, at the moment when COMMIT begins."""
        connection.execute("PRAGMA synchronous = OFF")  # the model has it that commits are synced; this is faster
        connection.set_trace_callback(self._statement)
        self._statement("COMMIT")
        self.keep(connection)

    def keep(self, connection: sqlite3.Connection) -> None:
        """Keeps the catalog as of the last commit."""
        path = self.snapshot(self.commits)
        if not path.exists():
            with closing(sqlite3.connect(path)) as copy:
                copy.execute("PRAGMA synchronous = OFF")
                connection.backup(copy)

    def snapshot(self, commit: int) -> Path:
        return self._snapshots / f"{commit}.sqlite3"

    def _statement(self, sql: str) -> None:
        if sql == "COMMIT":
            self.commits += 1
            self.events.append(Event("commit", Path(), self.commits))

    def make_folder(self, path: Path, mode: int) -> None:
        if not path.exists():
            self.events.append(Event("folder", path))
        super().make_folder(path, mode)

    def open(self, path: Path, mode: int | None = None) -> int:
        handle = super().open(path, mode)
        self._paths[handle] = path
        return handle

    def create(self, path: Path, mode: int) -> int:
        self.events.append(Event("truncate", path) if path.exists() else Event("create", path))
        handle = super().create(path, mode)
        self._paths[handle] = path
        return handle

    def write(self, handle: int, data: bytes | memoryview, offset: int) -> None:
        self.events.append(Event("write", self._paths[handle], offset, bytes(data)))
        super().write(handle, data, offset)

    def truncate(self, handle: int, size: int) -> None:
        self.events.append(Event("truncate", self._paths[handle], size))
        super().truncate(handle, size)

    def sync(self, handle: int) -> None:
        self.events.append(Event("sync", self._paths[handle]))

    def sync_folder(self, path: Path) -> None:
        if path.parent != self._snapshots.parent.parent:  # the data folder's own name is not what is tested
            self.events.append(Event("sync folder", path))

    def remove(self, path: Path) -> None:
        if path.exists():
            self.events.append(Event("remove", path))
        super().remove(path)

    def remove_folder(self, path: Path) -> None:
        """The names in it go first, each by an event of its own."""
        super().remove_folder(path)
        self.events.append(Event("remove", path))


@dataclass
class _File:
    content: bytearray = field(default_factory=bytearray)
    unsynced: list[Event] = field(default_factory=list)

    def sync(self) -> None:
        for event in self.unsynced:
            self.apply(event, event.data)
        self.unsynced.clear()

    def apply(self, event: Event, data: bytes) -> None:
        end = event.offset + len(data)
        if event.kind == "truncate" or len(self.content) < end:
            self.content[end:] = bytes(max(0, end - len(self.content)))
        self.content[event.offset : end] = data

    def survive(self, chance: random.Random) -> bytes:
        for event in self.unsynced:
            fate = chance.choice(("whole", "part", "zeros", "lost"))
            if fate == "whole" or (fate != "lost" and event.kind == "truncate"):
                self.apply(event, event.data)
            elif fate == "part":
                self.apply(event, event.data[: chance.randint(0, len(event.data))])
            elif fate == "zeros":
                self.apply(event, bytes(len(event.data)))
        return bytes(self.content)


@dataclass
class _Folder:
    names: dict[str, _File | _Folder] = field(default_factory=dict)
    unsynced: list[tuple[str, _File | _Folder | None]] = field(default_factory=list)  # None: the name was removed

    def now(self) -> dict[str, _File | _Folder]:
        """The names as a running machine sees them."""
        names = dict(self.names)
        for name, what in self.unsynced:
            _put(names, name, what)
        return names

    def sync(self) -> None:
        self.names = self.now()
        self.unsynced.clear()

    def survive(self, chance: random.Random, target: Path) -> None:
        for name, what in self.unsynced:
            if chance.random() < 0.5:
                _put(self.names, name, what)
        for name, what in self.names.items():
            if isinstance(what, _File):
                (target / name).write_bytes(what.survive(chance))
            else:
                (target / name).mkdir()
                what.survive(chance, target / name)


def _put(names: dict[str, _File | _Folder], name: str, what: _File | _Folder | None) -> None:
    if what is None:
        names.pop(name, None)
    else:
        names[name] = what


def after(recorder: Recorder, events: Sequence[Event], root: Path, target: Path, chance: random.Random) -> int:
    """Makes ``target`` what may be found of the library in ``root`` when the power goes after these events, which hold
    one commit at least. Returns the number of the last commit."""
    disk = _Folder()
    commit = 0
    for event in events:
        if event.kind == "commit":
            commit = event.offset
            continue
        *folders, name = ("root", *event.path.relative_to(root).parts)
        folder = disk
        for part in folders:
            found = folder.now()[part]
            assert isinstance(found, _Folder)
            folder = found
        what = folder.now().get(name)
        if event.kind == "folder":
            folder.unsynced.append((name, _Folder()))
        elif event.kind == "create":
            folder.unsynced.append((name, _File()))
        elif event.kind == "remove":
            folder.unsynced.append((name, None))
        elif event.kind in ("sync", "sync folder"):
            assert what is not None
            what.sync()
        else:
            assert isinstance(what, _File)
            what.unsynced.append(event)
    disk.sync()  # the data folder itself: its parent was synced before the first commit
    [library] = disk.names.values()
    assert isinstance(library, _Folder)
    target.mkdir()
    library.survive(chance, target)
    shutil.copyfile(recorder.snapshot(commit), target / "library.sqlite3")
    return commit
