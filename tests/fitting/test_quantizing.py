"""What is measured of a model in int8, and on what. ``tests/cli/test_quantize.py`` makes one."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from aptl3.errors import BadArgument
from aptl3.fitting import quantizing
from aptl3.fitting.quantizing import Asked, Cost, Quantizing, measure, neighbours_kept, recalled
from aptl3.models.registry import DEFAULT_IMAGE
from aptl3.records.model import ModelRef, PictureInput
from tests.photographs import make_photograph

INPUT = PictureInput(size=64, crop=1.0)


def unit(rows: np.ndarray) -> np.ndarray:
    normal: np.ndarray = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return normal


def test_neighbours_that_are_kept_are_counted() -> None:
    chance = np.random.default_rng(1)
    rows = unit(chance.normal(size=(100, 32)))
    near = unit(rows + chance.normal(size=rows.shape) * 0.02)
    assert neighbours_kept(rows, rows) == 1
    assert 0.7 < neighbours_kept(rows, near) < 1
    assert neighbours_kept(rows, unit(chance.normal(size=rows.shape))) == pytest.approx(0.1, abs=0.06)


def test_captions_are_sought_among_the_photographs_that_have_some() -> None:
    rows = unit(np.random.default_rng(2).normal(size=(30, 16)))
    photographs = np.arange(0, 30, 2)
    own = np.array([0, 0, 3, 7])
    centred = unit(rows - rows.mean(axis=0))
    queries = centred[photographs[own]]
    assert recalled(Asked(queries, own, photographs), rows) == (1, 1, 1)
    away = -queries  # the own photograph is the last
    assert recalled(Asked(away, own, photographs), rows) == (0, 0, 0)
    assert recalled(Asked(np.concatenate((queries, away)), np.tile(own, 2), photographs), rows) == (0.5, 0.5, 0.5)


def test_the_halves_share_no_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quantizing, "LEAST", 5)
    files = []
    for number in range(10):
        files.append(str(make_photograph(tmp_path / f"{number}.jpg", number)))
        files.append(str(shutil.copyfile(files[-1], tmp_path / f"{number} again.jpg")))
    (tmp_path / "notes.txt").write_text("no photograph")
    files += [str(tmp_path / "notes.txt"), str(tmp_path / "gone.jpg")]
    (first, calibrating), (second, judged) = quantizing._halves(files, INPUT)
    assert [Path(path).stem for path in first] == ["0", "2", "4", "6", "8"]
    assert [Path(path).stem for path in second] == ["1", "3", "5", "7", "9"]
    assert calibrating.shape == judged.shape == (5, 64, 64, 3)
    monkeypatch.setattr(quantizing, "LEAST", 6)
    with pytest.raises(BadArgument, match=r"^10 different photographs can be read, and 12 are needed"):
        quantizing._halves(files, INPUT)


def test_no_more_are_decoded_than_are_used(tmp_path: Path) -> None:
    files = [str(make_photograph(tmp_path / f"{number}.jpg", number)) for number in range(4)]
    assert [path for path, _ in quantizing._photographs(files, INPUT, 3)] == files[:3]


def test_what_cannot_be_is_told_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "file").touch()
    told: list[float] = []
    for name, folder in (("r-64", "new"), (DEFAULT_IMAGE, "there")):
        with pytest.raises(BadArgument):
            measure(
                None,
                [str(tmp_path)],
                ModelRef(name),
                tmp_path / folder,
                cache=tmp_path,
                progress=lambda share, what: told.append(share),
            )
    assert told == []


def test_a_model_that_could_not_be_measured_is_not_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def made(ref: ModelRef, pictures: np.ndarray, folder: Path, work: Path) -> Path:
        (folder / "inside").mkdir(parents=True)
        return work

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(quantizing, "quantize", made)
    monkeypatch.setattr(quantizing, "_compared", interrupted)
    photographs = tmp_path / "photographs"
    photographs.mkdir()
    for number in range(2 * quantizing.LEAST):
        make_photograph(photographs / f"{number}.jpg", number)
    folder = tmp_path / "folder"
    with pytest.raises(KeyboardInterrupt):
        measure(
            None, [str(photographs)], ModelRef(DEFAULT_IMAGE), folder, cache=tmp_path, progress=lambda share, what: None
        )
    assert list(tmp_path.iterdir()) == [photographs]


@pytest.mark.parametrize(("speed", "worth"), [(1.31, True), (1.1, False)])
def test_it_is_worth_it_while_it_is_faster_enough(speed: float, worth: bool) -> None:
    engines = tuple(
        Cost(name, 1.0, one, 1.0, 1.0, None, None) for name, one in (("float32", 0.5), ("usual", 1.0), ("i", speed))
    )
    made = Quantizing("int8/m", "folder", 20, 20, 0, "usual", engines)
    assert made.worth is worth and made.as_json()["worth"] is worth
