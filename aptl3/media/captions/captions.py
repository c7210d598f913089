"""Captions as they were read from somewhere: which words go with which photograph, and what was left out.

Guarantees: a reader gives all of its captions or raises; so whoever stores them never stores half of a broken file.
Every caption is stripped, not empty, not longer than ``CAPTION_BYTES``, text that a file could hold, and comes once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from aptl3.records.relation import CAPTION_BYTES, Caption


@dataclass(frozen=True)
class Captions:
    """``pairs`` in the order of their source; ``skipped``: why something was left out → how often."""

    pairs: tuple[Caption, ...]
    skipped: Mapping[str, int]

    def __iter__(self) -> Iterator[Caption]:
        return iter(self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)

    @property
    def photographs(self) -> list[str]:
        """The distinct paths, in order."""
        return list(dict.fromkeys(pair.path for pair in self.pairs))

    def first(self, photographs: int) -> Captions:
        """Only the captions of the first so many photographs."""
        chosen = set(self.photographs[:photographs])
        return Captions(tuple(pair for pair in self.pairs if pair.path in chosen), self.skipped)


class Collector:
    """Takes what a reader finds, and keeps what is a caption."""

    def __init__(self) -> None:
        self._pairs: dict[Caption, None] = {}
        self._skipped: Counter[str] = Counter()

    def add(self, path: str, text: object) -> bool:
        """Whether ``text`` is a caption, and is now one of the photograph at ``path``, absolute."""
        if not isinstance(text, str):
            return self.skip("no text")
        words = text.strip()
        if not words:
            return self.skip("empty")
        try:
            size = len(words.encode("utf-8"))
        except UnicodeEncodeError:
            return self.skip("half a character in it")  # a lone surrogate, as JSON can write one
        if "\0" in words:
            return self.skip("a zero byte in it")
        if size > CAPTION_BYTES:
            return self.skip(f"longer than {CAPTION_BYTES} bytes")
        caption = Caption(path, words)
        if caption in self._pairs:
            return self.skip("twice")
        self._pairs[caption] = None
        return True

    def skip(self, why: str) -> bool:
        """Counts something that is left out; False."""
        self._skipped[why] += 1
        return False

    def captions(self) -> Captions:
        return Captions(tuple(self._pairs), dict(self._skipped))
