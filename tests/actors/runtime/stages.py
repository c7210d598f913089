"""Stages for tests, simple enough to be imported by a worker at once."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from aptl3.actors.runtime.frames import Frame, FrameMemory
from aptl3.actors.runtime.spec import Refused


class Unreadable:
    """Can be pickled, but not unpickled."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __reduce__(self) -> Any:
        return _unreadable, (self._what,)


class Fickle:
    """Can be pickled once."""

    def __init__(self) -> None:
        self.pickled = 0

    def __reduce__(self) -> Any:
        self.pickled += 1
        if self.pickled > 1:
            raise ValueError("it was changed")
        return int, (0,)


class Counted:
    """A text that counts how often it is pickled; doubled, it gives its length."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.pickled = 0

    def __reduce__(self) -> Any:
        self.pickled += 1
        return _Text, (self.text,)


class _Text(str):
    def __mul__(self, times: Any) -> Any:
        return len(self) * times


def _unreadable(what: str) -> None:
    raise ValueError(f"no {what} can be read")


class Doer:
    """Does what each task says: a verb and its arguments. Numbers are doubled."""

    def __init__(self, memory: FrameMemory, closed: Path | None = None) -> None:
        self._memory = memory
        self._closed = closed

    def run(self, batch: Sequence[Any]) -> Sequence[Any]:
        return [self._do(*task) if isinstance(task, tuple) else task * 2 for task in batch]

    def close(self) -> None:
        if self._closed is not None:
            self._closed.write_text("closed")

    def _do(self, verb: str, *arguments: Any) -> Any:
        return getattr(self, f"do_{verb}")(*arguments)

    def do_pid(self) -> int:
        return os.getpid()

    def do_sleep(self, seconds: float, value: Any) -> Any:
        time.sleep(seconds)
        return value

    def do_wait(self, for_file: Path, value: Any) -> Any:
        while not for_file.exists():
            time.sleep(0.005)
        return value

    def do_die(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def do_die_once(self, mark: Path) -> str:
        if not mark.exists():
            mark.touch()
            self.do_die()
        return "alive"

    def do_stop(self) -> None:
        os.kill(os.getpid(), signal.SIGSTOP)

    def do_hold_lock(self) -> int:
        """Native code that keeps the interpreter's lock, for minutes."""
        return sum(range(10**11))

    def do_raise(self, text: str) -> None:
        raise ValueError(text)

    def do_full(self) -> None:
        raise StageFull("no room")

    def do_refuse(self) -> Refused:
        return Refused("empty", "no bytes")

    def do_unpicklable(self) -> Any:
        return lambda: None

    def do_unreadable(self) -> Any:
        return Unreadable("answer")

    def do_invert(self, frame: Frame) -> int:
        view = self._memory.view(frame)
        view[:] = bytes(255 - byte for byte in view)
        return len(view)

    def do_interrupt(self) -> str:
        os.kill(os.getpid(), signal.SIGINT)
        return "went on"

    def do_open(self) -> list[str]:
        """What this process has open beside the standard streams, its frames' memory and what looks for it."""
        links = {number: f"/proc/self/fd/{number}" for number in map(int, os.listdir("/proc/self/fd"))}
        opened = [os.readlink(link) for number, link in links.items() if number > 2 and os.path.exists(link)]
        return [one for one in opened if one != os.devnull]  # multiprocessing's standard input

    def do_knows(self, module: str) -> bool:
        return module in sys.modules

    def do_touch_and_sleep(self, mark: Path, seconds: float) -> str:
        mark.write_text(str(os.getpid()))
        time.sleep(seconds)
        return "slept"


class StageFull(Exception):
    """Fatal for its stage."""


class Sizes:
    """Answers with the size of the batch that the task was in."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def run(self, batch: Sequence[Any]) -> Sequence[Any]:
        time.sleep(self._seconds)
        return [len(batch)] * len(batch)


class Short:
    """Forgets an answer, unless it has only one task."""

    def run(self, batch: Sequence[Any]) -> Sequence[Any]:
        return list(batch[:1])


def build_doer(closed: Path | None = None, *, memory: FrameMemory) -> Doer:
    return Doer(memory, closed)


def build_sizes(seconds: float, *, memory: FrameMemory) -> Sizes:
    return Sizes(seconds)


def build_short(*, memory: FrameMemory) -> Short:
    return Short()


def build_raising(text: str, *, memory: FrameMemory) -> Doer:
    raise StageFull(text)


def build_odd_error(*, memory: FrameMemory) -> Doer:
    class Local(Exception):
        """Can't be pickled."""

    raise Local("odd")


def build_dying(*, memory: FrameMemory) -> Doer:
    os._exit(3)


def build_slow(seconds: float, *, memory: FrameMemory) -> Doer:
    time.sleep(seconds)
    return Doer(memory)


class Beginner(Doer):
    """Begins on the next batch before one is waited for."""

    def begin(self, batch: Sequence[Any]) -> Callable[[], Sequence[Any]]:
        def answers() -> Sequence[Any]:
            time.sleep(0.1)  # meanwhile the next batch comes
            return self.run(batch)

        return answers


def build_beginner(memory: FrameMemory) -> Beginner:
    return Beginner(memory)


class Lathe:
    """Begins on the next batch before one is waited for; each answer is how many of its batches were begun and not
    answered when that was waited for."""

    def __init__(self) -> None:
        self._under_way = 0

    def run(self, batch: Sequence[Any]) -> Sequence[Any]:
        return self.begin(batch)()

    def begin(self, batch: Sequence[Any]) -> Callable[[], Sequence[Any]]:
        self._under_way += 1

        def answers() -> Sequence[Any]:
            told = [self._under_way] * len(batch)
            time.sleep(0.1)  # meanwhile the supervisor hears of the batch before, and sends another
            self._under_way -= 1
            return told

        return answers


def build_lathe(memory: FrameMemory) -> Lathe:
    return Lathe()
