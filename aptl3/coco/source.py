"""Where COCO is to be had: in a folder on this machine, or on a web server.

Both know of a split ("train2017") where its caption file lies on this machine, and where its photographs do. On the web
they are fetched first, into a folder of ours that is laid out as the server is, and stay there.

Guarantees: nothing is asked of a server that lies here already; one process at a time fetches into a folder.
Source: cocodataset.org, "Download": ``annotations/annotations_trainval2017.zip``, ``train2017/000000000009.jpg``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from aptl3.coco.archive import unpack
from aptl3.coco.downloads import Fetched, Wish, fetch_all
from aptl3.coco.fetch import Absent, Tell, fetch
from aptl3.errors import BadArgument
from aptl3.storage.files import translated
from aptl3.storage.lock import WriterLock

SITE = "http://images.cocodataset.org"
_LARGEST_PHOTOGRAPH = 64 << 20  # bytes
_LARGEST_ANNOTATIONS = 4 << 30  # bytes; the archive of 2017 has 241 MB
_SPLIT = re.compile(r"[A-Za-z]+([0-9]{4})?")


def source(place: str, downloads: Path) -> CocoFolder | CocoSite:
    """The COCO at ``place``, a folder or an address; what comes from the web is kept under ``downloads``, a folder for
    each server. Raises BadArgument."""
    if "://" not in place:
        if not os.path.isdir(place):
            raise BadArgument(f"{place} is no folder: give one that holds annotations/ and photographs, or an address.")
        return CocoFolder(Path(os.path.abspath(place)))
    try:
        parts = urlsplit(place)
        named = parts.scheme.lower() in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        named = False
    if not named:
        raise BadArgument(f"{place} is no address on the web: it begins with http:// or https://.")
    folder = re.sub(r"[^\w.-]+", "_", parts.netloc.rsplit("@")[-1] + parts.path.rstrip("/"))
    return CocoSite(place.rstrip("/"), Path(os.path.abspath(downloads)) / folder)


def checked(split: str) -> str:
    """``split``, if it can be the name of one; raises BadArgument."""
    if not _SPLIT.fullmatch(split):
        raise BadArgument(f"{split!r} names no split of COCO: give train2017 or val2017.")
    return split


@dataclass(frozen=True)
class CocoFolder:
    """COCO as it is unpacked: ``annotations/`` beside the folders of photographs."""

    root: Path

    def captions(self, split: str, tell: Tell | None = None) -> Path:
        """The split's caption file. Raises BadArgument when it is not there."""
        file = self.root / "annotations" / f"captions_{split}.json"
        if not file.is_file():
            raise BadArgument(
                f"{self.root} has no annotations/captions_{split}.json: give the folder that holds annotations/ and "
                f"{split}/, and a split that has captions."
            )
        return file

    def photographs(self, split: str) -> Path:
        """The folder of the split's photographs. Raises BadArgument when it is not there."""
        for folder in (self.root / split, self.root / "images" / split):
            if folder.is_dir():
                return folder
        raise BadArgument(f"{self.root} has no folder {split}: its photographs belong there.")

    def bring(self, split: str, paths: Sequence[str]) -> Iterator[Fetched]:
        """What lies in a folder need not be brought."""
        return iter(())


@dataclass(frozen=True)
class CocoSite:
    """COCO on the web at ``url``; ``cache`` is the folder on this machine where it is kept."""

    url: str
    cache: Path

    def captions(self, split: str, tell: Tell | None = None) -> Path:
        """The split's caption file, fetched unless it is here: in the archive of its year, or by itself where the
        server has no archive.

        Raises:
            BadArgument: the server has neither.
            Aptl3Error: see ``fetch``.
        """
        folder = self._made("annotations")
        file = folder / f"captions_{split}.json"
        if file.exists():
            return file
        match = _SPLIT.fullmatch(split)
        year = (match and match[1]) or ""
        archive = f"annotations_trainval{year}.zip"
        with self._alone():
            try:
                fetch(f"{self.url}/annotations/{archive}", folder / archive, _LARGEST_ANNOTATIONS, tell)
                unpack(folder / archive, folder)
            except Absent:  # a server that was laid out by hand
                self._fetch_file(file, tell)
        if not file.exists():
            raise BadArgument(f"The archive at {self.url} holds no captions of {split}: give another split.")
        return file

    def _fetch_file(self, file: Path, tell: Tell | None) -> None:
        try:
            fetch(f"{self.url}/annotations/{file.name}", file, _LARGEST_ANNOTATIONS, tell)
        except Absent as absent:
            raise BadArgument(
                f"{self.url} has no annotations/{file.name} ({absent}): look at the address and the split."
            ) from absent

    def photographs(self, split: str) -> Path:
        """The folder where the split's photographs lie when they are brought."""
        return self._made(split)

    def bring(self, split: str, paths: Sequence[str]) -> Iterator[Fetched]:
        """Fetches those of ``paths``, under ``photographs(split)``, that are not here yet."""
        folder = self.photographs(split)
        wishes = []
        for path in paths:
            if not os.path.exists(path):
                name = Path(path).relative_to(folder)
                self._made(split, *name.parts[:-1])
                wishes.append(Wish(f"{self.url}/{split}/{quote(name.as_posix())}", Path(path)))
        with self._alone():
            yield from fetch_all(wishes, _LARGEST_PHOTOGRAPH)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two processes must not write to one part."""
        lock = WriterLock(self.cache / "lock")
        lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def _made(self, *names: str) -> Path:
        folder = self.cache.joinpath(*names)
        with translated(self.cache):
            for one in (*reversed(folder.parents), folder):  # not mkdir(parents=True): parents are for their owner, too
                if not one.exists():
                    one.mkdir(mode=0o700, exist_ok=True)
        return folder
