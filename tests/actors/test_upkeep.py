"""The keeper's process runs only while there is something to do, and everybody who waits is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aptl3.actors import upkeep
from aptl3.actors.requests import BuildIndex, Prepare
from aptl3.actors.runtime.outcome import Outcome
from aptl3.actors.runtime.spec import Refused
from aptl3.actors.upkeep import TAIL, TAIL_SHARE, Upkeep, behind, stale
from aptl3.errors import DiskFull
from aptl3.fitting.indexing import build
from aptl3.storage.writer import Writer
from tests.actors.fakes import Recorder
from tests.storage.samples import add_models, ingest


@pytest.fixture
def nothing_prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "prepared", lambda name, cache: False)


def last(runner: Recorder) -> int:
    """The number of the task that the keeper was given last."""
    key = runner.submitted[-1][1]
    assert isinstance(key, tuple)
    return int(key[1])


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
        kept.take_in(last(runner), Outcome("keeper", runner.submitted[-1][1], '{"kind": "flat"}'))
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
    kept.take_in(last(runner), Outcome("keeper", "key", refused=Refused("crash", "killed")))
    kept.quiet()
    assert (stored, kept.busy) == ([], False)


def test_no_index_is_built_of_a_model_that_is_no_more() -> None:
    runner = Recorder()
    kept = Upkeep(runner, Path("cache"), "text", lambda record: None)
    kept.index(["a", "b"])
    kept.retain(["b"])
    kept.quiet()
    assert [task for _, _, task in runner.submitted] == [BuildIndex("b")]


def test_who_wishes_for_an_index_is_told_why_it_was_not_built() -> None:
    runner, told = Recorder(), list[Any]()
    kept = Upkeep(runner, Path("cache"), "text", lambda record: None)
    kept.index(["a"], told.append)
    kept.quiet()
    kept.take_in(last(runner), Outcome("keeper", "key", refused=Refused("DiskFull", "no room")))
    assert [(type(error), str(error)) for error in told] == [(DiskFull, "The index was not built: no room")]


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
    kept.take_in(last(runner), Outcome("keeper", "key"))
    kept.prepare(said.append)
    assert said == [None, None]
    assert len(runner.submitted) == 1


@pytest.mark.usefixtures("nothing_prepared")
def test_why_a_model_cannot_be_prepared_is_told_and_tried_again() -> None:
    runner, said = Recorder(), list[str | None]()
    kept = Upkeep(runner, Path("cache"), "text", lambda record: None)
    for _ in range(2):
        kept.prepare(said.append)
        kept.take_in(last(runner), Outcome("keeper", "key", refused=Refused("ModelUnavailable", "no room")))
    assert said == ["no room", "no room"]
    assert len(runner.submitted) == 2


def test_an_index_of_a_kind_that_is_no_more_is_built_anew(tmp_path: Path) -> None:
    with Writer.open(tmp_path / "library") as writer:
        add_models(writer)
        ingest(writer, {"a.jpg": 1, "b.jpg": 2})
        red, blue = (build(writer, name) for name in ("red", "blue"))
        assert red is not None and blue is not None
        with writer.checkpoint() as checkpoint:
            checkpoint.add_index(red)
            checkpoint.add_index(replace(blue, kind="of old"))
        assert stale(writer) == ["blue"]
