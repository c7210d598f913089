"""The supervisor: processes for stages, work for the processes, and an outcome for each task.

Guarantees: each task that is submitted has exactly one outcome, whichever workers die at whichever instruction, or is
still queued or in flight. The loop never waits for a worker: one that is stopped, hung or dead in the middle of a
message is noticed by its silence, its deadline or its end-of-file, is killed, and is replaced. When the supervisor
itself is killed, its workers end at once, and the frames' memory with the last of them.

Star-shaped: a mailbox belongs to the supervisor and one worker, and is thrown away with the worker. A queue that
several workers read was rejected, as a worker that is killed while it holds the queue's lock holds it for ever; a
restart of all for the death of one was rejected, as it pays for loading every model each time.

Workers are forked where their host allows it, else spawned. A supervisor whose ``__main__`` is a script (``python
script.py``, a console script) makes each worker that is spawned import that script; start the supervisor's process as
``python -c "from … import main; main()"`` or ``python -m`` a package, where nothing is imported for it.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Hashable, Sequence
from types import TracebackType
from typing import Any

from aptl3.actors.runtime.crew import LOOK, Crew
from aptl3.actors.runtime.frames import FramePool
from aptl3.actors.runtime.outcome import Outcome
from aptl3.actors.runtime.restart import RestartIntensity
from aptl3.actors.runtime.spec import ChildSpec
from aptl3.actors.runtime.statistics import StageStatistics
from aptl3.actors.runtime.waiting import Waiter
from aptl3.actors.runtime.watch import Watch

KILLED_IN = 5.0  # seconds; how long ``kill`` waits for processes to be gone


class Supervisor:
    """A ``Runner`` with processes; its methods are documented there. ``clock`` is monotonic, in seconds.

    ``intensity`` is a pattern: each stage counts by itself. ``fork``: this process is the supervisor's own and starts
    no threads, so workers may be forked (``launch``).
    """

    def __init__(
        self,
        specs: Sequence[ChildSpec],
        pool: FramePool,
        *,
        intensity: RestartIntensity | None = None,
        fork: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if len({spec.name for spec in specs}) != len(specs):
            raise ValueError("two stages have the same name")
        self._clock = clock
        self._watch = Watch(clock())
        self._waiter = Waiter()
        self._outcomes: list[Outcome] = []
        pattern = intensity or RestartIntensity()
        self._crews = {
            spec.name: Crew(spec, pool.memory, self._waiter, dataclasses.replace(pattern), self._outcomes.append, fork)
            for spec in specs
        }

    def start(self) -> None:
        for crew in self._crews.values():
            crew.scale(crew.spec.count, self._now())
            crew.tend(self._now())

    def submit(self, stage: str, key: Hashable, task: Any, front: bool = False, prompt: bool = False) -> None:
        self._crews[stage].submit(key, task, self._watch.time, front=front, prompt=prompt)  # looked at with each wait

    def poll(self, timeout: float, also: Sequence[Any] = ()) -> tuple[list[Outcome], list[Any]]:
        end = self._clock() + timeout
        while True:  # who was answered gets more to do by the next poll, together with what follows from his answers
            self._tend()
            over = self._outcomes or self._broken
            ready = self._listen(0.0 if over else end - self._clock(), also)
            if over or self._outcomes or self._broken or ready or self._clock() >= end:
                break
        if not self._outcomes:
            for crew in self._crews.values():
                if crew.broken:
                    raise crew.broken
        return self._take_outcomes(), ready

    def cancel(self, unwanted: Callable[[str, Hashable], bool]) -> list[tuple[str, Hashable]]:
        dropped: list[tuple[str, Hashable]] = []
        for name, crew in self._crews.items():
            dropped += [(name, key) for key in crew.cancel(lambda key, name=name: unwanted(name, key))]  # type: ignore[misc]
        return dropped

    def scale(self, stage: str, count: int) -> None:
        self._crews[stage].scale(count, self._now())

    def queued(self, stage: str) -> int:
        return self._crews[stage].queued

    def in_flight(self, stage: str) -> int:
        return self._crews[stage].in_flight

    def statistics(self) -> dict[str, StageStatistics]:
        return {name: crew.statistics(self._now()) for name, crew in self._crews.items()}

    def pids(self, stage: str) -> list[int]:
        return self._crews[stage].pids()

    def stop(self, deadline: float = 10.0) -> list[Outcome]:
        end = self._clock() + deadline
        for crew in self._crews.values():
            crew.halted = True
        for crew in reversed(self._crews.values()):
            crew.scale(0, self._now())
            while not crew.empty and self._clock() < end:
                self._listen(end - self._clock())
                self._tend()
        self.kill()
        return self._take_outcomes()

    def kill(self) -> None:
        for crew in self._crews.values():
            crew.kill(self._now())
        end = self._clock() + KILLED_IN
        for crew in self._crews.values():
            crew.bury_all(max(0.0, end - self._clock()))
        self._waiter.close()

    def __enter__(self) -> Supervisor:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.stop()
        else:
            self.kill()

    def _now(self) -> float:
        return self._watch.look(self._clock())

    @property
    def _broken(self) -> bool:
        return any(crew.broken for crew in self._crews.values())

    def _tend(self) -> None:
        now = self._now()
        for crew in self._crews.values():
            crew.tend(now)

    def _listen(self, timeout: float, also: Sequence[Any] = ()) -> list[Any]:
        """One wait, and what follows from it. Returns those of ``also`` that are ready."""
        now = self._now()
        pause = min((crew.pause(now) for crew in self._crews.values()), default=LOOK)
        children, ready = self._waiter.wait(min(timeout, pause), also)
        now = self._now()
        for child in dict.fromkeys(children):
            self._crews[child.spec.name].hear(child, now)
        return ready

    def _take_outcomes(self) -> list[Outcome]:
        outcomes = list(self._outcomes)
        self._outcomes.clear()  # the same list: the crews append to it
        return outcomes
