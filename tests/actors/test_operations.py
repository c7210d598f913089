"""Changes wait for their moment, in order; everybody who asked is answered once."""

from __future__ import annotations

from typing import Any

from aptl3.actors import requests as r
from aptl3.actors.operations import Operations
from aptl3.actors.runtime.outcome import Outcome
from aptl3.actors.runtime.spec import Refused
from aptl3.errors import BadArgument, ServiceUnavailable
from tests.actors.fakes import Recorder


def tasks(runner: Recorder) -> list[Any]:
    return [task for _, _, task in runner.submitted]


def test_an_operation_goes_at_once_and_its_error_is_told_as_its_class() -> None:
    runner, told = Recorder(), list[Any]()
    operations = Operations(runner)
    operations.operate(r.Settle(), told.append)
    operations.operate(r.Forget(("x",)), told.append)
    assert (tasks(runner), operations.unanswered) == ([r.Settle(), r.Forget(("x",))], True)
    operations.take_in(2, Outcome("writer", None, refused=Refused("BadArgument", "no url")))
    operations.take_in(1, Outcome("writer", None))
    assert (type(told[0]), told[1], operations.unanswered) == (BadArgument, None, False)


def test_changes_are_carried_out_one_by_one_and_take_effect_before_they_are_told() -> None:
    runner, told = Recorder(), list[Any]()
    operations = Operations(runner)
    for number in (1, 2):
        operations.change(lambda number=number: r.RemoveRelation(number), told.append, rest=False)  # type: ignore[misc]
    assert (tasks(runner), operations.changes) == ([], True)
    for _ in range(2):  # the second has to wait for the first one's answer
        operations.change_now(lambda: told.append("taken up"), at_rest=True)
    assert (tasks(runner), operations.due(at_rest=True)) == ([r.RemoveRelation(1)], True)
    operations.take_in(1, Outcome("writer", None, {"pairs": 3}))
    assert told == ["taken up", {"pairs": 3}]
    operations.change_now(lambda: told.append("taken up"), at_rest=True)
    assert tasks(runner)[1:] == [r.RemoveRelation(2)]
    assert (operations.changes, operations.due(at_rest=True)) == (False, True)  # nothing is begun before its answer
    operations.take_in(2, Outcome("writer", None, {}))
    assert not operations.due(at_rest=True)


def test_a_change_that_needs_the_keeper_at_rest_waits_for_it_and_holds_nobody_up_meanwhile() -> None:
    runner = Recorder()
    operations = Operations(runner)
    operations.change(lambda: r.RemoveModel("r-16", False), lambda answer: None, rest=True)
    operations.change_now(lambda: None, at_rest=False)
    assert (tasks(runner), operations.due(at_rest=False), operations.due(at_rest=True)) == ([], False, True)
    operations.change_now(lambda: None, at_rest=True)
    assert tasks(runner) == [r.RemoveModel("r-16", False)]


def test_who_waits_for_a_change_that_will_not_come_is_told() -> None:
    operations, told = Operations(Recorder()), list[Any]()
    operations.change(r.Settle, told.append, rest=False)
    operations.give_up(ServiceUnavailable("about to end"))
    assert (len(told), type(told[0]), operations.changes) == (1, ServiceUnavailable, False)
