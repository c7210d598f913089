"""What runs stages: the interface that ``Supervisor`` (processes) and ``InlineSupervisor`` (none) share."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Protocol

from aptl3.actors.runtime.outcome import Outcome
from aptl3.actors.runtime.statistics import StageStatistics


class Runner(Protocol):
    """Takes tasks by stage and key, gives each exactly one outcome. To be used by one thread. Times in seconds.

    A context manager: entering starts, leaving stops, or kills when an exception passes.
    """

    def start(self) -> None:
        """Starts the stages in their order, without waiting until they are ready."""
        ...

    def submit(self, stage: str, key: Hashable, task: Any, front: bool = False, prompt: bool = False) -> None:
        """Queues a task; in front of all others if ``front``; if ``prompt``, neither it nor what is queued before it
        lingers for a fuller batch. The task must not be changed before its outcome; where workers are processes, one
        that can't be pickled is refused as "crash". KeyError: no such stage; ValueError: the stage has no outcome yet
        for this key."""
        ...

    def poll(self, timeout: float, also: Sequence[Any] = ()) -> tuple[list[Outcome], list[Any]]:
        """Waits for outcomes, or until something of ``also`` (sockets, Connections, descriptors of pipes) can be read
        from; returns both. Everything goes on only while someone polls. Escalated when a stage is given up, after the
        outcomes that came before."""
        ...

    def cancel(self, unwanted: Callable[[str, Hashable], bool]) -> list[tuple[str, Hashable]]:
        """Drops tasks that no worker has yet, where ``unwanted(stage, key)``. They get no outcome; returns them."""
        ...

    def scale(self, stage: str, count: int) -> None:
        """Changes the number of workers; those who go finish what they hold."""
        ...

    def queued(self, stage: str) -> int:
        """Tasks that no worker has yet."""
        ...

    def in_flight(self, stage: str) -> int:
        """Tasks that a worker has."""
        ...

    def statistics(self) -> Mapping[str, StageStatistics]:
        """By stage, in their order."""
        ...

    def pids(self, stage: str) -> list[int]:
        """Of the processes that work for a stage."""
        ...

    def stop(self, deadline: float = 10.0) -> list[Outcome]:
        """Ends the stages in reverse order: what workers hold is finished, what is queued is not. Kills what is left
        after ``deadline`` seconds. Returns the outcomes that came meanwhile."""
        ...

    def kill(self) -> None:
        """Ends everything at once. No outcomes come any more."""
        ...
