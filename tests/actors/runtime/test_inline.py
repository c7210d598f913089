"""Without processes the same things come out."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aptl3.actors.runtime.frames import FramePool
from aptl3.actors.runtime.inline import InlineSupervisor
from aptl3.actors.runtime.outcome import Escalated
from aptl3.actors.runtime.runner import Runner
from aptl3.actors.runtime.spec import ChildSpec
from aptl3.actors.runtime.supervisor import Supervisor

from .conftest import collect, do, doer, until
from .stages import StageFull, build_doer, build_raising, build_sizes


@pytest.fixture(params=[Supervisor, InlineSupervisor])
def run(request: pytest.FixtureRequest, pool: FramePool) -> Iterator[Callable[..., Runner]]:
    runners: list[Runner] = []

    def make(*specs: ChildSpec) -> Runner:
        runners.append(request.param(specs, pool))
        runners[-1].start()
        return runners[-1]

    yield make
    for runner in runners:
        runner.kill()


def test_tasks_refusals_and_frames(run: Callable[..., Runner], pool: FramePool) -> None:
    runner = run(doer())
    frame = pool.allocate(10)
    assert frame
    outcomes = do(runner, 1, ("refuse",), ("raise", "bad"), ("invert", frame))
    assert [outcome.value for outcome in outcomes] == [2, None, None, 10]
    assert [outcome.refused.reason for outcome in outcomes if outcome.refused] == ["empty", "crash"]
    assert bytes(pool.memory.view(frame)) == b"\xff" * 10
    counted = runner.statistics()["doer"]
    assert (counted.received, counted.done, counted.refused) == (4, 2, 2)
    assert (runner.queued("doer"), runner.in_flight("doer")) == (0, 0)
    assert counted.busy_seconds <= counted.ready_seconds
    assert len(runner.pids("doer")) == 1


def test_queueing(run: Callable[..., Runner]) -> None:
    runner = run(doer(batch=1, credit=1))
    runner.scale("doer", 0)
    for key in range(3):
        runner.submit("doer", key, key)
    runner.submit("doer", "first", 0, front=True)
    with pytest.raises(ValueError, match="no outcome yet"):
        runner.submit("doer", 1, 1)
    assert runner.cancel(lambda stage, key: key == 1) == [("doer", 1)]
    assert runner.queued("doer") == 3
    assert runner.poll(0.0) == ([], [])
    runner.scale("doer", 1)
    assert [outcome.key for outcome in collect(runner, 3)] == ["first", 0, 2]


def test_escalation(run: Callable[..., Runner]) -> None:
    with pytest.raises(Escalated, match="StageFull: none") as caught:
        until(run(ChildSpec("raising", build_raising, ("none",))), lambda: False)
    assert isinstance(caught.value.error, StageFull)


def test_fatal_errors(run: Callable[..., Runner]) -> None:
    runner = run(doer(fatal=(StageFull,)))
    runner.submit("doer", 1, ("full",))
    with pytest.raises(Escalated, match="StageFull: no room"):
        until(runner, lambda: False)


def test_stopping_closes_stages(run: Callable[..., Runner], tmp_path: Path) -> None:
    runner = run(ChildSpec("doer", build_doer, (tmp_path / "closed",)))
    do(runner, 1)
    assert runner.stop() == []
    assert (tmp_path / "closed").read_text() == "closed"


def test_inline_goes_in_order(pool: FramePool) -> None:
    specs = [ChildSpec("sizes", build_sizes, (0.0,), batch=2), doer(batch=8)]
    ours, theirs = socket.socketpair()
    with InlineSupervisor(specs, pool) as runner, ours, theirs:
        for key in range(3):
            runner.submit("sizes", key, None)
        theirs.send(b"x")
        first, ready = runner.poll(60.0, [ours])
        assert ready == [ours]
        assert [(outcome.stage, outcome.value) for outcome in first] == [("sizes", 2)] * 2
        runner.submit("doer", 0, ("pid",))
        ((last,), _) = runner.poll(60.0)
        assert (last.stage, last.value) == ("doer", os.getpid())
    with pytest.raises(RuntimeError, match="not started"):
        runner.poll(0.0)
