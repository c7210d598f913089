"""What becomes of tasks and answers that can't be pickled, can't be unpickled, or are large."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from aptl3.actors.runtime.spec import ChildSpec
from aptl3.actors.runtime.supervisor import Supervisor

from .conftest import collect, do, doer, until
from .stages import Counted, Fickle, Unreadable, build_beginner

Supervise = Callable[..., Supervisor]


@pytest.mark.parametrize("batch", [1, 4])
def test_what_cannot_be_pickled_is_refused_and_nothing_else(supervise: Supervise, batch: int) -> None:
    outcomes = do(supervise(doer(batch=batch)), 1, lambda: None, 2, 3, lambda: None)
    assert [outcome.value for outcome in outcomes] == [2, None, 4, 6, None]
    assert ["lambda" in outcome.refused.error for outcome in outcomes if outcome.refused] == [True, True]


@pytest.mark.parametrize("batch", [1, 4])
def test_what_cannot_be_unpickled_is_refused_and_nothing_else(supervise: Supervise, batch: int) -> None:
    """Neither a task by its worker, nor an answer by the supervisor; of several, who is to blame shows alone."""
    supervisor = supervise(doer(batch=batch, attempts=1, fatal=(ValueError,)))
    outcomes = do(supervisor, 1, Unreadable("task"), 2, ("unreadable",), 3)
    assert supervisor.statistics()["doer"].restarts == 0
    assert [outcome.value for outcome in outcomes] == [2, None, 4, None, 6]
    errors = [outcome.refused.error for outcome in outcomes if outcome.refused]
    assert errors == ["ValueError: no task can be read", "ValueError: no answer can be read"]


def test_a_batch_that_cannot_be_read_does_no_harm_to_the_one_that_is_under_way(supervise: Supervise) -> None:
    supervisor = supervise(ChildSpec("doer", build_beginner, batch=4, attempts=1))
    outcomes = do(supervisor, 1, 2, 3, 4, 5, Unreadable("task"), 7, 8)
    assert [outcome.value for outcome in outcomes] == [2, 4, 6, 8, 10, None, 14, 16]
    assert supervisor.statistics()["doer"].restarts == 0


def test_a_suspect_that_cannot_be_pickled_any_more_is_refused(supervise: Supervise, tmp_path: Path) -> None:
    supervisor = supervise(doer(batch=2))
    fickle = Fickle()
    supervisor.submit("doer", "fickle", fickle)
    supervisor.submit("doer", "dying", ("die_once", tmp_path / "mark"))
    found = {outcome.key: outcome for outcome in collect(supervisor, 2)}
    assert found["dying"].value == "alive"
    refused = found["fickle"].refused
    assert refused and "changed" in refused.error


def test_large_tasks_are_not_pickled_again_and_again(supervise: Supervise) -> None:
    supervisor = supervise(doer(batch=32))
    tasks = [Counted("x" * 100_000) for _ in range(64)]
    assert all(outcome.value == 200_000 for outcome in do(supervisor, *tasks))
    assert sum(task.pickled for task in tasks) < 64 * 4 + 64


def test_a_large_task_waits_until_its_worker_has_nothing_else(supervise: Supervise, tmp_path: Path) -> None:
    supervisor = supervise(doer(batch=4))
    gate = tmp_path / "gate"
    supervisor.submit("doer", "first", ("wait", gate, 1))
    until(supervisor, lambda: supervisor.in_flight("doer") == 1)
    for key, text in (("large", "x" * 100_000), ("small", "y")):
        supervisor.submit("doer", key, text)
    supervisor.poll(0.2)
    assert supervisor.in_flight("doer") == 1
    gate.touch()
    assert {outcome.key: len(str(outcome.value)) for outcome in collect(supervisor, 3)} == {
        "first": 1,
        "large": 200_000,
        "small": 2,
    }
