"""The questions that were asked, to go back and forward through. Pure.

What follows the present one is gone when another is asked, as in a browser. A question that differs in filters or order
only takes the place of the present one.
"""

from __future__ import annotations

from dataclasses import dataclass

from aptl3.gui.search.question import Question

MOST = 200


@dataclass(frozen=True)
class Visit:
    """``media``: where one was in its answer when one left."""

    question: Question
    media: int | None = None


class History:
    """Begins with the library as a whole."""

    def __init__(self) -> None:
        self._visits = [Visit(Question())]
        self._at = 0

    @property
    def present(self) -> Visit:
        return self._visits[self._at]

    @property
    def can_go_back(self) -> bool:
        return self._at > 0

    @property
    def can_go_forward(self) -> bool:
        return self._at < len(self._visits) - 1

    def ask(self, question: Question, media: int | None = None) -> None:
        """Another question, asked while one was at ``media``."""
        if question.parts == self.present.question.parts:
            self._visits[self._at] = Visit(question, media)
            return
        self._leave(media)
        self._visits[self._at + 1 :] = [Visit(question)]
        del self._visits[: max(0, len(self._visits) - MOST)]
        self._at = len(self._visits) - 1

    def go(self, steps: int, media: int | None = None) -> Visit:
        """So many steps forward, negative ones back, as far as there are any; left at ``media``."""
        self._leave(media)
        self._at = min(max(self._at + steps, 0), len(self._visits) - 1)
        return self.present

    def _leave(self, media: int | None) -> None:
        self._visits[self._at] = Visit(self.present.question, media)
