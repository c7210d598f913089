"""Supervisors in processes of their own, for tests that kill them."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import psutil

from aptl3.actors.runtime.frames import FramePool
from aptl3.actors.runtime.spec import ChildSpec
from aptl3.actors.runtime.supervisor import Supervisor
from tests.actors.runtime.stages import build_doer, build_slow


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def busy(folder: str, fork: bool) -> None:
    """Has a worker for every way of being unable to listen; says the pids of all its processes when all are at it."""
    marks = [Path(folder, name) for name in ("idle", "asleep", "locked", "stopped")]
    pool = FramePool(1 << 24, 1 << 20)
    specs = [ChildSpec(mark.name, build_doer, batch=1) for mark in marks]
    with Supervisor([*specs, ChildSpec("starting", build_slow, (600.0,))], pool, fork=fork) as supervisor:
        for mark in marks:
            supervisor.submit(mark.name, "mark", ("touch_and_sleep", mark, 0.0))
        seen = 0
        while seen < len(marks):
            seen += len(supervisor.poll(1.0)[0])
        supervisor.submit("asleep", 1, ("sleep", 600.0, None))
        supervisor.submit("locked", 1, ("hold_lock",))
        supervisor.submit("stopped", 1, ("stop",))
        stopped = psutil.Process(supervisor.pids("stopped")[0])
        while stopped.status() != psutil.STATUS_STOPPED:
            supervisor.poll(0.01)
        say(json.dumps([child.pid for child in psutil.Process().children(recursive=True)]))
        while True:
            supervisor.poll(1.0)


def working(fork: bool) -> None:
    """Works for ever, on big and small messages; says its workers' pids, then a dot for every outcome."""
    pool = FramePool(1 << 24, 1 << 20)
    with Supervisor([ChildSpec("doer", build_doer, count=2)], pool, fork=fork) as supervisor:
        say(json.dumps(supervisor.pids("doer")))
        key = 0
        while True:
            while supervisor.queued("doer") < 20:
                key += 1
                supervisor.submit("doer", key, ("sleep", 0.0, os.urandom(100_000 if key % 3 else 10)))
            for _ in supervisor.poll(1.0)[0]:
                say(".")
