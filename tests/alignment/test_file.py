from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aptl3.alignment import file
from aptl3.alignment.joint import Joint, Side
from aptl3.alignment.landmarks import Landmarks
from aptl3.errors import ModelUnavailable

RNG = np.random.default_rng(0)
JOINT = Joint(
    {
        "a": Side(RNG.normal(size=3).astype(np.float32), RNG.normal(size=(3, 5)).astype(np.float32)),
        "b": Side(RNG.normal(size=5).astype(np.float32), None),
    },
    distance=0.25,
    iterations=3,
    samples=99,
    landmarks=Landmarks.of({"a": np.eye(3, dtype=np.float32), "b": RNG.normal(size=(3, 5)).astype(np.float32)}),
)


@pytest.mark.parametrize(("compact", "near"), [(False, 0), (True, 0.02)])
def test_what_is_written_is_read(tmp_path: Path, compact: bool, near: float) -> None:
    path = tmp_path / "one.alignment"
    data = file.encode(JOINT, {"models": {"a": "1", "b": "2"}}, compact=compact)
    assert data == file.encode(JOINT, {"models": {"a": "1", "b": "2"}}, compact=compact)
    assert (data.index(b"\n") + 1) % 64 == 0
    path.write_bytes(data)
    read = file.read(path)
    assert (read.distance, read.iterations, read.samples) == (0.25, 3, 99)
    assert file.about(path)["models"] == {"a": "1", "b": "2"}
    assert read.sides["b"].matrix is None
    matrix, expected = read.sides["a"].matrix, JOINT.sides["a"].matrix
    assert matrix is not None and matrix.dtype == np.float32
    assert matrix == pytest.approx(expected, abs=near)
    assert read.sides["b"].mean.tolist() == JOINT.sides["b"].mean.tolist()
    assert read.landmarks is not None and JOINT.landmarks is not None
    for model in "ab":
        assert read.landmarks.directions[model] == pytest.approx(JOINT.landmarks.directions[model], abs=near)
        assert read.landmarks.usual[model].tolist() == JOINT.landmarks.usual[model].tolist()
    rows = RNG.normal(size=(50, 3))
    cosines = (read.map(rows, "a", "b") * JOINT.map(rows, "a", "b")).sum(axis=1)
    assert cosines.min() > 1 - 1e-4


def test_there_need_be_no_landmarks(tmp_path: Path) -> None:
    path = tmp_path / "one.alignment"
    path.write_bytes(file.encode(replace(JOINT, landmarks=None), {}))
    assert file.read(path).landmarks is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: b"not json\n" + data,
        lambda data: b'{"format": "other"}\n' + data,
        lambda data: data[: data.index(b"\n")],
        lambda data: data[:-4],
        lambda data: data.replace(b'"<f4"', b'"<g9"'),
        lambda data: data.replace(b'"<f4"', b'"|O8"'),
        lambda data: data.replace(b'"arrays"', b'"errors"'),
        lambda data: data.replace(b'"mean"', b'"moan"'),
    ],
)
def test_a_damaged_file_is_one_line(tmp_path: Path, damage) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "one.alignment"
    path.write_bytes(damage(file.encode(JOINT, {})))
    with pytest.raises(ModelUnavailable, match="gone or damaged"):
        file.read(path)
    with pytest.raises(ModelUnavailable, match="gone or damaged"):
        file.read(tmp_path / "none.alignment")
