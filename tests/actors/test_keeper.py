"""The keeper introduces models: what proves itself is told with its fingerprint, what does not is one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aptl3.actors import requests as r
from aptl3.actors.keeper import Keeper
from aptl3.actors.runtime.frames import FramePool
from aptl3.actors.runtime.spec import Refused
from aptl3.models.registry import get
from aptl3.records.model import ModelRef
from aptl3.storage.writer import Writer


@pytest.fixture
def keeper(tmp_path: Path) -> Keeper:
    Writer.open(tmp_path / "library").close()
    return Keeper(tmp_path / "library", tmp_path / "cache", 1, memory=FramePool(4096, 4096).memory)


def test_a_model_shows_who_it_is(keeper: Keeper) -> None:
    ((introduced,),) = keeper.run([r.Introduce("r-8", None)])
    assert (introduced.spec, introduced.weights) == (get("r-8"), None)
    probe = np.frombuffer(introduced.identity.probe, "<f4")
    assert abs(float(np.linalg.norm(probe)) - 1) < 1e-3
    assert len(introduced.identity.fingerprint) == 32


def test_what_cannot_be_opened_is_refused_under_its_errors_name(keeper: Keeper) -> None:
    (refused,) = keeper.run([r.Introduce("r-8", "/weights")])
    assert isinstance(refused, Refused)
    assert (refused.reason, "\n" in refused.error) == ("BadArgument", False)


def test_models_without_classes_or_of_one_space_need_no_bootstrap(keeper: Keeper) -> None:
    text, same, other = ModelRef("r-8-text"), ModelRef("r-8"), ModelRef("r-9")
    assert keeper.run([r.Bootstrap(text, same), r.Bootstrap(text, other)]) == [None, None]


def test_an_alignment_of_models_that_the_library_does_not_have_is_refused(keeper: Keeper) -> None:
    (refused,) = keeper.run([r.Fit(("r-8", "r-9"), None, "joined", None, None)])
    assert isinstance(refused, Refused)
    assert "r-8" in refused.error
