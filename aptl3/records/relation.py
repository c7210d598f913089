"""Which media mean the same, and what was learned from that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from aptl3.errors import BadArgument

CAPTION_BYTES = 8_000  # of a caption in UTF-8, without the white space around it; a longer one is a document


class Caption(NamedTuple):
    """A photograph, by its absolute path, and words that say what is on it."""

    path: str
    text: str

    def content(self) -> bytes:
        """The words without white space around them, in UTF-8. Raises BadArgument, one line, for what is no caption:
        nothing, zero bytes in it, no Unicode, more than ``CAPTION_BYTES``."""
        try:
            text = self.text.strip().encode()
        except UnicodeEncodeError:
            raise BadArgument(f"the caption of {self.path} is no Unicode text") from None
        if not text:
            raise BadArgument(f"the caption of {self.path} is empty; leave it out")
        if b"\0" in text:
            raise BadArgument(f"the caption of {self.path} has a zero byte in it; leave it out")
        if len(text) > CAPTION_BYTES:
            raise BadArgument(f"the caption of {self.path} has {len(text)} bytes; {CAPTION_BYTES} are the most")
        return text


@dataclass(frozen=True)
class Relation:
    """A set of pairs of a picture and a text. ``pictures`` and ``texts`` count the distinct ones."""

    id: int
    name: str
    source: str
    created: str  # ISO 8601, UTC
    pairs: int
    pictures: int
    texts: int


@dataclass(frozen=True)
class Related:
    """What became of some captions: new ``pairs``, those ``known`` already, and those whose photograph the library does
    not have (``missing``)."""

    pairs: int = 0
    known: int = 0
    missing: int = 0


@dataclass(frozen=True)
class AlignmentRecord:
    """Maps between models, whose arrays lie in ``alignments/<file>``. ``models``: name → fingerprint."""

    id: int
    name: str
    models: Mapping[str, str]
    file: str
    checksum: str  # xxh3-128 of the file, hex
    recipe: str  # "bootstrap", "pairs", "joined"
    relation: int | None  # whose training pairs it was fitted on; None: on none, or on one that was deleted
    pairs: int
    classes: int
    distance: float  # what is left between the models after the fit: 0 (the same) to 1
    created: str  # ISO 8601, UTC
