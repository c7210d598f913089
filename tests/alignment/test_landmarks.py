from __future__ import annotations

import numpy as np
import pytest

from aptl3.alignment.landmarks import SHARPNESS, Landmarks
from aptl3.alignment.rows import unit_rows

RNG = np.random.default_rng(0)
A, B = (unit_rows(RNG.normal(size=(40, dim))) for dim in (16, 24))


def test_a_query_is_led_to_what_it_is_near_to() -> None:
    marks = Landmarks.of({"a": A, "b": B})
    led = marks.lead(unit_rows(A + 0.1 * RNG.normal(size=A.shape)), "a", "b")
    assert led is not None and led.dtype == np.float32
    assert ((led @ B.T).argmax(axis=1) == np.arange(40)).all()
    assert np.linalg.norm(led, axis=1) == pytest.approx(1, abs=1e-5)


def test_what_every_query_gives_to_a_landmark_tells_nothing() -> None:
    near = unit_rows(np.eye(16)[0] + 0.3 * RNG.normal(size=(30, 16)) / 4)  # thirty sorts of one thing
    rows = np.concatenate([near, A[:10]])
    marks = Landmarks.of({"a": rows, "b": unit_rows(RNG.normal(size=(40, 24)))})
    usual = marks.usual["a"]
    assert usual.sum() == pytest.approx(1, abs=1e-5)
    weights = np.exp(SHARPNESS * rows @ rows.T)
    assert usual == pytest.approx((weights / weights.sum(axis=1, keepdims=True)).mean(axis=0), rel=1e-4)
    asked = unit_rows(rows.mean(axis=0, keepdims=True))
    weights = np.exp(SHARPNESS * asked @ rows.T)
    led = marks.lead(asked, "a", "b")
    assert led == pytest.approx(unit_rows((weights / weights.sum() - usual) @ marks.directions["b"]), abs=1e-4)


def test_only_what_both_know_leads() -> None:
    first, second = A.copy(), B.copy()
    first[30:], second[:10] = 0, 0
    part = Landmarks.of({"a": first, "b": second}).lead(A, "a", "b")
    assert part is not None
    assert ((part @ B.T).argmax(axis=1)[10:30] == np.arange(10, 30)).all()
    first[10:] = 0
    assert Landmarks.of({"a": first, "b": second}).lead(A, "a", "b") is None
    assert Landmarks.of({"a": A}).lead(A, "a", "b") is None
