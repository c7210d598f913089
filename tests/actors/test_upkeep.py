"""The keeper's process runs only while there is something to do, and everybody who waits is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aptl3.actors import upkeep
from aptl3.actors.messages import BuildIndex, Prepare
from aptl3.actors.runtime.outcome import Outcome
from aptl3.actors.runtime.spec import Refused
from aptl3.actors.upkeep import TAIL, TAIL_SHARE, Upkeep, behind
from tests.actors.fakes import Recorder


@pytest.fixture
def nothing_prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "prepared", lambda name, cache: False)


def test_indexes_are_built_in_quiet_moments_one_after_the_other() -> None:
    runner, stored, told = Recorder(), list[str](), list[Any]()
    kept = Upkeep(runner, Path("cache"), "text", stored.append)
    kept.index(["a", "b"])
    kept.index(["a"], told.append)
    for _ in range(2):
        assert kept.busy
        kept.quiet()
        kept.quiet()
        assert runner.counts["keeper"] == 1
        kept.take_in("index", Outcome("keeper", runner.submitted[-1][1], '{"kind": "flat"}'))
    assert sorted(task.model for _, _, task in runner.submitted if isinstance(task, BuildIndex)) == ["a", "b"]
    assert told == []
    kept.quiet()
    assert (told, kept.busy, runner.counts["keeper"]) == ([None], False, 0)
    assert stored == ['{"kind": "flat"}'] * 2


def test_an_index_that_cannot_be_built_is_no_error() -> None:
    runner, stored = Recorder(), list[str]()
    kept = Upkeep(runner, Path("cache"), "text", stored.append)
    kept.index(["a"])
    kept.quiet()
    kept.take_in("index", Outcome("keeper", ("index", "a"), refused=Refused("crash", "killed")))
    kept.quiet()
    assert (stored, kept.busy) == ([], False)


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_an_index_is_built_anew_when_it_is_missing_or_far_behind(vectors: int, indexed: int) -> None:
    if indexed == 0:
        assert behind(vectors, 0) == (vectors > 0)
    elif behind(vectors, indexed):
        assert vectors > indexed + TAIL
        assert vectors > indexed * (1 + TAIL_SHARE)
    else:
        assert vectors <= indexed + max(TAIL, indexed * TAIL_SHARE)


@pytest.mark.usefixtures("nothing_prepared")
def test_a_model_is_prepared_once() -> None:
    runner, said = Recorder(), list[str | None]()
    kept = Upkeep(runner, Path("cache"), "text", lambda record: None)
    kept.prepare(said.append)
    assert said == []
    assert [task for _, _, task in runner.submitted] == [Prepare("text")]
    kept.take_in("prepare", Outcome("keeper", ("prepare", "text")))
    kept.prepare(said.append)
    assert said == [None, None]
    assert len(runner.submitted) == 1


@pytest.mark.usefixtures("nothing_prepared")
def test_why_a_model_cannot_be_prepared_is_told_and_tried_again() -> None:
    runner, said = Recorder(), list[str | None]()
    kept = Upkeep(runner, Path("cache"), "text", lambda record: None)
    for _ in range(2):
        kept.prepare(said.append)
        kept.take_in("prepare", Outcome("keeper", ("prepare", "text"), refused=Refused("ModelUnavailable", "no room")))
    assert said == ["no room", "no room"]
    assert len(runner.submitted) == 2
