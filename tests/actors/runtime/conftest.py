"""What the runtime's tests share: a pool of frames, and supervisors that leave nothing behind."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import psutil
import pytest

from aptl3.actors.runtime.frames import FramePool
from aptl3.actors.runtime.outcome import Outcome
from aptl3.actors.runtime.restart import RestartIntensity
from aptl3.actors.runtime.runner import Runner
from aptl3.actors.runtime.spec import ChildSpec
from aptl3.actors.runtime.supervisor import Supervisor
from tests.actors.runtime.stages import build_doer

PATIENCE = 60.0  # seconds until a test gives up


@pytest.fixture
def pool() -> Iterator[FramePool]:
    made = FramePool(1 << 26, 1 << 22)
    yield made
    made.close()


@pytest.fixture
def supervise(pool: FramePool) -> Iterator[Callable[..., Supervisor]]:
    """Starts a supervisor for specs; at the end all of its processes must be gone."""
    with ExitStack() as stack:

        def start(*specs: ChildSpec, limit: int = 10) -> Supervisor:
            supervisor = Supervisor(specs, pool, intensity=RestartIntensity(limit=limit))
            stack.callback(supervisor.kill)
            supervisor.start()
            return supervisor

        yield start
    assert multiprocessing.active_children() == []


def doer(**settings: Any) -> ChildSpec:
    """A stage that does what its tasks say (``stages.Doer``)."""
    return ChildSpec("doer", build_doer, **settings)


def collect(runner: Runner, count: int) -> list[Outcome]:
    """Polls until ``count`` outcomes have come, and checks that no key comes twice."""
    outcomes: list[Outcome] = []
    end = time.monotonic() + PATIENCE
    while len(outcomes) < count:
        assert time.monotonic() < end, f"{len(outcomes)} of {count} outcomes"
        outcomes += runner.poll(1.0)[0]
    assert len({(outcome.stage, outcome.key) for outcome in outcomes}) == len(outcomes)
    return outcomes


def do(runner: Runner, *tasks: Any, stage: str = "doer") -> list[Outcome]:
    """Outcomes of the tasks, in the tasks' order."""
    for number, task in enumerate(tasks):
        runner.submit(stage, number, task)
    found = {outcome.key: outcome for outcome in collect(runner, len(tasks))}
    return [found[number] for number in range(len(tasks))]


def until(runner: Runner, happened: Callable[[], Any]) -> list[Outcome]:
    """Polls until something is so; returns the outcomes that came meanwhile."""
    outcomes: list[Outcome] = []
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end
        outcomes += runner.poll(0.02)[0]
    return outcomes


def ready(supervisor: Supervisor, stage: str = "doer") -> list[int]:
    """Waits until all workers of a stage are ready; returns their process ids."""
    until(supervisor, lambda: supervisor.statistics()[stage].ready == supervisor.statistics()[stage].workers)
    return supervisor.pids(stage)


def ended(pids: Sequence[int]) -> bool:
    """Waits until none of these processes is there any more; a zombie is not."""
    end = time.monotonic() + PATIENCE
    while any(_alive(pid) for pid in pids) and time.monotonic() < end:
        time.sleep(0.01)
    return not any(_alive(pid) for pid in pids)


def _alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
