"""The supervisor with real processes: work, order, credit, deaths of workers."""

from __future__ import annotations

import os
import random
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aptl3.actors.runtime.frames import FramePool
from aptl3.actors.runtime.outcome import Escalated
from aptl3.actors.runtime.spec import ChildSpec
from aptl3.actors.runtime.supervisor import Supervisor

from .conftest import collect, do, doer, ended, ready, until
from .stages import (
    StageFull,
    build_doer,
    build_dying,
    build_lathe,
    build_odd_error,
    build_raising,
    build_sizes,
    build_slow,
)

Supervise = Callable[..., Supervisor]
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")


def test_every_task_has_its_outcome(supervise: Supervise) -> None:
    supervisor = supervise(doer(count=2), ChildSpec("other", build_doer))
    for number in range(500):
        supervisor.submit("doer", number, number)
        supervisor.submit("other", number, number)
    outcomes = collect(supervisor, 1000)
    assert {(o.stage, o.key, o.value) for o in outcomes} == {
        (stage, n, 2 * n) for stage in ("doer", "other") for n in range(500)
    }
    counted = supervisor.statistics()["doer"]
    assert (counted.received, counted.done, counted.refused, counted.restarts) == (500, 500, 0, 0)
    assert (counted.queued, counted.in_flight) == (0, 0)
    assert 0 < counted.busy_seconds <= counted.ready_seconds and 0 < counted.busy_share <= 1
    assert counted.cpu_seconds > 0
    assert counted.bytes > 500


def test_refusals_and_exceptions(supervise: Supervise) -> None:
    outcomes = do(supervise(doer()), 1, ("refuse",), ("raise", "bad"), ("unpicklable",), 2)
    assert [outcome.value for outcome in outcomes] == [2, None, None, None, 4]
    reasons = [(outcome.refused.reason, outcome.refused.error) for outcome in outcomes if outcome.refused]
    assert reasons[:2] == [("empty", "no bytes"), ("crash", "ValueError: bad")]
    assert reasons[2][0] == "crash" and "lambda" in reasons[2][1]


def test_wrong_submissions(supervise: Supervise) -> None:
    supervisor = supervise(doer(count=0))
    with pytest.raises(KeyError):
        supervisor.submit("nobody", 1, 1)
    supervisor.submit("doer", 1, 1)
    with pytest.raises(ValueError, match="no outcome yet"):
        supervisor.submit("doer", 1, 1)
    assert supervisor.queued("doer") == 1
    with pytest.raises(ValueError, match="-1 workers"):
        supervisor.scale("doer", -1)


def test_two_stages_of_one_name(pool: FramePool) -> None:
    with pytest.raises(ValueError, match="same name"):
        Supervisor([doer(), doer()], pool)


def test_order_and_precedence(supervise: Supervise) -> None:
    supervisor = supervise(doer(count=0, batch=1, credit=1))
    for key in range(3):
        supervisor.submit("doer", key, key)
    supervisor.submit("doer", "first", 0, front=True)
    supervisor.scale("doer", 1)
    assert [outcome.key for outcome in collect(supervisor, 4)] == ["first", 0, 1, 2]


def test_credit_bounds_what_a_worker_holds(supervise: Supervise, tmp_path: Path) -> None:
    supervisor = supervise(doer(batch=2, credit=2))
    for key in range(10):
        supervisor.submit("doer", key, ("wait", tmp_path / "go", key))
    until(supervisor, lambda: supervisor.in_flight("doer"))
    assert (supervisor.in_flight("doer"), supervisor.queued("doer")) == (4, 6)
    (tmp_path / "go").touch()
    assert len(collect(supervisor, 10)) == 10


def test_with_one_more_in_its_mailbox_an_overlapping_stage_always_has_a_batch_begun(supervise: Supervise) -> None:
    """With two it can only begin on the next one when that comes in good time, which is after one was answered."""
    supervisor = supervise(ChildSpec("lathe", build_lathe, batch=1, credit=3))
    ready(supervisor, "lathe")
    for key in range(8):
        supervisor.submit("lathe", key, None)
    answers = [outcome.value for outcome in collect(supervisor, 8)]
    assert answers.count(2) >= 4  # with a credit of two it is one, of the first two batches


def test_batches_may_begin_with_single_tasks_and_grow(supervise: Supervise) -> None:
    supervisor = supervise(ChildSpec("sizes", build_sizes, (0.0,), batch=4, grows=True))
    ready(supervisor, "sizes")
    for key in range(15):
        supervisor.submit("sizes", key, None)
    outcomes = collect(supervisor, 15)
    assert [outcome.value for outcome in outcomes] == [1, 2, 2, *[4] * 12]


