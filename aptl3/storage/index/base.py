"""What every kind of index is: candidates for a query, out of a numbered corpus, with an adjustable effort.

An index proposes; exact scores decide. ``search`` gives numbers of rows only, because whoever asks re-ranks them with
the exact vectors. Kinds differ in what they read: ``flat`` the stored rows, ``flat8`` a copy with one byte a value,
``ivf8`` a part of such a copy, ``annoy`` a structure that leads it to a part of the rows.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from aptl3.storage.index.centre import Centre
    from aptl3.storage.index.corpus import Corpus, Floats, Rows

KINDS = {
    "flat": "aptl3.storage.index.flat:FlatIndex",
    "flat8": "aptl3.storage.index.flat8:Flat8Index",
    "ivf8": "aptl3.storage.index.ivf8:Ivf8Index",
    "annoy": "aptl3.storage.index.annoy:AnnoyIndex",
}


class KindUnavailable(Exception):
    """A kind of index that this version does not know, in one line."""


class Index(Protocol):
    """An open index. ``effort`` is what it spends on a query, and may be set; ``unit`` says of what ("search_k"), and
    is empty for a kind that has no choice."""

    kind: ClassVar[str]
    unit: ClassVar[str]
    effort: int

    @classmethod
    def build(cls, corpus: Corpus, centre: Centre, stem: Path, threads: int) -> tuple[Path, ...]:
        """Writes the kind's own files beside ``stem`` and returns them. Reads the corpus in blocks."""

    @classmethod
    def open(cls, corpus: Corpus, centre: Centre, files: Sequence[Path], effort: int) -> Index:
        """Maps what ``build`` wrote; reads no more than headers. Raises ValueError or OSError when the files do not fit
        the corpus."""

    @classmethod
    def bytes_needed(cls, rows: int, dim: int) -> tuple[int, int]:
        """About how many bytes it takes to build: on the disk, and of memory that cannot be given back."""

    def search(self, query: Floats, count: int) -> Rows:
        """Numbers of about ``count`` rows that score high for ``query``, a unit direction (dim,), in no order."""

    def efforts(self) -> Sequence[int]:
        """Efforts worth trying, ascending; empty when there is no choice."""


def kind(name: str) -> type[Index]:
    """The class of a kind, imported when it is first asked for. Raises KindUnavailable for an unknown one."""
    if name not in KINDS:
        raise KindUnavailable(f"this version of aptl3 has no index of the kind {name!r}")
    module, _, attribute = KINDS[name].partition(":")
    found: type[Index] = getattr(importlib.import_module(module), attribute)
    return found
