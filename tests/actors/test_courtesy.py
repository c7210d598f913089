from __future__ import annotations

import os
import subprocess
import sys
from unittest.mock import Mock

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aptl3.actors.courtesy import DOWN, NICE, UP, Courtesy, confine, courtesy, on_battery, usable


@given(st.integers(1, 128), st.floats(0, 200), st.booleans())
def test_one_core_always_and_never_more_than_others_leave(cores: int, others: float, unplugged: bool) -> None:
    allowed = courtesy(cores, others, unplugged)
    assert 1 <= allowed <= cores
    assert allowed == 1 or allowed + others <= cores + 0.5
    assert allowed == 1 or not unplugged or 2 * allowed <= cores
    assert courtesy(cores, 0.0, False) == cores


def test_it_gives_way_soon_and_comes_back_late() -> None:
    one = Courtesy(8)
    assert [one.look(3.0, False) for _ in range(DOWN)] == [False] * (DOWN - 1) + [True]
    assert (one.allowed, one.reason) == (5, "others compute")
    assert not any(one.look(3.0, False) for _ in range(5))
    assert [one.look(0.0, False) for _ in range(UP)] == [False] * (UP - 1) + [True]
    assert (one.allowed, one.reason) == (8, "")
    assert [one.look(0.0, True) for _ in range(DOWN)] == [False] * (DOWN - 1) + [True]
    assert (one.allowed, one.reason) == (4, "on battery")


def test_a_moment_of_others_changes_nothing() -> None:
    one = Courtesy(8)
    assert not any(one.look(others, False) for _ in range(20) for others in (5.0, 0.0))
    one.look(5.0, False), one.look(5.0, False)
    assert one.allowed == 3
    assert not any(one.look(others, False) for _ in range(20) for others in (0.0, 5.0, 7.0))


@pytest.mark.parametrize("error", [TypeError, ValueError, OSError, psutil.AccessDenied, NotImplementedError])
def test_a_battery_that_cannot_be_read_is_none(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    monkeypatch.setattr(psutil, "sensors_battery", Mock(side_effect=error), raising=False)
    assert not on_battery()


@pytest.mark.parametrize(("battery", "expected"), [(None, False), (Mock(power_plugged=False), True)])
def test_a_battery_is_seen(monkeypatch: pytest.MonkeyPatch, battery: Mock | None, expected: bool) -> None:
    monkeypatch.setattr(psutil, "sensors_battery", lambda: battery, raising=False)
    assert on_battery() is expected


def test_where_no_process_is_listed_this_one_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil.Process, "children", Mock(side_effect=psutil.AccessDenied))
    confine(usable())


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX priorities")
def test_priority_and_cores_hold_for_all_below_and_for_their_threads() -> None:
    """In a process of its own: a priority that was lowered stays so."""
    code = """
import os, pathlib, subprocess, sys, threading, time
from aptl3.actors.courtesy import _threads, confine, lower, usable
stop = threading.Event()
threading.Thread(target=stop.wait, daemon=True).start()
child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
first = usable()[:1]
lower(); confine(first)
later = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
for pid in (os.getpid(), child.pid, later.pid):
    for thread in _threads(pid):
        cores = os.sched_getaffinity(thread) if hasattr(os, "sched_getaffinity") else set(first)
        print(os.getpriority(os.PRIO_PROCESS, thread), cores == set(first))
group = pathlib.Path("/proc/self/autogroup")
while os.access(group, os.W_OK) and group.read_text().split()[-1] != "10":
    time.sleep(0.15)  # the kernel takes one change in 0.1 s, of all processes there are
    lower()
for one in (child, later):
    one.communicate(b"\\n")
"""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, start_new_session=True)
    least = max(NICE, os.getpriority(os.PRIO_PROCESS, 0))
    lines = done.stdout.splitlines()
    assert len(lines) >= 3 and set(lines) == {f"{least} True"}
