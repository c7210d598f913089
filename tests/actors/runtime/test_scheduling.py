"""How workers are scheduled: seen on their processes from outside, as the kernel tells it."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aptl3.actors.runtime import scheduling
from aptl3.actors.runtime.scheduling import SLICE, compute_in_long_slices
from aptl3.actors.runtime.supervisor import Supervisor
from tests.actors.runtime.conftest import doer, ready

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is done")

ASKED = """
import os, sys
from aptl3.actors.runtime.scheduling import compute_in_long_slices
{before}
compute_in_long_slices()
print(os.sched_getscheduler(0) == os.SCHED_BATCH, os.getpriority(os.PRIO_PROCESS, 0))
"""


def asked(before: str = "") -> str:
    code = ASKED.format(before=before)
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, timeout=60, check=True)
    return done.stdout.strip()


def test_every_thread_of_a_worker_is_batch_work_and_the_supervisor_is_not(
    supervise: Callable[..., Supervisor],
) -> None:
    before = os.sched_getscheduler(0)
    supervisor = supervise(doer(count=1))
    (pid,) = ready(supervisor)
    threads = [int(entry.name) for entry in Path(f"/proc/{pid}/task").iterdir()]
    assert len(threads) > 1  # the mailbox's is one
    assert {os.sched_getscheduler(thread) for thread in threads} == {os.SCHED_BATCH}
    assert os.sched_getscheduler(0) == before


def test_it_may_compute_for_a_while_in_a_row(supervise: Callable[..., Supervisor]) -> None:
    release = tuple(int(part) for part in os.uname().release.split(".")[:2])
    (pid,) = ready(supervise(doer(count=1)))
    told = Path(f"/proc/{pid}/sched")
    if release < (6, 12) or not told.exists():
        pytest.skip("this kernel has no slices of one's own, or does not tell them")
    (slice_,) = [line for line in told.read_text().splitlines() if line.startswith("se.slice")]
    assert int(slice_.split(":")[1]) == SLICE


def test_niceness_stays() -> None:
    assert asked("os.nice(7)") == f"True {min(19, os.getpriority(os.PRIO_PROCESS, 0) + 7)}"


def test_a_policy_that_the_user_chose_stays() -> None:
    chosen = "os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))"
    assert asked(chosen).startswith("False")


@pytest.mark.parametrize("call", ["sched_getscheduler", "sched_setscheduler", "getpriority"])
def test_what_is_not_allowed_is_left(monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """A filter of system calls may refuse any of them; what would change this process is left out here."""

    def forbidden(*_: Any) -> None:
        raise PermissionError("not in this sandbox")

    told: list[bytes] = []
    monkeypatch.setattr(os, "sched_setscheduler", lambda *_: None)
    monkeypatch.setattr(scheduling, "_system_call", lambda: lambda attributes: told.append(attributes) or -1)
    monkeypatch.setattr(os, call, forbidden)
    compute_in_long_slices()
    assert told == []


def test_a_processor_whose_call_is_not_known_does_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduling, "_NUMBERS", {})
    call = scheduling._system_call()
    assert call is None or hasattr(ctypes.CDLL(None), "sched_setattr")
