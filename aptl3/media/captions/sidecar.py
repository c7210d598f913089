"""Captions in text files beside the photographs: ``beach.txt`` or ``beach.jpg.txt`` for ``beach.jpg``.

Guarantees: photographs and texts are opened for reading only, and nothing but regular files is opened. The encoding is
found as for text files that are ingested. What cannot be read is counted and left out.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from aptl3.errors import MediaError
from aptl3.media.captions.captions import Captions, Collector
from aptl3.media.captions.photographs import photographs
from aptl3.media.text import decode
from aptl3.records.relation import CAPTION_BYTES

_MOST = 4 * CAPTION_BYTES  # bytes: more than that no encoding needs for a caption


def read(folder: str | os.PathLike[str]) -> Captions:
    """The captions of all photographs at or under ``folder``. Raises BadArgument when it cannot be listed."""
    collector = Collector()
    for path in photographs(folder):
        for place in _places(path):
            try:
                collector.add(path, _words(place))
            except MediaError as error:
                collector.skip(f"a file that is no text ({error})")
            except OSError as error:
                collector.skip(f"a file that cannot be read ({error.strerror})")
    return collector.captions()


def _places(photograph: str) -> Iterator[str]:
    """The files that may caption it and are there."""
    for place in (photograph + ".txt", os.path.splitext(photograph)[0] + ".txt"):
        if os.path.isfile(place):
            yield place


def _words(place: str) -> str:
    with open(place, "rb") as stream:
        return decode(stream.read(_MOST))
