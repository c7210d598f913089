from __future__ import annotations

import pickle

import pytest

from aptl3.actors.runtime.spec import ChildSpec, Refused

from .stages import build_doer


@pytest.mark.parametrize(
    "wrong",
    [
        {"count": -1},
        {"batch": 0},
        {"credit": 0},
        {"attempts": 0},
        {"linger": -1.0},
        {"deadline": 0.0},
        {"silence": 0.0},
    ],
)
def test_specs_that_make_no_sense(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="stage doer"):
        ChildSpec("doer", build_doer, **wrong)  # type: ignore[arg-type]


def test_a_refusal_travels_and_its_traceback_is_no_part_of_it() -> None:
    refused = Refused("empty", "no bytes", "Traceback …")
    assert pickle.loads(pickle.dumps(refused)).detail == "Traceback …"
    assert refused == Refused("empty", "no bytes")
