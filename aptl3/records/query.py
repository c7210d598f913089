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


@dataclass(frozen=True)
class Hit:
    """One answer. ``score`` is the cosine in the centred space, −1 to 1; ``via`` names the way, as in
    "minilm → efficientnet-lite0"."""

    rank: int
    score: float
    media: int
    url: str | None  # None when no location is known any more
    path: str | None
    via: str
