"""An index over one model's vectors, as the catalog knows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class IndexRecord:
    """Covers the rows that ``segments`` says ({segment id: rows}); what came later is the tail, scanned exactly.

    ``files`` lie under ``indexes/<model>/``. ``settings`` are the kind's own (trees, lists, search_k …).
    ``recall`` is recall@10 against exact search, and ``milliseconds`` the median of a query, both measured on a sample
    of the library's own vectors when it was built; ``why`` says in one line why this kind was chosen.
    """

    id: int
    model: str
    kind: str  # "flat", "flat8", "ivf8", "annoy"
    files: tuple[str, ...]
    segments: Mapping[int, int]
    settings: Mapping[str, float]
    recall: float
    milliseconds: float
    why: str
