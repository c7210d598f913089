"""A runner that only records what it is given."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from aptl3.actors.runtime.outcome import Outcome
from aptl3.actors.runtime.statistics import StageStatistics


class Recorder:
    """A ``Runner`` without stages: ``submitted`` is (stage, key, task), ``counts`` the workers last asked for."""

    def __init__(self) -> None:
        self.submitted: list[tuple[str, Hashable, Any]] = []
        self.counts: dict[str, int] = {}

    def start(self) -> None:
        self.counts.clear()

    def submit(self, stage: str, key: Hashable, task: Any, front: bool = False, prompt: bool = False) -> None:
        self.submitted.append((stage, key, task))

    def poll(self, timeout: float, also: Sequence[Any] = ()) -> tuple[list[Outcome], list[Any]]:
        return [], []

    def cancel(self, unwanted: Callable[[str, Hashable], bool]) -> list[tuple[str, Hashable]]:
        return []

    def scale(self, stage: str, count: int) -> None:
        self.counts[stage] = count

    def queued(self, stage: str) -> int:
        return 0

    def in_flight(self, stage: str) -> int:
        return 0

    def statistics(self) -> Mapping[str, StageStatistics]:
        return {}

    def pids(self, stage: str) -> list[int]:
        return []

    def stop(self, deadline: float = 10.0) -> list[Outcome]:
        return []

    def kill(self) -> None:
        self.submitted.clear()