def test_a_batch_that_grows_is_full_when_it_is_as_large_as_it_may_be(supervise: Supervise) -> None:
    """What lingers goes to a worker that has something to do as soon as the next message is filled."""
    supervisor = supervise(ChildSpec("sizes", build_sizes, (0.3,), batch=16, grows=True, linger=600.0, credit=3))
    ready(supervisor, "sizes")
    for key in range(7):
        supervisor.submit("sizes", key, None)
    supervisor.poll(0.0)
    assert supervisor.in_flight("sizes") == 7
    assert [outcome.value for outcome in collect(supervisor, 7)] == [1, 2, 2, 4, 4, 4, 4]


def test_bytes_are_bounded_too(supervise: Supervise, tmp_path: Path) -> None:
    supervisor = supervise(doer(batch=8))
    ready(supervisor)
    for key in range(4):
        supervisor.submit("doer", key, ("wait", tmp_path / "go", b"x" * 10_000))
    supervisor.poll(0.0)
    assert supervisor.in_flight("doer") == 1
    (tmp_path / "go").touch()
    assert {len(outcome.value) for outcome in collect(supervisor, 4)} == {10_000}


def test_a_message_bigger_than_a_pipe(supervise: Supervise) -> None:
    big = os.urandom(1 << 20)
    (outcome,) = do(supervise(doer()), ("sleep", 0.0, big))
    assert outcome.value == big


def test_tasks_spread_over_idle_workers(supervise: Supervise) -> None:
    supervisor = supervise(doer(count=2, batch=8))
    ready(supervisor)
    supervisor.submit("doer", "a", ("pid",))
    supervisor.submit("doer", "b", ("pid",))
    assert len({outcome.value for outcome in collect(supervisor, 2)}) == 2


def test_linger_fills_batches(supervise: Supervise) -> None:
    patient = ChildSpec("patient", build_sizes, (0.0,), batch=4, linger=600.0)
    supervisor = supervise(patient, ChildSpec("quick", build_sizes, (0.0,), batch=4, linger=0.2))
    ready(supervisor, "patient")
    ready(supervisor, "quick")
    for key in range(3):
        supervisor.submit("patient", key, None)
        supervisor.poll(0.0)
    assert supervisor.in_flight("patient") == 0
    supervisor.submit("patient", 3, None)
    assert [outcome.value for outcome in collect(supervisor, 4)] == [4] * 4
    for key in range(3):
        supervisor.submit("quick", key, None)
    assert [outcome.value for outcome in collect(supervisor, 3)] == [3] * 3


def test_a_prompt_task_does_not_linger_and_takes_along_what_came_before(supervise: Supervise) -> None:
    supervisor = supervise(ChildSpec("patient", build_sizes, (0.0,), batch=4, linger=600.0))
    ready(supervisor, "patient")
    supervisor.submit("patient", 0, None)
    supervisor.submit("patient", 1, None, prompt=True)
    assert [outcome.value for outcome in collect(supervisor, 2)] == [2, 2]
    supervisor.submit("patient", 2, None)
    supervisor.poll(0.0)
    assert supervisor.in_flight("patient") == 0


def test_cancel_takes_what_no_worker_has(supervise: Supervise, tmp_path: Path) -> None:
    supervisor = supervise(doer(batch=1, credit=1))
    ready(supervisor)
    for key in range(6):
        supervisor.submit("doer", key, ("wait", tmp_path / "go", key))
    supervisor.poll(0.0)
    dropped = supervisor.cancel(lambda stage, key: stage == "doer" and key != 5)
    assert dropped == [("doer", key) for key in range(1, 5)]
    (tmp_path / "go").touch()
    assert [outcome.key for outcome in collect(supervisor, 2)] == [0, 5]
    supervisor.submit("doer", 1, 1)
    assert collect(supervisor, 1)[0].value == 2


def test_scaling_while_at_work(supervise: Supervise) -> None:
    supervisor = supervise(doer(batch=2))
    for key in range(60):
        supervisor.submit("doer", key, ("sleep", 0.01, key))
    outcomes = collect(supervisor, 5)
    supervisor.scale("doer", 3)
    outcomes += until(supervisor, lambda: supervisor.statistics()["doer"].ready == 3)
    three = supervisor.pids("doer")
    assert len(three) == 3
    supervisor.scale("doer", 1)
    outcomes += until(supervisor, lambda: len(supervisor.pids("doer")) == 1)
    outcomes += collect(supervisor, 60 - len(outcomes)) if len(outcomes) < 60 else []
    assert sorted(outcome.value for outcome in outcomes) == list(range(60))
    assert ended([pid for pid in three if pid not in supervisor.pids("doer")])
    assert supervisor.statistics()["doer"].restarts == 0


