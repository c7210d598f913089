"""How good and how fast a search over vectors is: recall@10 against exact float32 scores, and milliseconds a query.

Memory stays bounded by a block of rows, however many there are.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]

K = 10
TIE = np.float32(1e-5)  # scores that differ by less differ by rounding

# (direction, count) → numbers of the best rows and their exact scores, best first, without dead ones
Ask = Callable[[Floats, int], tuple[Rows, Floats]]


@dataclass(frozen=True)
class Questions:
    """Unit directions in the centred space, float32 (n, dim). ``own`` are the numbers of the rows that they were made
    from, which are left out of the answers; −1 for a direction that comes from elsewhere."""

    directions: Floats
    own: Rows

    def __len__(self) -> int:
        return len(self.own)

    def __getitem__(self, part: slice | npt.NDArray[np.bool_]) -> Questions:
        return Questions(self.directions[part], self.own[part])


@dataclass(frozen=True)
class Figures:
    """``recall``: recall@10. Milliseconds a query, one at a time: ``median``, ``slow`` (the 99th percentile), and
    ``quick`` (the 10th), which says what a query takes while nothing else keeps the machine busy."""

    recall: float
    median: float
    slow: float
    quick: float


def truth(blocks: Iterable[tuple[int, Floats]], questions: Questions, *, alive: npt.NDArray[np.bool_]) -> Floats:
    """The true best 10 scores of each question, best first: float32 (n, 10), −inf where there are fewer rows.

    ``blocks`` are (number of the first row, centred unit rows float32); rows that are not ``alive`` are left out.
    """
    scores = np.full((len(questions), K), -np.inf, np.float32)
    for start, block in blocks:
        here = np.arange(start, start + len(block))
        new = questions.directions @ block.T
        new[:, ~alive[here]] = -np.inf
        new[questions.own[:, None] == here] = -np.inf
        if len(here) > K:
            new = -np.partition(-new, K - 1, axis=1)[:, :K]
        scores = -np.sort(-np.concatenate([scores, new], axis=1), axis=1)[:, :K]
    return scores


def figures(ask: Ask, questions: Questions, true: Floats, *, warm: int = 3) -> Figures:
    """Asks one question after another, for one row more than 10, since its own row may be among them.

    An answer is right when its exact score reaches that of the true tenth: of rows that are equal any will do.
    """
    least = np.where(np.isfinite(true), true, np.inf).min(axis=1, initial=np.inf) - TIE
    possible = int(np.isfinite(true).sum())
    right, seconds = 0, np.empty(len(questions))
    for direction in questions.directions[:warm]:
        ask(direction, K + 1)
    for at, (direction, own) in enumerate(zip(questions.directions, questions.own, strict=True)):
        began = time.perf_counter()
        numbers, scores = ask(direction, K + 1)
        seconds[at] = time.perf_counter() - began
        right += int((scores[numbers != own][:K] >= least[at]).sum())
    median, slow, quick = (float(value) * 1000 for value in np.quantile(seconds, (0.5, 0.99, 0.1)))
    return Figures(right / max(1, possible), median, slow, quick)
