"""One cell of an evaluation: which way, between which models, searched how; and what came out."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from aptl3.fitting.evaluation import metrics
from aptl3.fitting.evaluation.metrics import Curve, Estimate, Ranks

SHOWN = (1, 5, 10, 100)  # K of a table
WIDTH = 32  # characters of a way's name in a table or a legend: it may list all models


@dataclass(frozen=True)
class Cell:
    """``way`` names the map from ``source`` to ``target``. ``trees`` and ``search_k`` are 0 for the exact search.
    ``pairs`` and ``draw`` are of a learning curve: how many training pairs the map was fitted to, and which draw of
    them; −1 elsewhere."""

    source: str
    target: str
    way: str
    trees: int = 0
    search_k: int = 0
    pairs: int = -1
    draw: int = -1

    @property
    def label(self) -> str:
        """The way, short."""
        return self.way if len(self.way) <= WIDTH else self.way[: WIDTH - 1] + "…"

    @property
    def search(self) -> str:
        return f"{self.trees} trees, search_k {self.search_k}" if self.trees else "exact"

    def __str__(self) -> str:
        return f"{self.source} → {self.target}, {self.way}, {self.search}"


@dataclass(frozen=True)
class Outcome:
    """For each query its rank, its cluster (the picture by which it is drawn), and the mean angle to its answers in
    degrees. ``items`` could be found, ``answers`` of them (on average) right for a query. ``milliseconds``: the median
    of a query, one at a time; 0 where many were asked at once. Of ``draws`` of training pairs each query stands in it
    that many times."""

    cell: Cell
    items: int
    ranks: Ranks
    clusters: Ranks
    angles: npt.NDArray[np.float64]
    answers: float = 1.0
    milliseconds: float = 0.0
    draws: int = 1

    @property
    def queries(self) -> int:
        return len(self.ranks) // self.draws

    @property
    def pictures(self) -> int:
        return len(np.unique(self.clusters))

    @cached_property
    def curve(self) -> Curve:
        """Recall for K from 1 to all; through an index to the last that was found."""
        found = self.ranks[self.ranks != metrics.MISSED]
        most = self.items if len(found) == len(self.ranks) else int(found.max(initial=1))
        return metrics.recall(self.ranks, self.clusters, metrics.every_k(most))

    def recall(self, k: int) -> Estimate:
        return self.curve.at(k)

    @cached_property
    def median_rank(self) -> Estimate:
        return metrics.median(self.ranks, self.clusters)

    @cached_property
    def angle(self) -> Estimate:
        """Of the true pair, in degrees."""
        return metrics.mean(self.angles, self.clusters)

    def as_json(self) -> dict[str, Any]:
        """All figures, with their intervals; the ranks and angles themselves are left out."""
        curve = self.curve
        return {
            **{name: value for name, value in asdict(self.cell).items() if name not in ("pairs", "draw")},
            **({"pairs": self.cell.pairs, "draws": self.draws} if self.cell.pairs >= 0 else {}),
            "search": self.cell.search,
            "queries": self.queries,
            "pictures": self.pictures,
            "items": self.items,
            "recall": {str(k): curve.at(k).as_json() for k in SHOWN if k <= self.items},
            "median_rank": self.median_rank.as_json(),
            "angle_degrees": self.angle.as_json(),
            "milliseconds": round(self.milliseconds, 3),
            "curve": {one.name: getattr(curve, one.name).round(5).tolist() for one in fields(curve)},
        }


def pooled(outcomes: list[Outcome], cell: Cell) -> Outcome:
    """Several draws of training pairs for the same queries as one outcome: its means are the means over the draws, and
    its intervals still draw photographs."""
    return Outcome(
        cell,
        outcomes[0].items,
        np.concatenate([one.ranks for one in outcomes]),
        np.concatenate([one.clusters for one in outcomes]),
        np.concatenate([one.angles for one in outcomes]),
        outcomes[0].answers,
        draws=len(outcomes),
    )
