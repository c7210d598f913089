"""Workers that are forked: what they share with their supervisor, and what they must not."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere workers are spawned")

HOST = """
import json, os, signal, sys, threading
from aptl3.actors.runtime.frames import FramePool
from aptl3.actors.runtime.spec import ChildSpec
from aptl3.actors.runtime.supervisor import Supervisor
from tests.actors.runtime.conftest import do, ended, ready, until
from tests.actors.runtime.stages import build_doer
def supervise(**settings):
    return Supervisor([ChildSpec("doer", build_doer, **settings)], FramePool(1 << 20, 1 << 20), fork=True)
"""


def host(code: str) -> Any:
    """What ``code`` prints as JSON, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", HOST + code], stdout=subprocess.PIPE, text=True, timeout=60, check=True
    )
    return json.loads(done.stdout)


def test_what_is_shared_is_loaded_once_and_by_the_supervisor() -> None:
    loaded, pids, own = host("""
loaded = []
with supervise(count=2, shared=lambda: loaded.append(os.getpid())) as supervisor:
    pids = ready(supervisor)
    print(json.dumps([loaded, pids, os.getpid()]))
""")
    assert loaded == [own]
    assert len({*pids, own}) == 3


def test_a_worker_holds_open_nothing_of_its_supervisors_but_its_mailbox() -> None:
    first, second = host("""
file = open(__import__("tests").__file__)
with supervise(count=2, batch=1) as supervisor:
    ready(supervisor)
    outcomes = do(supervisor, ("open",), ("open",))
    print(json.dumps([outcome.value for outcome in outcomes]))
""")
    for opened in (first, second):
        assert all(one.startswith("pipe:") for one in opened)
        assert len(opened) == 4  # the mailbox's two, and two by which each notices the other's end
    assert not set(first) & set(second)


def test_a_process_with_other_threads_is_not_forked() -> None:
    """``this`` is imported by the supervisor only: what it knows is not in a worker that was spawned."""
    assert host("""
sys.modules["known_here"] = json
def knows():
    with supervise() as supervisor:
        return do(supervisor, ("knows", "known_here"))[0].value
alone = knows()
over = threading.Event()
other = threading.Thread(target=over.wait)
other.start()
print(json.dumps([alone, knows()]))
over.set()
""") == [True, False]


def test_a_stage_may_want_fresh_interpreters() -> None:
    assert (
        host("""
sys.modules["known_here"] = json
with supervise(fork=False) as supervisor:
    print(json.dumps(do(supervisor, ("knows", "known_here"))[0].value))
""")
        is False
    )


def test_signals_of_the_supervisor_are_not_its_workers() -> None:
    """SIGTERM ends a worker, whatever it means to the supervisor; and it is replaced."""
    assert (
        host("""
signal.signal(signal.SIGTERM, lambda *_: None)
with supervise() as supervisor:
    before = ready(supervisor)
    os.kill(before[0], signal.SIGTERM)
    until(supervisor, lambda: supervisor.statistics()["doer"].restarts == 1)
    print(json.dumps(do(supervisor, 21)[0].value))
""")
        == 42
    )
