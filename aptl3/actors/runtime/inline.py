"""The same interface as the supervisor's in one process, in order: for tests and for looking at a pipeline's steps.

Stages are built by ``start``; each ``poll`` runs one batch, of the last stage in the line that has one, so an item
goes all the way before the next begins. Nothing dies, so nothing is restarted.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from aptl3.actors.runtime.actor import answer, close, describe
from aptl3.actors.runtime.frames import FramePool
from aptl3.actors.runtime.outcome import Escalated, Outcome
from aptl3.actors.runtime.spec import ChildSpec, Refused, Stage
from aptl3.actors.runtime.statistics import StageStatistics
from aptl3.actors.runtime.waiting import Waiter


@dataclass
class _Line:
    """One stage and its queue."""

    spec: ChildSpec
    workers: int
    stage: Stage | None = None
    queue: deque[tuple[Hashable, Any]] = field(default_factory=deque)
    received: int = 0
    done: int = 0
    refused: int = 0
    busy: float = 0.0
    cpu: float = 0.0
    built: float = 0.0


class InlineSupervisor:
    """A ``Runner`` without processes; its methods are documented there. ``clock`` is monotonic, in seconds."""

    def __init__(
        self, specs: Sequence[ChildSpec], pool: FramePool, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._lines = {spec.name: _Line(spec, spec.count) for spec in specs}
        self._waiter = Waiter()

    def start(self) -> None:
        for name, line in self._lines.items():
            try:
                line.stage = line.spec.build(*line.spec.args, memory=self._pool.memory)
            except Exception as error:
                raise Escalated(name, describe(error), error) from error
            line.built = self._clock()

    def submit(self, stage: str, key: Hashable, task: Any, front: bool = False, prompt: bool = False) -> None:
        line = self._lines[stage]
        if any(key == other for other, _ in line.queue):
            raise ValueError(f"stage {stage} has no outcome yet for {key!r}")
        line.received += 1
        if front:
            line.queue.appendleft((key, task))
        else:
            line.queue.append((key, task))

    def poll(self, timeout: float, also: Sequence[Any] = ()) -> tuple[list[Outcome], list[Any]]:
        line = next((line for line in reversed(self._lines.values()) if line.queue and line.workers), None)
        outcomes = self._run(line) if line else []
        return outcomes, self._waiter.wait(0.0 if line else timeout, also)[1]

    def cancel(self, unwanted: Callable[[str, Hashable], bool]) -> list[tuple[str, Hashable]]:
        dropped: list[tuple[str, Hashable]] = []
        for name, line in self._lines.items():
            kept: deque[tuple[Hashable, Any]] = deque()
            for key, task in line.queue:
                if unwanted(name, key):
                    dropped.append((name, key))
                else:
                    kept.append((key, task))
            line.queue = kept
        return dropped

    def scale(self, stage: str, count: int) -> None:
        self._lines[stage].workers = count

    def queued(self, stage: str) -> int:
        return len(self._lines[stage].queue)

    def in_flight(self, stage: str) -> int:
        return 0

    def statistics(self) -> dict[str, StageStatistics]:
        now = self._clock()
        return {
            name: StageStatistics(
                workers=line.workers,
                ready=int(line.stage is not None),
                queued=len(line.queue),
                in_flight=0,
                received=line.received,
                done=line.done,
                refused=line.refused,
                restarts=0,
                busy_seconds=line.busy,
                cpu_seconds=line.cpu,
                ready_seconds=now - line.built if line.stage is not None else 0.0,
                bytes=0,
            )
            for name, line in self._lines.items()
        }

    def pids(self, stage: str) -> list[int]:
        return [os.getpid()] if self._lines[stage].stage is not None else []

    def stop(self, deadline: float = 10.0) -> list[Outcome]:
        for line in reversed(self._lines.values()):
            if line.stage is not None:
                close(line.stage)
                line.stage = None
        self._waiter.close()
        return []

    def kill(self) -> None:
        self.stop()

    def __enter__(self) -> InlineSupervisor:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self, line: _Line) -> list[Outcome]:
        if line.stage is None:
            raise RuntimeError("the supervisor was not started")
        batch = [line.queue.popleft() for _ in range(min(line.spec.batch, len(line.queue)))]
        start, spent = self._clock(), time.process_time()
        try:
            answers = answer(line.stage, [task for _, task in batch], line.spec.fatal)
        except line.spec.fatal as error:
            line.queue.extendleft(reversed(batch))
            raise Escalated(line.spec.name, describe(error), error) from error
        line.busy += self._clock() - start
        line.cpu += time.process_time() - spent
        outcomes = []
        for (key, _), value in zip(batch, answers, strict=True):
            refused = value if isinstance(value, Refused) else None
            line.refused += refused is not None
            line.done += refused is None
            outcomes.append(Outcome(line.spec.name, key, None if refused else value, refused))
        return outcomes
