"""What is asked for: parts that are wanted or not, filters, and an order. Pure.

A question without parts is about the library as a whole, newest first. One that is nothing but words is shown as the
text in the field; as soon as there is more to it, each of its parts is a chip.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

from aptl3.records.browsing import Filters, Sort
from aptl3.records.query import Query, Term

WEIGHTS = (0.25, 0.5, 1.0, 2.0, 4.0)
_PLACE = re.compile(r"(https?://|file:/)\S+$|(~|\.{1,2})?/\S.*\.\w{2,5}$|[a-z]:[/\\].*\.\w{2,5}$", re.IGNORECASE)
_NAME = 40  # characters of a chip's text


@dataclass(frozen=True)
class Part:
    """Words, or an example: a media id, a path, an address. ``weight`` is above 0."""

    words: str = ""
    example: str | int | None = None
    weight: float = 1.0
    unlike: bool = False

    @property
    def term(self) -> Term:
        weight = -self.weight if self.unlike else self.weight
        return Term(self.words or None, self.example, weight)

    @property
    def name(self) -> str:
        """What one calls it; empty for a media item, which has a picture."""
        if isinstance(self.example, str):
            text = unquote(self.example) if "://" in self.example else self.example
            text = os.path.basename(text.rstrip("/\\")) or text
        else:
            text = self.words
        text = " ".join(text.split())
        return text if len(text) <= _NAME else text[: _NAME - 1].rstrip() + "…"

    def heavier(self, steps: int) -> Part:
        """With the weight so many steps further along ``WEIGHTS``."""
        nearest = min(range(len(WEIGHTS)), key=lambda at: abs(WEIGHTS[at] - self.weight))
        return replace(self, weight=WEIGHTS[min(max(nearest + steps, 0), len(WEIGHTS) - 1)])


def typed(text: str) -> Part | None:
    """What a text in the field means: words, or a picture when it is a path or an address; None for nothing."""
    text = text.strip()
    if not text:
        return None
    if _PLACE.match(text):
        return Part(example=os.path.expanduser(text))
    return Part(words=text)


def weight_text(weight: float) -> str:
    """As in ×2 and ×½."""
    known = {0.25: "×¼", 0.5: "×½", 1.0: "×1", 2.0: "×2", 4.0: "×4"}
    return known.get(weight) or f"×{weight:g}"


@dataclass(frozen=True)
class Question:
    """``sort``: None is by match, or, of the library as a whole, newest first."""

    parts: tuple[Part, ...] = ()
    filters: Filters = field(default_factory=Filters)
    sort: Sort | None = None

    @property
    def words(self) -> str | None:
        """The words that are all there is to it."""
        if len(self.parts) != 1:
            return None
        [part] = self.parts
        return part.words if part == Part(words=part.words) else None

    def query(self, limit: int) -> Query:
        """For the searcher. What was given as an example by its id is not found again; a file that was is: it says
        that it is in the library."""
        wanted = [part.term for part in self.parts]
        own = all(not isinstance(part.example, str) for part in self.parts)
        return Query(wanted, limit, exclude_examples=own, modality=self.filters.modality)

    def asking(self, parts: Sequence[Part]) -> Question:
        """The same with other parts. A first question to the library is answered by match, whatever its order was."""
        return replace(self, parts=tuple(parts), sort=self.sort if self.parts and parts else None)

    def also(self, parts: Sequence[Part]) -> Question:
        """With parts added; one that is an example already takes the place of that one."""
        examples = {part.example for part in parts if part.example is not None}
        kept = [part for part in self.parts if part.example is None or part.example not in examples]
        return self.asking([*kept, *parts])
