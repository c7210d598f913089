"""Worker counts of a job: as the user says, and as real processes of known speed ask for."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from itertools import count
from unittest.mock import Mock

import psutil
import pytest

from aptl3.actors.balance import PATIENCE
from aptl3.actors.meter import Meter
from aptl3.actors.runtime.frames import FramePool
from aptl3.actors.runtime.spec import ChildSpec
from aptl3.actors.runtime.statistics import StageStatistics
from aptl3.actors.runtime.supervisor import Supervisor
from aptl3.actors.staffing import TICK, Staffing
from aptl3.config import STAGES, Machine, default_settings
from tests.actors.fakes import Recorder
from tests.actors.runtime.stages import build_doer

SETTINGS = default_settings(Machine(cores=2, memory=4 << 30))
WAIT = 0.05  # seconds of a task, in which no core is used: long beside what a loaded machine keeps us waiting


class Idle(Meter):
    """A processor that has little to do, and a little more each time, as if all that changed had helped: what a machine
    that runs tests does meanwhile must not count."""

    def __init__(self) -> None:
        super().__init__(())
        self._used = 0.0

    def read(self, pids: Collection[int], seconds: float) -> tuple[float, float]:
        self._used += 0.002
        return self._used, 0.0


class Clock:
    """Runs ten times as fast as time does, so that a test takes a tenth of it."""

    def __call__(self) -> float:
        return 10 * time.monotonic()


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    pool = FramePool(1 << 20, 1 << 20)
    specs = [ChildSpec(name, build_doer, count=int(name == "writer"), batch=2) for name in STAGES]
    with Supervisor(specs, pool) as made:
        yield made
    pool.close()


def worked(supervisor: Supervisor, staffing: Staffing, slow: str, until: int) -> int:
    """Keeps one stage busy until so many of its workers are ready and it is seen to hold the others back; returns how
    many more tasks it has done by then."""
    before = supervisor.statistics()[slow].done
    numbers = count()
    open_tasks = 0
    while supervisor.statistics()[slow].ready < until or staffing.as_json()["limiting"] != slow:
        for _ in range(open_tasks, SETTINGS.open_items):
            supervisor.submit(slow, next(numbers), ("sleep", WAIT, None))
        done, _ = supervisor.poll(0.02)
        open_tasks = SETTINGS.open_items - len(done)
        staffing.tick(lambda: None)
    return supervisor.statistics()[slow].done - before


def test_workers_go_where_processes_are_slow(supervisor: Supervisor) -> None:
    staffing = Staffing(SETTINGS, supervisor, clock=Clock(), meter=Idle())
    staffing.begin(1)
    assert worked(supervisor, staffing, "loader", 3) > 0
    assert staffing.settings.workers["loader"] >= 3
    assert staffing.held(1) == "loader"
    assert {name: staffing.settings.workers[name] for name in ("decoder", "extractor", "thumbnailer")} == {
        name: SETTINGS.workers[name] for name in ("decoder", "extractor", "thumbnailer")
    }


class Scripted(Recorder):
    """A runner whose loader is always busy and never done with what waits."""

    def __init__(self) -> None:
        super().__init__()
        self.second = 0

    def statistics(self) -> Mapping[str, StageStatistics]:
        return {name: self._stage(name) for name in STAGES}

    def _stage(self, name: str) -> StageStatistics:
        workers, busy = self.counts.get(name, 1), self.second * (1.0 if name == "loader" else 0.1)
        return StageStatistics(
            workers=workers,
            ready=workers,
            queued=90 if name == "loader" else 0,
            in_flight=0,
            received=0,
            done=10 * self.second,
            refused=0,
            restarts=0,
            busy_seconds=busy,
            cpu_seconds=busy,
            ready_seconds=float(self.second),
            bytes=0,
        )


def ticked(staffing: Staffing, runner: Scripted, number: int) -> None:
    for _ in range(number):
        runner.second += 1
        staffing.tick(lambda: None)


def staffed(fixed: Collection[str] = ()) -> tuple[Staffing, Scripted]:
    runner = Scripted()
    staffing = Staffing(SETTINGS, runner, fixed, clock=lambda: runner.second * TICK, meter=Idle())
    staffing.begin(1)
    return staffing, runner


def test_what_the_user_says_holds() -> None:
    staffing, runner = staffed(["loader"])
    ticked(staffing, runner, 5 * PATIENCE)
    assert runner.counts["loader"] == 1 and staffing.held(1) == "loader"
    staffing, runner = staffed()
    staffing.fix({"loader": 2, "decoder": 5})
    staffing.scale()
    ticked(staffing, runner, 5 * PATIENCE)
    assert (runner.counts["loader"], runner.counts["decoder"]) == (2, 5)
    assert staffing.as_json()["fixed"] == ["decoder", "loader"]


def test_a_job_begins_with_what_the_one_before_came_to() -> None:
    staffing, runner = staffed()
    ticked(staffing, runner, PATIENCE + 1)
    assert runner.counts["loader"] == staffing.settings.workers["loader"] == 2
    staffing.end()
    assert staffing.samples == {} and staffing.as_json()["limiting"] is None
    staffing.begin(2)
    assert runner.counts["loader"] == 2
    assert (staffing.held(1), staffing.held(2)) == ("loader", None)


def test_nothing_is_looked_at_before_a_second_is_over() -> None:
    staffing, runner = staffed()
    for _ in range(100):
        staffing.tick(lambda: None)
    assert staffing.samples == {} and runner.counts["loader"] == SETTINGS.workers["loader"]


def test_counts_that_are_kept_for_this_machine_are_a_beginning() -> None:
    """More than the policy itself would take, and nobody takes them away at once."""
    runner = Scripted()
    settings = replace(SETTINGS, workers={**SETTINGS.workers, "loader": 20})
    staffing = Staffing(settings, runner, clock=lambda: runner.second * TICK, meter=Idle())
    staffing.begin(1)
    ticked(staffing, runner, PATIENCE)
    assert runner.counts["loader"] == 20


def test_a_system_that_tells_nothing_ends_no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("sensors_battery", "cpu_percent", "virtual_memory"):
        monkeypatch.setattr(psutil, name, Mock(side_effect=TypeError), raising=False)
    runner = Scripted()
    staffing = Staffing(SETTINGS, runner, clock=lambda: runner.second * TICK)
    staffing.nice = True
    staffing.begin(1)
    ticked(staffing, runner, 2 * PATIENCE)
    assert staffing.held(1) == "loader"
    assert runner.counts["loader"] == SETTINGS.workers["loader"]  # nobody knows what memory there is
