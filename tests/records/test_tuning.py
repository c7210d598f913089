"""A tuning that is kept comes back as it was, belongs to its machine, and is not believed when it makes no sense."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aptl3.config import STAGES, Machine, default_settings
from aptl3.records.tuning import Tuning

MACHINE = Machine(cores=4, memory=8 << 30, processor="A fine processor")
TUNING = Tuning(
    replace(default_settings(MACHINE), open_items=120, cores=2), MACHINE, "2030-01-02T03:04:05Z", 187.5, "a reason"
)

counts = st.fixed_dictionaries({stage: st.integers(1, 256) for stage in STAGES})


@given(counts, counts, st.integers(1, 512), st.none() | st.integers(1, 512))
def test_what_is_kept_comes_back(workers: dict[str, int], batch: dict[str, int], threads: int, cores: int) -> None:
    settings = replace(TUNING.settings, workers={**workers, "writer": 1}, batch=batch)
    tuning = replace(TUNING, settings=replace(settings, extractor_threads=threads, cores=cores))
    assert Tuning.decode(tuning.encode()) == tuning
    assert tuning.applied(default_settings(Machine(cores=1, memory=1 << 30))) == tuning.settings


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (MACHINE, True),
        (replace(MACHINE, memory=1), True),  # what is left to a container changes from day to day
        (replace(MACHINE, cores=2), False),
        (replace(MACHINE, cuda=True), False),
        (replace(MACHINE, processor="Another one"), False),
    ],
)
def test_it_belongs_to_the_machine_that_was_measured(other: Machine, same: bool) -> None:
    assert TUNING.of(other) is same


def _changed(part: str, value: Any) -> str:
    document = TUNING.as_json()
    document["settings"][part] = value
    return json.dumps(document)


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
    ],
)
def test_what_makes_no_sense_is_not_believed(text: str) -> None:
    assert Tuning.decode(text) is None


def test_nothing_kept_is_no_tuning() -> None:
    assert Tuning.decode(None) is None