def test_a_worker_that_is_still_starting_is_not_needed_any_more(supervise: Supervise) -> None:
    supervisor = supervise(ChildSpec("slow", build_slow, (600.0,)))
    (pid,) = supervisor.pids("slow")
    supervisor.scale("slow", 0)
    assert ended([pid])
    supervisor.poll(0.1)
    assert supervisor.statistics()["slow"].restarts == 0


def test_others_wake_the_poll(supervise: Supervise) -> None:
    supervisor = supervise(doer())
    ready(supervisor)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.send(b"x")
        assert supervisor.poll(60.0, [ours]) == ([], [ours])


def test_stop_finishes_what_workers_hold(pool: FramePool, tmp_path: Path) -> None:
    mark, closed = tmp_path / "mark", tmp_path / "closed"
    spec = ChildSpec("doer", build_doer, (closed,), batch=1, credit=1)
    with Supervisor([spec], pool) as supervisor:
        supervisor.submit("doer", "held", ("touch_and_sleep", mark, 0.2))
        supervisor.submit("doer", "queued", 1)
        until(supervisor, mark.exists)
        pids = supervisor.pids("doer")
        assert [outcome.key for outcome in supervisor.stop()] == ["held"]
    assert closed.read_text() == "closed"
    assert ended(pids)
    assert supervisor.queued("doer") == 1


@posix
def test_stop_kills_what_does_not_end(supervise: Supervise) -> None:
    supervisor = supervise(doer(count=2))
    pids = ready(supervisor)
    os.kill(pids[0], signal.SIGSTOP)
    supervisor.stop(deadline=0.5)
    assert ended(pids)


def test_an_exception_ends_all_at_once(pool: FramePool) -> None:
    with pytest.raises(RuntimeError, match="ours"), Supervisor([doer()], pool) as supervisor:
        pids = ready(supervisor)
        supervisor.submit("doer", 1, ("sleep", 600.0, None))
        supervisor.poll(0.0)
        raise RuntimeError("ours")
    assert ended(pids)


def test_a_build_that_raises_shows_its_exception(supervise: Supervise) -> None:
    supervisor = supervise(doer(), ChildSpec("raising", build_raising, ("no such model",)))
    with pytest.raises(Escalated, match="stage raising: StageFull: no such model") as caught:
        until(supervisor, lambda: False)
    assert isinstance(caught.value.error, StageFull) and "Traceback" in caught.value.detail
    with pytest.raises(Escalated):
        supervisor.poll(0.0)
    supervisor.stop()


def test_a_build_whose_exception_cannot_travel(supervise: Supervise) -> None:
    with pytest.raises(Escalated, match="Local: odd") as caught:
        until(supervise(ChildSpec("odd", build_odd_error)), lambda: False)
    assert caught.value.error is None


def test_workers_that_die_while_they_start(supervise: Supervise) -> None:
    supervisor = supervise(ChildSpec("dying", build_dying), limit=2)
    with pytest.raises(Escalated, match="die too often; the last ended with status 3"):
        until(supervisor, lambda: False)
    assert supervisor.statistics()["dying"].restarts == 3


def test_a_build_that_hangs(supervise: Supervise) -> None:
    supervisor = supervise(ChildSpec("slow", build_slow, (600.0,), startup=0.2), limit=0)
    with pytest.raises(Escalated, match=r"was not ready after 0\.2 s"):
        until(supervisor, lambda: False)


def test_an_error_after_which_a_stage_cannot_go_on(supervise: Supervise) -> None:
    supervisor = supervise(doer(fatal=(StageFull,)))
    supervisor.submit("doer", 1, 1)
    assert collect(supervisor, 1)[0].value == 2
    supervisor.submit("doer", 2, ("full",))
    with pytest.raises(Escalated, match="StageFull: no room") as caught:
        until(supervisor, lambda: False)
    assert isinstance(caught.value.error, StageFull)
    until_end = supervisor.stop()
    assert until_end == [] and supervisor.statistics()["doer"].refused == 0


@posix
def test_interrupts_do_not_reach_workers(supervise: Supervise) -> None:
    (outcome,) = do(supervise(doer()), ("interrupt",))
    assert outcome.value == "went on"


