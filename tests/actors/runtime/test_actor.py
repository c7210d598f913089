"""What a worker does with a batch, without a process."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aptl3.actors.runtime.actor import answer, answer_pickled, describe
from aptl3.actors.runtime.frames import FramePool
from aptl3.actors.runtime.messages import dump, load
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


def test_what_cannot_be_pickled_is_refused_alone(pool: FramePool) -> None:
    answers = answer_pickled(Doer(pool.memory), [dump(1), b"junk", dump(("unpicklable",)), dump(2)], ())
    values = [load(data) for data in answers]
    assert [values[0], values[3]] == [2, 4]
    assert [value.reason for value in values[1:3]] == ["crash", "crash"]


def test_fatal_errors_pass(pool: FramePool) -> None:
    with pytest.raises(StageFull):
        answer(Doer(pool.memory), [1, ("full",)], (StageFull,))


def test_descriptions_are_one_line() -> None:
    assert describe(ValueError("a\n  b")) == "ValueError: a b"
    assert describe(KeyError()) == "KeyError"
