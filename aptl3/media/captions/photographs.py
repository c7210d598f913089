"""Photographs under a folder, as an ingestion finds them: hidden names are left out, links to folders not followed."""

from __future__ import annotations

import os
from collections.abc import Iterator

from aptl3.errors import BadArgument, MediaError
from aptl3.media.source import list_folder
from aptl3.records.media import modality_of


def photographs(path: str | os.PathLike[str]) -> Iterator[str]:
    """The absolute paths of the photographs at or under ``path``, folder by folder, in the order of their names.

    Raises:
        BadArgument: ``path`` itself cannot be listed. A folder below it that cannot be is left out.
    """
    folders = [os.path.abspath(path)]
    first = True
    while folders:
        folder = folders.pop()
        try:
            listing = list_folder(folder)
        except MediaError as error:
            if first:
                raise BadArgument(f"{folder} cannot be read: {error}.") from error
            continue
        first = False
        for entry in listing.files:
            if not entry.name.startswith(".") and modality_of(listing.folder, entry.name) == "image":
                yield os.path.join(listing.folder, entry.name)
        below = (name for name in listing.subfolders if not name.startswith("."))
        folders += [os.path.join(listing.folder, name) for name in below][::-1]
