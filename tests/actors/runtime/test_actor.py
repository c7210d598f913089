"""What a worker does with a batch, without a process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aptl3.actors.runtime.actor import Actor, answer, begin, begin_pickled, describe
from aptl3.actors.runtime.frames import FramePool
from aptl3.actors.runtime.mailbox import Inbox, Outbox
from aptl3.actors.runtime.messages import UNREADABLE, Done, Run, Stop, dump, load
from aptl3.actors.runtime.spec import Refused

from .stages import Doer, Short, StageFull


class Picky:
    """Raises when a batch holds an odd number; remembers its batches."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []

    def run(self, batch: list[int]) -> list[int]:
        self.batches.append(list(batch))
        for number in batch:
            if number % 2:
                raise ValueError(f"{number} is\nodd")
        return [number * 10 for number in batch]


class Starter(Picky):
    """Starts on batches; its answers are refused where it is waited for, if a number is odd. Tells what it does."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    def begin(self, batch: list[int]) -> Callable[[], list[int]]:
        if batch[0] < 0:
            raise OSError("cannot begin")
        self.told.append(f"begin {batch[0]}")

        def found() -> list[int]:
            self.told.append(f"wait for {batch[0]}")
            return self.run(batch)

        return found


class Posted:
    """A worker's mailbox, filled beforehand; keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def send(self, message: bytes) -> None:
        self.sent.append(load(message))


def work(stage: Picky, *batches: list[int]) -> list[Done]:
    """What a worker sends that finds all these batches, and a Stop, in its mailbox."""
    posted = Posted()
    actor = Actor(cast(Inbox, None), cast(Outbox, posted), cast(Any, None))
    for number, batch in enumerate(batches, 1):
        actor._messages.put(Run(number, len(batch) > 1, dump(batch)))
    actor._messages.put(Stop())
    actor._work(stage, ())  # type: ignore[arg-type]
    return posted.sent


def test_the_next_batch_is_begun_before_one_is_waited_for() -> None:
    stage = Starter()
    done = work(stage, [2], [4], [6])
    assert stage.told == ["begin 2", "begin 4", "wait for 2", "begin 6", "wait for 4", "wait for 6"]
    assert [(one.number, load(one.answers)) for one in done] == [(1, [20]), (2, [40]), (3, [60])]
    assert all(one.busy >= 0 for one in done)


def test_a_stage_that_only_runs_takes_one_batch_after_the_other() -> None:
    stage = Picky()
    assert [one.number for one in work(stage, [2, 4], [6])] == [1, 2]
    assert stage.batches == [[2, 4], [6]]


@pytest.mark.parametrize("batch", [[1, 2], [-2, 4], [-1]])
def test_a_batch_that_cannot_be_begun_or_waited_for_is_run(batch: list[int]) -> None:
    assert begin(Starter(), batch)() == answer(Picky(), batch)  # type: ignore[arg-type]


@given(st.lists(st.integers(0, 100), min_size=1, max_size=10))
def test_only_what_raises_alone_is_refused(batch: list[int]) -> None:
    stage = Picky()
    answers = answer(stage, batch)  # type: ignore[arg-type]
    expected = [Refused("crash", f"ValueError: {n} is odd") if n % 2 else n * 10 for n in batch]
    assert answers == expected
    assert len(stage.batches) == (1 if not any(n % 2 for n in batch) or len(batch) == 1 else 1 + len(batch))
    assert all("Traceback" in a.detail for a in answers if isinstance(a, Refused))


def test_a_forgotten_answer_shifts_nothing() -> None:
    assert answer(Short(), ["a", "b", "c"]) == ["a", "b", "c"]


def test_an_answer_that_cannot_be_pickled_is_refused_alone(pool: FramePool) -> None:
    values = load(begin_pickled(Doer(pool.memory), Run(1, True, dump([1, ("unpicklable",), 2])), ())())
    assert [values[0], values[2]] == [2, 4]
    assert values[1].reason == "crash"


def test_a_task_that_cannot_be_unpickled_is_refused_when_it_came_alone(pool: FramePool) -> None:
    (refused,) = load(begin_pickled(Doer(pool.memory), Run(1, False, b"junk"), ())())
    assert refused.reason == "crash"
    assert begin_pickled(Doer(pool.memory), Run(1, True, b"junk"), ())() == UNREADABLE


def test_fatal_errors_pass(pool: FramePool) -> None:
    with pytest.raises(StageFull):
        answer(Doer(pool.memory), [1, ("full",)], (StageFull,))
    with pytest.raises(OSError, match="begin"):
        begin(Starter(), [-2], (OSError,))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="odd"):
        begin(Starter(), [1], (ValueError,))()  # type: ignore[arg-type]


def test_descriptions_are_one_line() -> None:
    assert describe(ValueError("a\n  b")) == "ValueError: a b"
    assert describe(KeyError()) == "KeyError"
