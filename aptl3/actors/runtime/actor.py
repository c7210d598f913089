"""The worker's side: a process that builds a stage, runs batches and ends with its supervisor.

Two threads. The main thread builds the stage and runs it. The mailbox thread takes in messages as they come, so that
the supervisor's sends never wait for the stage, and gives a sign of life every second; when the supervisor is gone it
reads an end-of-file and ends the process at once, whatever the main thread does. Native code may hold the
interpreter's lock for longer; on Linux the kernel kills the process even then.

Ctrl-C belongs to whoever talks to the user: SIGINT is ignored here. The process never runs the interpreter's exit
handlers, in which native libraries like to hang; a stage that has something to finish does so in ``close()``.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import queue
import select
import signal
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from aptl3.actors.runtime.frames import FrameMemory
from aptl3.actors.runtime.mailbox import Inbox, Outbox
from aptl3.actors.runtime.messages import UNREADABLE, Beat, Done, Failed, Message, Ready, Run, Stop, dump, load
from aptl3.actors.runtime.scheduling import compute_in_long_slices
from aptl3.actors.runtime.spec import Refused, Stage

BEAT = 1.0  # seconds between signs of life
_LOST = 70  # exit status of a worker without a supervisor (EX_SOFTWARE); nobody is there to read it


def main(inbox: Connection, outbox: Connection, memory: FrameMemory, program: bytes) -> None:
    """Runs in the new process. ``program`` is the pickled (build, args, fatal) of the spec: unpickling it may import
    much, so it is done under the eyes of the mailbox thread."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _end_with_parent()
    compute_in_long_slices()
    status = 1
    try:
        status = Actor(Inbox(inbox), Outbox(outbox), memory).live(program)
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(Exception):
            logging.shutdown()
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


class Actor:
    """One worker's life: build, ready, batches, stop."""

    def __init__(self, inbox: Inbox, outbox: Outbox, memory: FrameMemory) -> None:
        self._inbox = inbox
        self._outbox = outbox
        self._memory = memory
        self._messages: queue.SimpleQueue[Run | Stop] = queue.SimpleQueue()

    def live(self, program: bytes) -> int:
        """Returns the exit status: 0 after a Stop, 1 when the stage can't go on."""
        threading.Thread(target=self._attend, daemon=True, name="mailbox").start()
        fatal: tuple[type[Exception], ...] = ()
        try:
            build, args, fatal = load(program)
            stage = build(*args, memory=self._memory)
        except Exception as error:
            return self._fail(error)
        self._send(Ready())
        try:
            self._work(stage, fatal)
        except fatal as error:
            return self._fail(error)
        close(stage)
        return 0

    def _work(self, stage: Stage, fatal: tuple[type[Exception], ...]) -> None:
        """Answers batches, in order, until a Stop. What ``fatal`` names comes out here."""
        overlap = 1 if hasattr(stage, "begin") else 0  # batches that are begun and not waited for
        begun: deque[tuple[int, Callable[[], bytes], float]] = deque()
        stopping, ended, spent = False, 0.0, time.process_time()
        while begun or not stopping:
            message = self._next(wait=not begun)
            if isinstance(message, Run):
                start = time.perf_counter()
                begun.append((message.number, begin_pickled(stage, message, fatal), start))
                if len(begun) <= overlap:
                    continue
            stopping = stopping or isinstance(message, Stop)
            if begun:
                number, answers, start = begun.popleft()
                found, since = answers(), max(start, ended)
                ended, before, spent = time.perf_counter(), spent, time.process_time()
                self._send(Done(number, found, ended - since, spent - before))

    def _next(self, wait: bool) -> Run | Stop | None:
        """The next message; None when there is none and nobody is to ``wait``."""
        try:
            return self._messages.get(wait)
        except queue.Empty:
            return None

    def _fail(self, error: Exception) -> int:
        try:
            pickled = dump(error)
            load(pickled)  # many exceptions can be pickled and not unpickled
        except Exception:
            pickled = b""
        self._send(Failed(describe(error), pickled, traceback.format_exc()))
        return 1

    def _send(self, message: Message) -> None:
        try:
            self._outbox.send(dump(message))
        except OSError:  # the supervisor is gone
            os._exit(_LOST)

    def _attend(self) -> None:
        """The mailbox thread."""
        beat = dump(Beat())
        due = time.monotonic() + BEAT
        try:
            while True:
                if self._inbox.wait(max(0.0, due - time.monotonic())):
                    self._messages.put(load(self._inbox.receive()))
                if time.monotonic() >= due:
                    self._outbox.send_if_free(beat)
                    due = time.monotonic() + BEAT
        except BaseException as error:
            if not isinstance(error, (EOFError, OSError)):
                traceback.print_exc()
            os._exit(_LOST)