@posix
def test_a_task_that_kills_is_given_up_and_named(supervise: Supervise) -> None:
    supervisor = supervise(doer(count=2, attempts=2), limit=0)
    outcomes = do(supervisor, *[1] * 10, ("die",), *[1] * 10)
    refused = outcomes[10].refused
    assert refused and refused.reason == "crash"
    assert refused.error == "2 workers were lost over it; the last was killed by SIGKILL"
    assert [outcome.value for outcome in outcomes if outcome.key != 10] == [2] * 20
    assert supervisor.statistics()["doer"].restarts in (2, 3)  # 2 if it was in a batch of its own at first


@posix
def test_a_task_that_kills_once(supervise: Supervise, tmp_path: Path) -> None:
    outcomes = do(supervise(doer(), limit=0), 1, ("die_once", tmp_path / "mark"), 2)
    assert [outcome.value for outcome in outcomes] == [2, "alive", 4]


@posix
@pytest.mark.parametrize(
    ("task", "settings", "told"),
    [
        (("sleep", 600.0, None), {"deadline": 0.5}, "took longer than 0.5 s"),
        (("hold_lock",), {"silence": 2.5}, "gave no sign of life for 2.5 s"),
        (("stop",), {"silence": 2.5}, "gave no sign of life for 2.5 s"),
    ],
)
def test_a_task_that_hangs(
    supervise: Supervise, task: tuple[object, ...], settings: dict[str, float], told: str
) -> None:
    supervisor = supervise(doer(attempts=1, batch=1, **settings))
    outcomes = do(supervisor, 1, task, 2)
    assert [outcome.value for outcome in outcomes] == [2, None, 4]
    refused = outcomes[1].refused
    assert refused and refused.reason == "timeout" and told in refused.error


@posix
def test_an_idle_worker_that_is_stopped_is_replaced(supervise: Supervise) -> None:
    supervisor = supervise(doer(silence=2.5))
    (pid,) = ready(supervisor)
    os.kill(pid, signal.SIGSTOP)
    until(supervisor, lambda: supervisor.pids("doer") not in ([pid], []))
    assert ended([pid])
    assert do(supervisor, 1)[0].value == 2


def test_workers_are_not_blamed_for_the_supervisors_absence(pool: FramePool, tmp_path: Path) -> None:
    away = 0.0
    supervisor = Supervisor([doer()], pool, clock=lambda: time.monotonic() + away)
    with supervisor:
        ready(supervisor)
        supervisor.submit("doer", 1, ("touch_and_sleep", tmp_path / "mark", 0.5))
        until(supervisor, (tmp_path / "mark").exists)
        away = 10_000.0  # stopped, or the machine asleep
        assert collect(supervisor, 1)[0].value == "slept"
        assert supervisor.statistics()["doer"].restarts == 0


@posix
def test_workers_that_die_idle_escalate_in_the_end(supervise: Supervise) -> None:
    supervisor = supervise(doer(), limit=1)
    with pytest.raises(Escalated, match="killed by SIGKILL"):
        for _ in range(2):
            (pid,) = ready(supervisor)
            os.kill(pid, signal.SIGKILL)
            until(supervisor, lambda pid=pid: supervisor.pids("doer") != [pid] and supervisor.pids("doer"))  # type: ignore[misc]


@posix
@pytest.mark.parametrize("seed", [1, 2])
def test_kills_at_random_cost_nothing(supervise: Supervise, seed: int) -> None:
    chance = random.Random(seed)
    supervisor = supervise(doer(count=3, batch=8, attempts=1000), limit=1000)
    found: dict[object, object] = {}
    submitted = kills = 0
    goal = 0
    while len(found) < 1500:
        while submitted < 1500 and submitted - len(found) < 100:
            supervisor.submit("doer", submitted, ("sleep", chance.random() * 0.002, submitted))
            submitted += 1
        for outcome in supervisor.poll(1.0)[0]:
            assert outcome.key not in found and outcome.refused is None
            found[outcome.key] = outcome.value
        if len(found) >= goal and supervisor.pids("doer"):
            os.kill(chance.choice(supervisor.pids("doer")), signal.SIGKILL)
            kills += 1
            goal = len(found) + chance.randrange(1, 110)
    assert found == {number: number for number in range(1500)}
    assert kills > 15 and supervisor.statistics()["doer"].restarts > 15
    supervisor.stop()


@posix
def test_death_in_the_middle_of_a_message(supervise: Supervise, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APTL3_FAILPOINT", "message-middle:7")  # for the workers; Ready is their first message
    supervisor = supervise(doer(count=2, batch=2, attempts=20), limit=1000)
    outcomes = do(supervisor, *range(60))
    assert [outcome.value for outcome in outcomes] == [2 * number for number in range(60)]
    assert supervisor.statistics()["doer"].restarts >= 3
