"""The collection as files: listing a folder, reading a file once, naming its content.

Opens for reading only. Never opens what is not a regular file (a named pipe would block, a device may do anything),
never follows a link to a folder (so no loop of links can trap it), and works with names that are not UTF-8. A file that
changes while it is read is refused rather than stored as a mixture. A text that lies in no file (``data:,…``) is listed
and read like a file, with its own words for content.
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass

import xxhash

from aptl3.errors import MediaError
from aptl3.media import text
from aptl3.media.formats.registry import is_candidate
from aptl3.records.failure import Reason
from aptl3.records.media import DATA, Entry, FileState, split

# O_NONBLOCK: should a pipe take a file's place between looking and opening, opening it does not wait for a writer.
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_NONBLOCK", 0)
)
_GONE = {errno.ENOENT, errno.ENOTDIR, errno.ESTALE, errno.ENODEV, errno.ENXIO}


@dataclass(frozen=True)
class Listing:
    """What one folder holds. ``folder`` is where the names lie; ``files`` are the candidates, ``subfolders`` are names,
    ``refused`` are candidates by name that are not to be opened; all in the order of ``os.fsencode(name)``."""

    folder: str
    files: tuple[Entry, ...] = ()
    subfolders: tuple[str, ...] = ()
    refused: tuple[tuple[str, Reason, str], ...] = ()


def list_folder(path: str) -> Listing:
    """Lists a folder; a path to a file, or a ``data:,`` place, is a listing of that one, whatever its name ends in.

    Files whose name ends in no media format's suffix are left out, and so are the ``._`` companions that macOS writes
    beside each file on foreign drives (they have its suffix and no picture).

    Raises:
        MediaError: VANISHED or UNREADABLE, about the folder as a whole. A folder that fails in the middle of its
            listing is unreadable as a whole: half a listing would make the other half look deleted.
    """
    if path.startswith(DATA):
        name = split(path)[1]
        return Listing(DATA, (Entry(name, FileState(len(text.content(name)), 0)),))
    try:
        if not stat.S_ISDIR(os.stat(path).st_mode):
            return _one_file(path)
        with os.scandir(path) as entries:
            found = sorted(entries, key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        raise _refusal(error) from error
    files: list[Entry] = []
    subfolders: list[str] = []
    refused: list[tuple[str, Reason, str]] = []
    for entry in found:
        if _is_folder(entry):
            subfolders.append(entry.name)
        elif is_candidate(entry.name) and not entry.name.startswith("._"):
            try:
                _sort_in(entry.name, entry.stat(), files, refused)
            except FileNotFoundError as error:
                if entry.is_symlink():  # else it vanished since it was listed, as files may
                    refused.append((entry.name, Reason.UNREADABLE, f"a symbolic link to nothing: {error.strerror}"))
            except OSError as error:
                refused.append((entry.name, Reason.UNREADABLE, error.strerror or str(error)))
    return Listing(path, tuple(files), tuple(subfolders), tuple(refused))


def _one_file(path: str) -> Listing:
    folder, name = os.path.split(path)
    files: list[Entry] = []
    refused: list[tuple[str, Reason, str]] = []
    _sort_in(name, os.stat(path), files, refused)
    return Listing(folder or os.curdir, tuple(files), (), tuple(refused))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """A real folder: links to folders, and Windows' junctions, are not followed."""
    try:
        return entry.is_dir(follow_symlinks=False) and not getattr(entry, "is_junction", bool)()
    except OSError:
        return False


def _sort_in(name: str, status: os.stat_result, files: list[Entry], refused: list[tuple[str, Reason, str]]) -> None:
    if stat.S_ISREG(status.st_mode):
        files.append(Entry(name, FileState(status.st_size, status.st_mtime_ns)))
    elif not stat.S_ISDIR(status.st_mode):  # a link to a folder that is named like a picture is nobody's loss
        refused.append((name, Reason.NOT_A_FILE, _kind(status.st_mode)))


def _kind(mode: int) -> str:
    names = {
        stat.S_IFIFO: "a named pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
    return f"{names.get(stat.S_IFMT(mode), 'something else')}, not a file"


def read_into(path: str, buffer: memoryview, expected: FileState) -> int:
    """Reads a whole file into ``buffer``, which holds at least ``expected.size`` bytes. Returns the size.

    Raises:
        MediaError: EMPTY, NOT_A_FILE, VANISHED, UNREADABLE (also when the folder is gone with the file: a drive may be
            away), or CHANGED: its size or time differ from ``expected``, before or after reading.
    """
    if path.startswith(DATA):
        words = text.content(split(path)[1])
        buffer[: len(words)] = words
        return len(words)
    try:
        if not stat.S_ISREG(mode := os.stat(path).st_mode):  # some devices act when they are merely opened
            raise MediaError(Reason.NOT_A_FILE, _kind(mode))
        descriptor = os.open(path, _FLAGS)
        try:
            _check(descriptor, expected)
            if expected.size == 0:
                raise MediaError(Reason.EMPTY, "the file is empty")
            size = _fill(descriptor, buffer[: expected.size])
            _check(descriptor, expected)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno in _GONE and not os.path.lexists(os.path.dirname(path)):
            raise MediaError(Reason.UNREADABLE, "its folder is not there: a drive that is away?") from error
        raise _refusal(error) from error
    if size != expected.size:
        raise MediaError(Reason.CHANGED, f"the file ended after {size} of {expected.size} bytes")
    return size


def _fill(descriptor: int, buffer: memoryview) -> int:
    done = 0
    with os.fdopen(descriptor, "rb", buffering=0, closefd=False) as file:
        while done < len(buffer) and (count := file.readinto(buffer[done:])):
            done += count
    return done


def _check(descriptor: int, expected: FileState) -> None:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise MediaError(Reason.NOT_A_FILE, _kind(status.st_mode))
    if (status.st_size, status.st_mtime_ns) != (expected.size, expected.mtime_ns):
        raise MediaError(Reason.CHANGED, "the file was written to after it was listed")


def _refusal(error: OSError) -> MediaError:
    reason = Reason.VANISHED if error.errno in _GONE else Reason.UNREADABLE
    return MediaError(reason, error.strerror or str(error))


def content_hash(data: memoryview | bytes) -> bytes:
    """xxh3-128 of the bytes, big-endian, 16 bytes: what a media item is named by. 0.01 ms for 114 KB."""
    return xxhash.xxh3_128_digest(data)
