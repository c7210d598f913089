"""How a worker's process comes into being: forked from the supervisor's where that is safe, else spawned.

A worker that is forked is there in 3 ms, has what the supervisor has imported, and shares those pages with the others;
one that is spawned starts an interpreter and imports for itself, 100 to 250 ms of a core's time and 10 to 20 MB.

Guarantees: a process that has more threads than this one is not forked (another thread's locks would stay locked for
ever in the copy). A forked worker holds open nothing of what its supervisor has open but the ends of its mailbox, so
that a death remains an end-of-file; and it never uses, frees or collects the objects that it has copies of.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from aptl3.actors.runtime import actor
from aptl3.actors.runtime.frames import FrameMemory
from aptl3.actors.runtime.spec import ChildSpec

_OPEN = "/proc/self/fd"
_THREADS = "/proc/self/task"


def launch(
    spec: ChildSpec, inbox: Connection, outbox: Connection, memory: FrameMemory, program: bytes, *, fork: bool
) -> BaseProcess:
    """A running worker. ``fork``: the host of the supervisor allows it. OSError when no process can be had."""
    name = f"aptl3 {spec.name}"
    arguments = inbox, outbox, memory, program
    process: BaseProcess
    if fork and sys.platform == "linux" and (spec.fork() if callable(spec.fork) else spec.fork):
        if spec.shared is not None:
            _load(spec.shared)
        if _alone():
            with _uncollected(), _without_interrupts():
                process = multiprocessing.get_context("fork").Process(
                    target=_forked, args=(_open_files(), *arguments), name=name, daemon=True
                )
                process.start()
            return process
    process = multiprocessing.get_context("spawn").Process(target=actor.main, args=arguments, name=name, daemon=True)
    _start_tracker()
    with _without_interrupts():
        process.start()
    return process


@cache
def _load(shared: Callable[[], None]) -> None:
    """Once for all workers. What goes wrong here goes wrong in the worker's ``build`` too, and is told there."""
    with suppress(Exception):
        shared()


def _alone() -> bool:
    """Whether this process has a single thread; not known, hence not so, where processes are not shown."""
    try:
        return len(os.listdir(_THREADS)) == 1
    except OSError:
        return False


def _open_files() -> list[int]:
    """What is open now, without what was open for looking: a pipe that is made next may get that number."""
    return [number for number in map(int, os.listdir(_OPEN)) if os.path.exists(f"{_OPEN}/{number}")]


def _forked(foreign: list[int], inbox: Connection, outbox: Connection, memory: FrameMemory, program: bytes) -> None:
    """In the new process: leaves everything of the supervisor's alone, then begins. What was opened since ``foreign``
    was listed are the pipes by which each of the two notices the other's end."""
    gc.freeze()
    gc.enable()
    kept = {0, 1, 2, inbox.fileno(), outbox.fileno()}
    for number in foreign:
        if number not in kept:
            with suppress(OSError):
                os.close(number)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    actor.main(inbox, outbox, memory, program)


@contextmanager
def _uncollected() -> Iterator[None]:
    """What is open stays open: else a file of what is collected meanwhile would give its number to one of the new
    pipes."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """A process that is started in here has SIGINT blocked from its first instruction."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start_tracker() -> None:
    """Spawning needs multiprocessing's tracker of resources, which unblocks SIGINT when it is started: so not in the
    middle of ours."""
    if sys.platform != "win32":
        from multiprocessing import resource_tracker

        resource_tracker.ensure_running()
