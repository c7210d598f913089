"""All that one evaluation measured, as values and as one JSON document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from aptl3.fitting.evaluation.cell import Outcome
from aptl3.records.relation import Relation


@dataclass(frozen=True)
class Report:
    """``outcomes`` stand direction by direction, the exact search by each way first, the way that a search takes first
    of all. ``learning`` are those of the learning curves, the draws of the same number of pairs pooled. ``notes`` say
    in a line each what could not be measured."""

    relation: Relation
    held_out: int  # photographs
    training: int  # photographs
    outcomes: Sequence[Outcome]
    learning: Sequence[Outcome]
    notes: Sequence[str]

    @staticmethod
    def directions(outcomes: Sequence[Outcome]) -> Iterator[list[Outcome]]:
        """The outcomes of each pair of source and target."""
        for _, group in groupby(outcomes, key=lambda one: (one.cell.source, one.cell.target)):
            yield list(group)

    def as_json(self) -> dict[str, Any]:
        return {
            "relation": asdict(self.relation),
            "held_out": self.held_out,
            "training": self.training,
            "outcomes": [one.as_json() for one in self.outcomes],
            "learning": [one.as_json() for one in self.learning],
            "notes": list(self.notes),
        }
