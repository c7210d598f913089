"""What is left when the supervisor itself is killed: nothing."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import ended

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")


def spawn(call: str) -> subprocess.Popen[str]:
    code = f"from tests.actors.runtime import owner; owner.{call}"
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a worker that is stopped, or holds the lock, goes on")
@pytest.mark.parametrize("fork", [True, False])
def test_workers_end_with_their_supervisor_whatever_they_do(tmp_path: Path, fork: bool) -> None:
    with spawn(f"busy({str(tmp_path)!r}, {fork})") as supervisor:
        assert supervisor.stdout
        pids = json.loads(supervisor.stdout.readline())
        assert len(pids) >= 5  # the workers, and of those that are spawned multiprocessing's tracker of resources
        supervisor.kill()
    assert ended(pids)


@pytest.mark.parametrize("seed", range(4))
def test_a_supervisor_that_is_killed_in_the_middle_of_its_work(seed: int) -> None:
    with spawn(f"working({seed % 2 == 0})") as supervisor:
        assert supervisor.stdout
        pids = json.loads(supervisor.stdout.readline())
        for _ in range(random.Random(seed).randrange(1, 200)):
            assert supervisor.stdout.readline() == ".\n"
        supervisor.kill()
        supervisor.stdout.read()
    assert ended(pids)


def test_an_owner_that_forgets_to_stop() -> None:
    code = (
        "from aptl3.actors.runtime.frames import FramePool\n"
        "from aptl3.actors.runtime.supervisor import Supervisor\n"
        "from tests.actors.runtime.conftest import doer, ready\n"
        "supervisor = Supervisor([doer(count=2)], FramePool(1 << 20, 1 << 20))\n"
        "supervisor.start()\n"
        "print(ready(supervisor), flush=True)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, timeout=60, check=True)
    assert ended(json.loads(done.stdout))


def test_interrupts_from_the_terminal_are_the_supervisors(tmp_path: Path) -> None:
    """A whole process group gets SIGINT, workers that are only starting too; the workers take no notice."""
    code = (
        "import os, signal\n"
        "from aptl3.actors.runtime.frames import FramePool\n"
        "from aptl3.actors.runtime.supervisor import Supervisor\n"
        "from tests.actors.runtime.conftest import do, doer, ready\n"
        "signal.signal(signal.SIGINT, lambda *_: None)\n"
        "with Supervisor([doer(count=2)], FramePool(1 << 20, 1 << 20)) as supervisor:\n"
        "    os.killpg(0, signal.SIGINT)\n"
        "    ready(supervisor)\n"
        "    os.killpg(0, signal.SIGINT)\n"
        "    assert do(supervisor, 1)[0].value == 2\n"
        "    print(supervisor.statistics()['doer'].restarts)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, start_new_session=True
    )
    assert (done.stdout, done.stderr, done.returncode) == ("0\n", "", 0)
