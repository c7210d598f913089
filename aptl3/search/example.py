"""What is given as an example: a media item of the library by its id or place, or any other file or address.

A file of the library that has not changed since is not read again: its vectors are there, also while its drive is away.
Only an ``http:`` or ``https:`` address that the user gave leaves the machine.
"""

from __future__ import annotations

import os
import stat

import numpy as np
import numpy.typing as npt

from aptl3.errors import BadArgument, MediaError
from aptl3.records.media import DATA, FileState
from aptl3.records.model import PictureInput
from aptl3.storage.store import Store
from aptl3.storage.url import url_to_path

MOST_BYTES = 256 << 20
DEADLINE = 15.0  # seconds for all that another machine sends


def path_of(example: str) -> str | None:
    """The absolute path or ``data:,`` place that an example names; None for an address on the net."""
    lower = example.lower()
    if lower.startswith(("http://", "https://")):
        return None
    if lower.startswith(DATA):
        return example
    if lower.startswith("file:"):
        return os.path.normpath(url_to_path(example))
    return os.path.abspath(os.path.expanduser(example))


def known(store: Store, path: str) -> int | None:
    """The media item whose content lies at ``path``; None when the file is not of the library or has changed since."""
    media = store.media_at(path)
    if media is None:
        return None
    try:
        found = os.stat(path)
    except OSError:
        return media
    state = FileState(found.st_size, found.st_mtime_ns)
    return media if any(place.path == path and place.state == state for place in store.locations(media)) else None


def contents(example: str) -> bytes | bytearray:
    """All bytes of a file, address or ``data:,`` place. Raises BadArgument for one that cannot be read."""
    path = path_of(example)
    if path is None:
        return _fetched(example)
    if path.startswith(DATA):
        from aptl3.media.text import content

        return content(path[len(DATA) :])
    return _read(path)


def pixels(data: bytes | bytearray, example: str, wanted: PictureInput) -> npt.NDArray[np.uint8]:
    """A model's input, uint8 (size, size, 3), of the ``contents`` of ``example``. Raises BadArgument for no picture."""
    from aptl3.media.picture import decode

    try:
        picture: npt.NDArray[np.uint8] = decode(memoryview(data), [wanted], None).inputs[0]
    except MediaError as error:
        raise BadArgument(f"{example} gives no picture: {error}") from error
    return picture


def words(data: bytes | bytearray, example: str) -> str:
    """The text that ``contents`` of ``example`` are. Raises BadArgument for no text."""
    from aptl3.media.text import decode

    try:
        return decode(bytes(data))
    except MediaError as error:
        raise BadArgument(f"{example} gives no text: {error}") from error


def _read(path: str) -> bytearray:
    from aptl3.media.source import read_into

    try:
        found = os.stat(path)
        if not stat.S_ISREG(found.st_mode):
            raise BadArgument(f"{path} is not a file; give a picture or a text")
        if found.st_size > MOST_BYTES:
            raise BadArgument(f"{path} is larger than {MOST_BYTES >> 20} MiB; give a smaller file")
        data = bytearray(found.st_size)
        size = read_into(path, memoryview(data), FileState(found.st_size, found.st_mtime_ns))
    except OSError as error:
        raise BadArgument(f"{path} cannot be read ({error.strerror}); check the path") from error
    except MediaError as error:
        raise BadArgument(f"{path} cannot be read ({error})") from error
    return data[:size]


def _fetched(url: str) -> bytes:
    from aptl3.search.download import download

    return download(url, MOST_BYTES, DEADLINE)
