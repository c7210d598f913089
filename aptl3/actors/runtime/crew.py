"""One stage as the supervisor sees it: its queue, its workers, and who works on what.

Guarantees: a task that was submitted is in the queue, among the suspects, or in exactly one worker's batches, until
it has its one outcome; an outcome is given only when no process works on the task any more.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from itertools import islice
from math import inf
from typing import Any

from aptl3.actors.runtime.actor import refusal
from aptl3.actors.runtime.child import Batch, Child, Phase
from aptl3.actors.runtime.credit import portion
from aptl3.actors.runtime.frames import FrameMemory
from aptl3.actors.runtime.messages import UNREADABLE, Done, Failed, Ready, dump, load
from aptl3.actors.runtime.outcome import Escalated, Outcome
from aptl3.actors.runtime.restart import RestartIntensity
from aptl3.actors.runtime.spec import ChildSpec, Refused
from aptl3.actors.runtime.statistics import StageStatistics
from aptl3.actors.runtime.suspects import Suspects
from aptl3.actors.runtime.waiting import Waiter

_log = logging.getLogger(__name__)

LOOK = 1.0  # seconds between two looks at workers that say nothing
BURIAL = 0.005  # seconds; a killed process is gone in a few milliseconds


@dataclass(slots=True)
class _Task:
    value: Any
    since: float  # in the queue
    size: int = 0  # pickled, in bytes, once it was found to be too large for the credit of a worker that has work


class Crew:
    """The workers of one stage. ``settle`` takes each outcome; ``broken`` is set when the stage is given up."""

    def __init__(
        self,
        spec: ChildSpec,
        memory: FrameMemory,
        waiter: Waiter,
        intensity: RestartIntensity,
        settle: Callable[[Outcome], None],
        fork: bool = False,
    ) -> None:
        self.spec = spec
        self.wanted = 0  # workers
        self.halted = False  # hands out nothing more, replaces nobody
        self.broken: Escalated | None = None
        self._program = dump((spec.build, spec.args, spec.fatal))
        self._memory = memory
        self._waiter = waiter
        self._intensity = intensity
        self._settle_outcome = settle
        self._fork = fork
        self._children: list[Child] = []
        self._tasks: dict[Hashable, _Task] = {}  # all without an outcome
        self._queue: deque[Hashable] = deque()
        self._prompt = False  # nothing in the queue lingers
        self._fitting = 1 if spec.grows else spec.batch  # as many tasks as fitted into a message of late
        self._suspects = Suspects(spec.attempts)
        self._received = self._done = self._refused = self._restarts = self._bytes = 0
        self._busy = self._cpu = self._ready_before = 0.0  # seconds; the last of workers that are gone

    # -- what the supervisor's owner asks for

    def submit(self, key: Hashable, task: Any, now: float, *, front: bool, prompt: bool = False) -> None:
        """ValueError when the key has no outcome yet."""
        if key in self._tasks:
            raise ValueError(f"stage {self.spec.name} has no outcome yet for {key!r}")
        self._tasks[key] = _Task(task, now)
        self._received += 1
        self._prompt = self._prompt or prompt
        if front:
            self._queue.appendleft(key)
        else:
            self._queue.append(key)

    def cancel(self, unwanted: Callable[[Hashable], bool]) -> list[Hashable]:
        """Drops tasks that no worker has; returns their keys."""
        dropped = [key for key in self._queue if unwanted(key)]
        gone = set(dropped)
        self._queue = deque(key for key in self._queue if key not in gone)
        dropped += self._suspects.cancel(unwanted)
        for key in dropped:
            del self._tasks[key]
        return dropped

    def scale(self, count: int, now: float) -> None:
        """More workers start at the next ``tend``; fewer: the least loaded end when they have done what they hold."""
        if count < 0:
            raise ValueError(f"stage {self.spec.name} can't have {count} workers")
        self.wanted = count
        staying = [child for child in self._children if not child.retiring]
        staying.sort(key=lambda child: (child.phase is Phase.READY, child.in_flight))
        for child in staying[: max(0, len(staying) - count)]:
            child.retire(now)

    @property
    def queued(self) -> int:
        return len(self._queue) + len(self._suspects)

    @property
    def in_flight(self) -> int:
        return len(self._tasks) - self.queued

    @property
    def empty(self) -> bool:
        """No process is left."""
        return not self._children

    def pids(self) -> list[int]:
        return [child.pid for child in self._children if child.phase is not Phase.DYING]

    def statistics(self, now: float) -> StageStatistics:
        ready = [child for child in self._children if child.phase is Phase.READY]
        return StageStatistics(
            workers=self.wanted,
            ready=sum(not child.retiring for child in ready),
            queued=self.queued,
            in_flight=self.in_flight,
            received=self._received,
            done=self._done,
            refused=self._refused,
            restarts=self._restarts,
            busy_seconds=self._busy + sum(child.working(now) for child in ready),
            cpu_seconds=self._cpu,
            ready_seconds=self._ready_before + sum(child.ready_seconds(now) for child in self._children),
            bytes=self._bytes,
        )

    # -- what the supervisor's loop does

    def hear(self, child: Child, now: float) -> None:
        """Takes in what a worker says."""
        for message in child.receive(now):
            if isinstance(message, Ready):
                child.ready(now)
                self._intensity.ready(now)
            elif isinstance(message, Done):
                self._answered(child, message, now)
            elif isinstance(message, Failed):
                self._give_up(message.text, _load_error(message.error), message.detail)

    def tend(self, now: float) -> None:
        """Kills who hangs, buries who is gone, replaces them, hands out work."""
        for child in list(self._children):
            if child.phase is Phase.DYING:
                if child.gone:
                    self._bury(child, now)
                elif child.stuck(now):
                    self._abandon(child, now)
            elif hang := child.hung(now):
                child.kill(now, hang)
        if self.broken is None and not self.halted:
            self._fill(now)
            self._hand_out(now)

    def pause(self, now: float) -> float:
        """How long nothing needs to be done here if no worker says anything, in seconds."""
        if any(child.phase is Phase.DYING for child in self._children):
            return BURIAL
        lingers = self.spec.linger and self._queue and not self.halted
        if lingers and any(child.able and not child.batches for child in self._children):
            return max(0.0, min(LOOK, self.spec.linger - self._waited(now)))
        return LOOK

    def kill(self, now: float) -> None:
        """SIGKILL to all; ``bury_all`` must follow."""
        self.wanted = 0
        for child in self._children:
            child.retiring = True
            child.kill(now)

    def bury_all(self, timeout: float) -> None:
        """After ``kill``: waits at most ``timeout`` seconds for each process."""
        for child in self._children:
            child.wait_gone(timeout)
            child.bury()
        self._children.clear()

    # -- handing out

    def _hand_out(self, now: float) -> None:
        while self._queue or self._suspects:
            able = [child for child in self._children if child.able]
            if not able:
                return
            child = min(able, key=lambda c: (len(c.batches), c.in_flight))
            if self._suspects:  # nothing else is handed out meanwhile: that is how a worker becomes idle for them
                if child.batches:
                    return
                self._send_suspect(child, now)
                continue
            count = self._portion(child, sum(not c.batches for c in able), now)
            if not count or not self._send_next(child, count, now):
                return

    def _portion(self, child: Child, idle_workers: int, now: float) -> int:
        """How much of the queue this worker should have now, as far as its number goes."""
        return portion(
            len(self._queue),
            self._fitting,
            idle_workers,
            linger=self.spec.linger,
            waited=self._waited(now),
            idle=not child.batches,
        )

    def _send_suspect(self, child: Child, now: float) -> None:
        key = self._suspects.next()
        try:
            tasks = self._pack([key])
        except Exception as error:  # it could be pickled once, and has been changed since
            self._settle(key, refusal(error))
        else:
            self._send(child, [key], tasks, now, alone=True)

    def _send_next(self, child: Child, count: int, now: float) -> bool:
        """Sends the first ``count`` of the queue, or as many of them as the worker's credit allows; whether it is worth
        while to go on."""
        while count and child.credit.may_send(self._tasks[self._queue[0]].size):
            keys = list(islice(self._queue, count))
            try:
                tasks = self._pack(keys)
            except Exception as error:
                if count == 1:
                    self._leave(keys)
                    self._settle(keys[0], refusal(error))
                    return True
                count = 1  # whose error it is shows by and by
                continue
            if child.credit.may_send(len(tasks), count):
                self._fitting = max(self._fitting, min(self.spec.batch, 2 * count))
                self._leave(keys)
                self._send(child, keys, tasks, now)
                return True
            if count == 1:
                self._tasks[keys[0]].size = len(tasks)
            count //= 2
            self._fitting = max(1, count)
        return False

    def _leave(self, keys: Sequence[Hashable]) -> None:
        """These, the first, are in the queue no more."""
        for _ in keys:
            self._queue.popleft()
        self._prompt = self._prompt and bool(self._queue)

    def _pack(self, keys: Sequence[Hashable]) -> bytes:
        return dump([self._tasks[key].value for key in keys])

    def _waited(self, now: float) -> float:
        """For how long the oldest task has been waiting for others; for ever when there is one that must not."""
        return inf if self._prompt else now - self._tasks[self._queue[0]].since

    def _send(self, child: Child, keys: Sequence[Hashable], tasks: bytes, now: float, *, alone: bool = False) -> None:
        self._bytes += child.send(keys, tasks, now, alone=alone)

    # -- answers

    def _answered(self, child: Child, message: Done, now: float) -> None:
        try:
            batch = child.oldest(message.number)
            answers = self._answers(batch, message.answers)
        except ValueError as error:
            _log.error("stage %s: worker %d talks nonsense: %s", self.spec.name, child.pid, error)
            child.kill(now)
            return
        child.done(now)
        self._busy += message.busy
        self._cpu += message.cpu
        self._bytes += len(message.answers)
        if answers is None:
            self._suspects.accuse(batch.keys)
            return
        for key, value in zip(batch.keys, answers, strict=True):
            self._settle(key, value)

    def _answers(self, batch: Batch, data: bytes) -> list[Any] | None:
        """One for each task of the batch; None when one of several tasks, or of their answers, can't be unpickled.
        ValueError for other answers than these."""
        several = len(batch.keys) > 1
        if several and data == UNREADABLE:
            return None
        try:
            answers = load(data)
        except Exception as error:
            return None if several else [refusal(error)]
        if not isinstance(answers, list) or len(answers) != len(batch.keys):
            raise ValueError(f"no {len(batch.keys)} answers")
        return answers

    def _settle(self, key: Hashable, value: Any, *, stuck: bool = False) -> None:
        del self._tasks[key]
        self._suspects.clear(key)
        if isinstance(value, Refused):
            self._refused += 1
            if value.detail:
                _log.warning("stage %s refused %r: %s\n%s", self.spec.name, key, value.error, value.detail)
            self._settle_outcome(Outcome(self.spec.name, key, refused=value, stuck=stuck))
        else:
            self._done += 1
            self._settle_outcome(Outcome(self.spec.name, key, value))

    # -- births and deaths

    def _fill(self, now: float) -> None:
        while sum(not child.retiring for child in self._children) < self.wanted:
            try:
                child = Child(self.spec, self._program, self._memory, self._waiter, now, fork=self._fork)
                self._children.append(child)
            except OSError as error:
                _log.warning("stage %s: no process could be started: %s", self.spec.name, error)
                if self._intensity.record(now):
                    self._give_up(f"no process could be started: {error}", error)
                return

    def _bury(self, child: Child, now: float) -> None:
        """The process is gone: takes in its last words, blames who is to blame. Its place is filled by ``_fill``."""
        self.hear(child, now)
        end = child.describe_end()
        batches = list(child.batches)
        self._remove(child, now)
        if self.broken is not None or (child.retiring and not batches):
            return
        _log.warning("stage %s: worker %d %s", self.spec.name, child.pid, end)
        if not batches:
            if self._intensity.record(now):
                self._give_up(f"its workers die too often; the last {end}")
            return
        head, *behind = batches
        self._requeue([key for batch in behind for key in batch.keys])
        given_up = self._suspects.accuse(head.keys)
        if given_up is not None:
            reason = "timeout" if child.hang else "crash"
            error = f"{self.spec.attempts} workers were lost over it; the last {end}"
            self._settle(given_up, Refused(reason, error))

    def _abandon(self, child: Child, now: float) -> None:
        """The process does not die: lives on without it, and gives up what it had begun."""
        _log.error("stage %s: worker %d can't be killed; it is left behind", self.spec.name, child.pid)
        self._remove(child, now)
        head, *behind = child.batches or [None]
        self._requeue([key for batch in behind if batch for key in batch.keys])
        for key in head.keys if head else ():
            self._settle(key, Refused("timeout", "its worker sleeps in the kernel and can't be ended"), stuck=True)

    def _remove(self, child: Child, now: float) -> None:
        self._ready_before += child.ready_seconds(now)
        self._restarts += not child.retiring
        self._children.remove(child)
        child.bury()

    def _requeue(self, keys: Sequence[Hashable]) -> None:
        """What a dead worker had behind its first batch is not what it is judged by, and goes first."""
        self._queue.extendleft(reversed(keys))

    def _give_up(self, text: str, error: Exception | None = None, detail: str = "") -> None:
        if self.broken is None:
            self.broken = Escalated(self.spec.name, text, error, detail)


def _load_error(pickled: bytes) -> Exception | None:
    try:
        error = load(pickled)
    except Exception:
        return None
    return error if isinstance(error, Exception) else None
