"""A sample of the user's own files: found among what was named or what the library knows, and laid out for measuring.

Opens nothing of the collection but to have its bytes dropped from the system's cache. Files are laid out as links, so
that a job reads them where they lie, from the drive that they lie on, and lists one folder.
"""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from aptl3.errors import BadArgument, MediaError
from aptl3.media.source import list_folder
from aptl3.records.media import DATA
from aptl3.storage.store import Store

LEAST = 16  # files: of fewer, one large photograph decides
MOST = 1024  # files: enough to keep a large machine at work for a second
SEARCH = 5.0  # seconds for which folders are looked through
SEEN = 20_000  # files after which folders are no longer looked through


def choose(store: Store | None, paths: Sequence[str], command: str = "tune") -> list[str]:
    """Up to ``MOST`` files, spread evenly over those at and under ``paths`` (absolute), or over those that the library
    knows when none is named. BadArgument, in one line that names the command, when there are too few."""
    found = sorted(_under(paths)) if paths else _known(store)
    chosen = spread(found, MOST)
    if len(chosen) >= LEAST:
        return chosen
    where = "there" if paths else "known to the library and to be had"
    raise BadArgument(
        f"{len(chosen) or 'No'} photographs or text files are {where}, and {LEAST} are needed at the least: name "
        f"folders with more, as in `aptl3 {command} ~/Pictures`."
    )


def lay(files: Iterable[str], folder: Path) -> Path:
    """Makes ``folder`` with a link to each file, in their order, and returns it. Where links are not to be made
    (Windows asks for a privilege), with a copy."""
    folder.mkdir()
    for number, path in enumerate(files):
        link = folder / f"{number:06}{os.path.splitext(path)[1]}"
        try:
            link.symlink_to(path)
        except (OSError, NotImplementedError):
            with suppress(OSError):  # it has gone meanwhile, as files may
                shutil.copyfile(path, link)
    return folder


def spread(files: Sequence[str], most: int) -> list[str]:
    """Up to ``most`` of the files, evenly from all, in their order."""
    step = max(1.0, len(files) / most)
    return [files[int(number * step)] for number in range(min(most, len(files)))]


def chill(folder: Path) -> None:
    """Has the system forget the bytes of the files in ``folder``, where it can be asked to: a job reads its files from
    the drive, and so should who measures it."""
    if not hasattr(os, "posix_fadvise"):
        return
    for path in folder.iterdir():
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
            try:
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(descriptor)


def _under(paths: Sequence[str]) -> Iterator[str]:
    """Files that a job over ``paths`` would read, as far as they are found in time."""
    end, seen = time.monotonic() + SEARCH, 0
    folders = list(reversed(paths))
    while folders and seen < SEEN and time.monotonic() < end:
        path = folders.pop()
        try:
            listing = list_folder(path)
        except MediaError as error:
            if path in paths:
                raise BadArgument(f"{path} cannot be read: {error}.") from error
            continue
        for entry in listing.files:
            if entry.state.size and (listing.folder != path or not entry.name.startswith(".")):
                seen += 1
                yield os.path.join(listing.folder, entry.name)
        folders += [os.path.join(path, name) for name in reversed(listing.subfolders) if not name.startswith(".")]


def _known(store: Store | None) -> list[str]:
    if store is None:
        return []
    return [path for path in store.spread(2 * MOST) if not path.startswith(DATA) and _readable(path)]


def _readable(path: str) -> bool:
    try:
        return stat.S_ISREG(os.stat(path).st_mode) and os.access(path, os.R_OK)
    except OSError:
        return False