def begin_pickled(stage: Stage, run: Run, fatal: tuple[type[Exception], ...]) -> Callable[[], bytes]:
    """Starts on pickled tasks; what it returns gives the answers, pickled. An answer that can't be pickled is refused
    alone, and so is a task that can't be unpickled and came alone; of several, they are ``UNREADABLE``."""
    try:
        tasks = load(run.tasks)
    except Exception as error:
        told = UNREADABLE if run.several else dump([refusal(error)])
        return lambda: told
    values = begin(stage, tasks, fatal)
    return lambda: _dump_answers(values())


def begin(stage: Stage, tasks: Sequence[Any], fatal: tuple[type[Exception], ...] = ()) -> Callable[[], list[Any]]:
    """Starts on a batch, if the stage can do that; what it returns gives the answers (see ``answer``)."""
    start: Callable[[Sequence[Any]], Callable[[], Sequence[Any]]] | None = getattr(stage, "begin", None)
    if start is None:
        return lambda: answer(stage, tasks, fatal)
    try:
        found = start(tasks)
    except fatal:
        raise
    except Exception:
        return lambda: answer(stage, tasks, fatal)

    def answers() -> list[Any]:
        try:
            return _checked(stage, tasks, found())
        except fatal:
            raise
        except Exception:
            return answer(stage, tasks, fatal)

    return answers


def answer(stage: Stage, tasks: Sequence[Any], fatal: tuple[type[Exception], ...] = ()) -> list[Any]:
    """The stage's answers. When it raises, its tasks are run one by one, and those that raise alone are refused."""
    try:
        return _checked(stage, tasks, stage.run(tasks))
    except fatal:
        raise
    except Exception as error:
        if len(tasks) == 1:
            return [refusal(error)]
    return [value for task in tasks for value in answer(stage, [task], fatal)]


def _checked(stage: Stage, tasks: Sequence[Any], found: Sequence[Any]) -> list[Any]:
    answers = list(found)
    if len(answers) != len(tasks):
        raise RuntimeError(f"{type(stage).__name__} gave {len(answers)} answers to {len(tasks)} tasks")
    return answers


def _dump_answers(values: list[Any]) -> bytes:
    try:
        return dump(values)
    except Exception:
        return dump([_can_be_dumped(value) for value in values])


def _can_be_dumped(value: Any) -> Any:
    """``value``, or why it can't be pickled."""
    try:
        dump(value)
    except Exception as error:
        return refusal(error)
    return value


def refusal(error: Exception) -> Refused:
    """For an exception that is being handled, with its traceback."""
    return Refused("crash", describe(error), traceback.format_exc())


def describe(error: BaseException) -> str:
    """One line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def close(stage: Stage) -> None:
    """Calls the stage's ``close()`` if it has one."""
    closing: Callable[[], None] | None = getattr(stage, "close", None)
    if closing is not None:
        closing()


def _end_with_parent() -> None:
    """Linux: lets the kernel kill this process when the parent's end of the spawn pipe closes, that is when the parent
    dies. PR_SET_PDEATHSIG would do so when the thread dies that spawned us."""
    if sys.platform != "linux":
        return
    import fcntl

    parent = multiprocessing.parent_process()
    if parent is None:
        return
    pipe = parent.sentinel
    with suppress(OSError):  # a kernel without it leaves the mailbox thread to notice
        fcntl.fcntl(pipe, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(pipe, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_ASYNC)
    if select.select([pipe], [], [], 0)[0]:  # it died before that
        os._exit(_LOST)
