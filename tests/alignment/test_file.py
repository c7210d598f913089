from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aptl3.alignment import file
from aptl3.alignment.joint import Joint, Side
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
)


@pytest.mark.parametrize(("dtype", "near"), [("<f4", 0), ("<f2", 1e-3)])
def test_what_is_written_is_read(tmp_path: Path, dtype: str, near: float) -> None:
    path = tmp_path / "one.alignment"
    data = file.encode(JOINT, {"models": {"a": "1", "b": "2"}}, dtype)
    assert data == file.encode(JOINT, {"models": {"a": "1", "b": "2"}}, dtype)
    assert (data.index(b"\n") + 1) % 64 == 0
    path.write_bytes(data)
    read = file.read(path)
    assert (read.distance, read.iterations, read.samples) == (0.25, 3, 99)
    assert file.about(path)["models"] == {"a": "1", "b": "2"}
    assert read.sides["b"].matrix is None
    matrix, expected = read.sides["a"].matrix, JOINT.sides["a"].matrix
    assert matrix is not None and matrix.dtype == np.float32
    assert matrix == pytest.approx(expected, rel=near, abs=0)
    assert read.sides["b"].mean == pytest.approx(JOINT.sides["b"].mean, rel=near, abs=0)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: b"not json\n" + data,
        lambda data: b'{"format": "other"}\n' + data,
        lambda data: data[: data.index(b"\n")],
        lambda data: data[:-4],
        lambda data: data.replace(b'"<f4"', b'"<g9"'),
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
