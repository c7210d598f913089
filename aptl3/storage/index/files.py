"""An index's files: written aside, sealed, renamed into place, and checked before they are trusted.

Guarantees: a file under its final name is complete and on the disk, and is never changed. ``problem`` finds truncated
and overwritten files, since a damaged forest would make the native code that walks it crash: small ones, such as say
where rows lie, by a digest of all, large ones without reading them whole (their size, and a digest of pages spread over
them); ``thoroughly`` reads every byte.

The seal is one small JSON file: {"<file>": {"size": bytes, "spots": digest of pages, "whole": digest of all}}.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import xxhash

from aptl3.errors import LibraryBusy
from aptl3.storage.files import Files, modes, translated
from aptl3.storage.layout import Layout
from aptl3.storage.lock import WriterLock

SEAL = ".seal"
WORK = "build-"
PAGE = 4096
SPOTS = 64  # pages looked at: one in 256 KB of a small index, all that a cold disk reads in some 10 ms
SMALL = 8 << 20  # bytes that are read in a millisecond or so, and by a cold disk in less than a tenth of a second
CHUNK = 1 << 20


@contextlib.contextmanager
def work_folder(layout: Layout, model: str, keep: Collection[str]) -> Iterator[Path]:
    """A folder to build an index of ``model`` in, which goes with the block. What builders that died have left behind
    goes now: their work folders, and index files that no record names (``keep`` are those that one does)."""
    folder = layout.index_folder(model)
    with translated(layout.root):
        for path in (layout.indexes, folder):
            Files().make_folder(path, modes(layout.catalog)[0])
        for path in folder.iterdir():
            if path.stem.isdecimal() and path.name not in keep:
                Files().remove(path)
    with scratch_folder(layout, folder) as work:
        yield work


@contextlib.contextmanager
def scratch_folder(layout: Layout, folder: Path) -> Iterator[Path]:
    """A folder in ``folder`` that goes with the block. Those that a process which died has left there go now."""
    with translated(layout.root):
        for left in folder.glob(f"{WORK}*"):
            lock = WriterLock(left / "lock")
            with contextlib.suppress(LibraryBusy):
                lock.acquire()
                lock.release()
                shutil.rmtree(left, ignore_errors=True)
        work = Path(tempfile.mkdtemp(prefix=WORK, dir=folder))
    lock = WriterLock(work / "lock")
    lock.acquire()
    try:
        with translated(layout.root):
            yield work
    finally:
        lock.release()
        shutil.rmtree(work, ignore_errors=True)


def publish(layout: Layout, model: str, made: Sequence[Path]) -> tuple[str, ...]:
    """Puts files made in a work folder into their place under the next free number, sealed and synced.

    Returns their names, the seal's last, as an ``IndexRecord`` keeps them.
    """
    folder = layout.index_folder(model)
    files, mode = Files(), modes(layout.catalog)[1]
    number = 1 + max((int(name) for path in folder.iterdir() if (name := path.stem).isdecimal()), default=0)
    named = {path: f"{number}{path.suffix}" for path in made}
    seal = made[0].with_name("seal" + SEAL)
    seal.write_text(json.dumps({name: _digests(path) for path, name in named.items()}), "ascii")
    named[seal] = f"{number}{SEAL}"
    for path, name in named.items():
        os.chmod(path, mode)
        handle = files.open(path)
        try:
            files.sync(handle)
        finally:
            files.close(handle)
        os.replace(path, folder / name)
    files.sync_folder(folder)
    return tuple(named.values())


def problem(folder: Path, names: Sequence[str], *, thoroughly: bool = False) -> str | None:
    """What is wrong with an index's files, in one line; None when they are as they were sealed."""
    try:
        seal = json.loads((folder / names[-1]).read_text("ascii"))
        for name in names[:-1]:
            expected, path = seal[name], folder / name
            size = path.stat().st_size
            whole = thoroughly or size <= SMALL
            told, seen = (expected["whole"], _whole) if whole else (expected["spots"], _spots)
            if size != expected["size"] or seen(path) != told:
                return f"the index file {name} is damaged"
    except FileNotFoundError as error:
        return f"the index file {os.path.basename(error.filename)} is missing"
    except OSError as error:
        return f"an index file cannot be read: {error.strerror}"
    except (ValueError, KeyError, TypeError, IndexError):
        return "the seal of the index is damaged"
    return None


def _digests(path: Path) -> dict[str, int | str]:
    return {"size": path.stat().st_size, "spots": _spots(path), "whole": _whole(path)}


def _spots(path: Path) -> str:
    digest = xxhash.xxh3_128()
    with open(path, "rb", buffering=0) as file:
        last = max(0, os.fstat(file.fileno()).st_size - PAGE)
        for spot in range(SPOTS):
            file.seek(last * spot // (SPOTS - 1))
            digest.update(file.read(PAGE))
    return digest.hexdigest()


def _whole(path: Path) -> str:
    digest = xxhash.xxh3_128()
    with open(path, "rb", buffering=0) as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
