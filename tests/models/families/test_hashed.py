from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aptl3.errors import BadArgument
from aptl3.models import registry
from aptl3.models.opening import fingerprint, open_picture_model, open_text_model, prepare, prepared
from aptl3.models.synthetic import structured
from aptl3.records.model import ModelRef


def test_equal_pictures_have_equal_vectors_and_others_nothing_in_common(tmp_path: Path) -> None:
    pictures = structured(3, 64, seed=1)
    with open_picture_model("r-256", cache=tmp_path) as model:
        rows = model.embed(np.concatenate((pictures, pictures)))
        model.prove(model.probe())
    assert rows.shape == (6, 256) and rows.dtype == np.float32
    assert (rows[:3] == rows[3:]).all()
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1, abs=1e-6)
    assert abs(rows[:3] @ rows[:3].T - np.eye(3)).max() < 0.3


def test_texts_are_of_the_same_space(tmp_path: Path) -> None:
    assert registry.get("r-256").space == registry.get("r-256-text").space
    with open_text_model("r-256-text", cache=tmp_path) as model:
        rows = model.embed(["a cat", "a dog", "a cat", "name \udcff"])
    assert (rows[0] == rows[2]).all() and abs(rows[0] @ rows[1]) < 0.3 and np.isfinite(rows).all()


def test_there_is_nothing_to_prepare(tmp_path: Path) -> None:
    assert prepared("r-64", tmp_path) and prepare("r-64", tmp_path) == "hash"
    assert fingerprint("r-64", tmp_path) != fingerprint("r-64-text", tmp_path) != fingerprint("r-65-text", tmp_path)


@pytest.mark.parametrize("name", ["r-0", "r-7", "r-4097", "r-999999999", "r-064"])
def test_other_numbers_are_refused(name: str) -> None:
    with pytest.raises(BadArgument, match="from 8 to 4096"):
        registry.get(name)


def test_it_takes_no_weights() -> None:
    with pytest.raises(BadArgument, match="has no weights"):
        registry.get(ModelRef("r-64", "weights.pth"))
