"""A question and its answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """One part of a query: words, or an example given as path, URL or media id. Negative weight: less like this."""

    text: str | None = None  # words
    example: str | int | None = None  # path or URL (str), media id (int)
    weight: float = 1.0


@dataclass(frozen=True)
class Query:
    terms: Sequence[Term]
    limit: int = 20
    exclude_examples: bool = False  # leave out what was given as an example and is in the library
    modality: str = "image"  # of what is to be found: "image", "text" or "any"


@dataclass(frozen=True)
class Hit:
    """One answer. ``score`` says how unusual this hit is for this query among all of the collection (see
    ``search/calibration.py``), ``likely`` whether it lies above the line; ``via`` names the ways that it came, as in
    "all-minilm-l6-v2 → efficientnet-lite0"."""

    rank: int
    score: float
    media: int
    url: str | None  # None when no location is known any more
    path: str | None  # None for a text that lies in no file
    via: str
    modality: str = "image"
    likely: bool = False
    words: str | None = None  # of a text
