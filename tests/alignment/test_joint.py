from __future__ import annotations

import numpy as np
import pytest

from aptl3.alignment.joint import Joint, Side
from aptl3.alignment.landmarks import Landmarks
from aptl3.alignment.rows import unit_rows
from aptl3.errors import BadArgument

MATRIX = np.array([[0, 1, 0], [1, 0, 0]], np.float32)
JOINT = Joint({"a": Side(np.ones(2, np.float32), MATRIX), "b": Side(np.zeros(3, np.float32), None)}, 0.5, 1, 10)


def test_it_centres_turns_and_normalizes() -> None:
    mapped = JOINT.map(np.array([[4.0, 1.0], [1.0, 0.0]]), "a", "b")
    assert mapped.dtype == np.float32
    assert mapped == pytest.approx(np.array([[0, 1, 0], [-1, 0, 0]]))


def test_it_turns_the_other_way_and_back() -> None:
    there = JOINT.map([[3.0, 7.0]], "a", "b")
    assert JOINT.turn(there, "b", "a") == pytest.approx(JOINT.directions([[3.0, 7.0]], "a"))
    assert JOINT.map([[0.0, 2.0, 0.0]], "b", "a") == pytest.approx(np.array([[1, 0]]))
    assert JOINT.map([[0.0, 2.0, 0.0]], "b", "b") == pytest.approx(np.array([[0, 1, 0]]))


def test_what_has_no_direction_stays_zero() -> None:
    assert (JOINT.map([[1.0, 1.0]], "a", "b") == 0).all()
    assert (unit_rows(np.zeros((2, 3))) == 0).all()


def test_a_model_that_it_does_not_know_is_told() -> None:
    with pytest.raises(BadArgument, match="knows a, b, not c"):
        JOINT.map([[1.0, 1.0]], "a", "c")


def test_landmarks_lead_beside_the_rotation() -> None:
    marks = Landmarks.of({"a": np.eye(2, dtype=np.float32), "b": np.eye(3, dtype=np.float32)[1:]})
    joint = Joint(JOINT.sides, 0.5, 1, 10, marks)
    turned, led = JOINT.turn([[1.0, 0.0]], "a", "b"), marks.lead(np.array([[1, 0]], np.float32), "a", "b")
    assert led is not None
    assert joint.turn([[1.0, 0.0]], "a", "b") == pytest.approx(unit_rows(turned + led))
    assert joint.turn([[1.0, 0.0]], "a", "a") == pytest.approx(np.array([[1, 0]]))


def test_many_rows_are_mapped_as_few_are(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.random.default_rng(0).normal(size=(20, 2))
    whole = JOINT.map(rows, "a", "b")
    monkeypatch.setattr("aptl3.alignment.joint._BLOCK", 7)
    assert JOINT.map(rows, "a", "b") == pytest.approx(whole)
