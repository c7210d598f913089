from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from aptl3.errors import ModelMismatch
from aptl3.models.model import PictureModel, TextModel
from aptl3.records.model import ModelSpec, PictureInput

PICTURES = ModelSpec("p", "1", "image", 3, "p", PictureInput(8, 1.0), "MIT", "here")
TEXTS = ModelSpec("t", "1", "text", 3, "t", None, "MIT", "here")


def colours(pictures: np.ndarray) -> np.ndarray:
    """The mean colour, and blue, as a direction."""
    rows = pictures.reshape(len(pictures), -1, 3).mean(axis=1, dtype=np.float32)
    return unit_rows(rows + np.array([1, 1, 200], np.float32))


def unit_rows(rows: np.ndarray) -> np.ndarray:
    unit: np.ndarray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


class Engine:
    name, batch = "fake", 4

    def __init__(self, run: Callable[[np.ndarray], np.ndarray] = colours) -> None:
        self.run = run
        self.open = True

    def close(self) -> None:
        self.open = False


class Letters:
    name, batch, open = "letters", 4, True

    def run(self, texts: Sequence[str]) -> np.ndarray:
        return unit_rows(np.array([[text.count("f"), text.count("n"), 1] for text in texts], np.float32))

    def close(self) -> None:
        self.open = False


def test_it_embeds_any_number_of_pictures() -> None:
    with PictureModel(PICTURES, "f", Engine()) as model:
        assert model.embed(np.zeros((0, 8, 8, 3), np.uint8)).shape == (0, 3)
        assert model.embed(np.zeros((5, 8, 8, 3), np.uint8)).shape == (5, 3)
        assert (model.engine, model.fingerprint, model.batch) == ("fake", "f", 4)


def test_closing_lets_go_of_the_engine() -> None:
    engine = Engine()
    with PictureModel(PICTURES, "f", engine):
        assert engine.open
    assert not engine.open


@pytest.mark.parametrize("pictures", [np.zeros((1, 9, 8, 3), np.uint8), np.zeros((1, 8, 8, 3), np.float32)])
def test_pictures_of_another_shape_or_type_are_refused(pictures: np.ndarray) -> None:
    with pytest.raises(ValueError, match="instead of uint8"):
        PictureModel(PICTURES, "f", Engine()).embed(pictures)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda rows: rows[:, :2], "instead of"),
        (lambda rows: rows.astype(np.float64), "instead of"),
        (lambda rows: rows * np.nan, "length 1"),
        (lambda rows: rows * 2, "length 1"),
        (lambda rows: np.repeat(rows[:1], len(rows), axis=0), "same vector"),
    ],
)
def test_a_model_that_is_wrong_is_not_opened(spoil: Callable[[np.ndarray], np.ndarray], why: str) -> None:
    with pytest.raises(ModelMismatch, match=why):
        PictureModel(PICTURES, "f", Engine(lambda pictures: spoil(colours(pictures))))


def test_a_model_proves_that_it_is_the_same_as_last_time() -> None:
    model = PictureModel(PICTURES, "f", Engine())
    probe = model.probe()
    assert len(probe) == 3 * 4
    model.prove(probe)
    near = np.frombuffer(probe, "<f4") + np.float32(0.01)
    model.prove((near / np.linalg.norm(near)).astype("<f4").tobytes())


@pytest.mark.parametrize("probe", [b"", b"\0" * 12, np.array([1, 0, 0], "<f4").tobytes(), b"\0" * 16])
def test_another_model_under_the_same_name_is_refused(probe: bytes) -> None:
    with pytest.raises(ModelMismatch, match="other vectors"):
        PictureModel(PICTURES, "f", Engine()).prove(probe)


def test_texts_are_embedded_and_probed_alike() -> None:
    engine = Letters()
    with TextModel(TEXTS, "f", engine) as model:
        assert model.embed([]).shape == (0, 3)
        assert model.embed(["a", "b"]).shape == (2, 3)
        model.prove(model.probe())
    assert not engine.open
