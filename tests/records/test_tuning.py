"""A tuning that is kept comes back as it was, belongs to its machine, and is not believed when it makes no sense."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aptl3.config import STAGES, Machine, default_settings
from aptl3.records.tuning import Tuning, told

MACHINE = Machine(cores=4, memory=8 << 30, processor="A fine processor")
TUNING = Tuning(
    replace(default_settings(MACHINE), open_items=120, cores=2), MACHINE, "2030-01-02T03:04:05Z", 187.5, "a reason"
)

counts = st.fixed_dictionaries({stage: st.integers(1, 256) for stage in STAGES})


@given(counts, counts, st.integers(1, MACHINE.cores), st.none() | st.integers(1, MACHINE.cores))
def test_what_is_kept_comes_back(workers: dict[str, int], batch: dict[str, int], threads: int, cores: int) -> None:
    settings = replace(TUNING.settings, workers={**workers, "writer": 1}, batch=batch)
    tuning = replace(TUNING, settings=replace(settings, extractor_threads=threads, cores=cores))
    assert Tuning.decode(tuning.encode()) == tuning
    assert tuning.applied(default_settings(Machine(cores=1, memory=1 << 30))) == tuning.settings


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (MACHINE, None),
        (replace(MACHINE, memory=1 << 30), None),  # what is left to a container changes from day to day
        (replace(MACHINE, memory=TUNING.settings.open_bytes - 1), "they ask for more memory than there is"),
        (replace(MACHINE, cores=2), "measured on another machine (A fine processor with 4 cores)"),
        (replace(MACHINE, cuda=True), "measured on another machine (A fine processor with 4 cores)"),
        (replace(MACHINE, processor="Another one"), "measured on another machine (A fine processor with 4 cores)"),
    ],
)
def test_it_belongs_to_the_machine_that_was_measured(other: Machine, why: str | None) -> None:
    assert TUNING.unfit(other) == why
    assert told(TUNING.encode(), other) == {**TUNING.as_json(), "unfit": why}


def _changed(part: str, value: Any) -> str:
    document = TUNING.as_json()
    (document if part in document else document["settings"])[part] = value
    return json.dumps(document)


def _workers(**counts: Any) -> str:
    return _changed("workers", {**TUNING.settings.workers, **counts})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "no JSON",
        _changed("extractor_threads", 0),
        _changed("workers", {"loader": 1}),
        _changed("workers", {**dict.fromkeys(STAGES, 1), "writer": 2}),
        _changed("batch", dict.fromkeys(STAGES, "many")),
        _changed("a setting of a later version", 1),
        _workers(decoder=2.5),
        _workers(decoder=True),
        _workers(decoder=257),
        _workers(painter=1),
        _changed("batch", {**TUNING.settings.batch, "loader": 10**6}),
        _changed("open_items", 10**9),
        _changed("open_bytes", 10**30),
        _changed("open_bytes", float(1 << 26)),
        _changed("open_bytes", 1000),
        _changed("extractor_threads", 5),
        _changed("cores", 5),
        _changed("when", 2030),
        _changed("reason", None),
        _changed("per_second", float("nan")),
        _changed("per_second", 10**400),
        _changed("machine", {**TUNING.as_json()["machine"], "cores": "4"}),
        _changed("machine", {**TUNING.as_json()["machine"], "processor": 4}),
        _changed("machine", {**TUNING.as_json()["machine"], "cuda": "no"}),
        "[" * 100_000,
    ],
)
def test_what_makes_no_sense_is_not_believed(text: str) -> None:
    assert Tuning.decode(text) is None
    assert told(text, MACHINE) == {"unfit": "they make no sense"}


def test_as_much_as_a_machine_can_serve_is_believed() -> None:
    assert Tuning.decode(_workers(decoder=256)) is not None
    assert Tuning.decode(_changed("open_bytes", MACHINE.memory)) is not None


def test_nothing_kept_is_no_tuning() -> None:
    assert Tuning.decode(None) is None
