"""All that one tuning measured, as values and as one JSON document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from statistics import median
from typing import Any

from aptl3.config import Machine, Settings
from aptl3.fitting.tuning.choice import Engine
from aptl3.fitting.tuning.hosting import Cost
from aptl3.records.tuning import Tuning


@dataclass(frozen=True)
class Way:
    """Settings that were tried: files a second in each short run, and each of these as a multiple of what the first way
    of all made in the same round."""

    settings: Settings
    per_second: tuple[float, ...] = ()
    ratios: tuple[float, ...] = ()

    def __str__(self) -> str:
        counts, threads = self.settings.workers, self.settings.extractor_threads
        extractors = f"extractor {counts['extractor']} × {threads} thread{'s' * (threads > 1)}"
        others = (f"{stage} {counts[stage]}" for stage in ("decoder", "loader", "thumbnailer"))
        return ", ".join([extractors, *others, f"batch {self.settings.batch['extractor']}"])

    @property
    def rate(self) -> float:
        """Files a second, the median."""
        return median(self.per_second)

    @property
    def ratio(self) -> float:
        """The median."""
        return median(self.ratios)

    def ran(self, per_second: float, first: float) -> Way:
        """After one more run, in a round in which the first way made ``first`` files a second."""
        return replace(self, per_second=(*self.per_second, per_second), ratios=(*self.ratios, per_second / first))


@dataclass(frozen=True)
class Report:
    """``usable``: what may be used of the machine. ``files`` were measured, of ``size`` bytes on average. ``costs`` are
    those of each stage alone; in the way that is kept, stages computed on ``used`` cores, and one worker of each took
    ``memory`` bytes. ``ways``: the one that follows from the costs first, then its neighbours."""

    usable: Machine
    files: int
    size: int
    costs: dict[str, Cost]
    engines: tuple[Engine, ...]
    used: dict[str, float]
    memory: dict[str, int]
    ways: tuple[Way, ...]
    tuning: Tuning
    seconds: float

    @property
    def chosen(self) -> Way:
        """The one that is kept."""
        kept = str(Way(self.tuning.settings))
        return next(way for way in self.ways if str(way) == kept)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Report:
        """What ``as_json`` gave."""
        engines = (Engine(**{**one, "cost": Cost(**one["cost"])}) for one in document["engines"])
        ways = (
            Way(Settings(**one["settings"]), tuple(one["per_second"]), tuple(one["ratios"])) for one in document["ways"]
        )
        return cls(
            usable=Machine(**document["usable"]),
            files=document["files"],
            size=document["size"],
            costs={stage: Cost(**cost) for stage, cost in document["costs"].items()},
            engines=tuple(engines),
            used=document["used"],
            memory=document["memory"],
            ways=tuple(ways),
            tuning=Tuning.from_json(document["tuning"]),
            seconds=document["seconds"],
        )
