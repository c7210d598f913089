from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aptl3.alignment.alignment import Alignment, unit_rows
from aptl3.fitting.shipped import FOLDER, load, save
from aptl3.models.opening import fingerprint, open_picture_model, open_text_model
from aptl3.models.registry import DEFAULT_IMAGE, DEFAULT_TEXT, get
from tests.models.pictures import COCO, captioned, inputs, samples


@pytest.fixture(scope="module")
def alignment(model_cache: Path) -> Alignment:
    found = load(fingerprint(DEFAULT_TEXT, model_cache), fingerprint(DEFAULT_IMAGE, model_cache))
    assert found is not None, "the models have changed: run scripts/build_alignment.py"
    return found


def test_the_default_models_have_an_alignment(alignment: Alignment) -> None:
    assert alignment.matrix.shape == (384, 1280) and alignment.matrix.dtype == np.float32
    assert alignment.matrix @ alignment.matrix.T == pytest.approx(np.eye(384), abs=2e-3)
    assert all(path.stat().st_size <= 1_000_000 for path in FOLDER.iterdir())


def test_other_models_have_none() -> None:
    assert load("0" * 32, "0" * 32) is None


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    saved = Alignment(*(rng.normal(size=shape).astype(np.float32) for shape in ((3, 5), 3, 5)))
    for number in range(2):
        save(tmp_path / f"{number}.alignment", saved, f"text {number}", "image", note="")
    loaded = load("text 1", "image", tmp_path)
    assert loaded is not None
    for name in ("matrix", "mean_x", "mean_y"):
        assert getattr(loaded, name) == pytest.approx(getattr(saved, name), rel=1e-3)
    assert (tmp_path / "0.alignment").stat().st_size == (tmp_path / "1.alignment").stat().st_size


def scores(alignment: Alignment, paths: list[Path], texts: list[str], cache: Path) -> np.ndarray:
    """(texts, photographs): float16 vectors as stored, centred by the collection's own mean."""
    wanted = get(DEFAULT_IMAGE).input
    assert wanted is not None
    with (
        open_picture_model(DEFAULT_IMAGE, cache=cache) as pictures,
        open_text_model(DEFAULT_TEXT, cache=cache) as words,
    ):
        rows = pictures.embed(inputs(paths, wanted)).astype(np.float16).astype(np.float32)
        queries = alignment.map(words.embed(texts))
    answer: np.ndarray = queries @ unit_rows(rows - rows.mean(axis=0)).T
    return answer


def test_words_find_the_sample_photographs(alignment: Alignment, model_cache: Path) -> None:
    paths = samples()
    asked = {"a cup of coffee": "coffee", "a cat": "chelsea", "a rocket launch": "rocket", "flowers": "flower"}
    best = scores(alignment, paths, list(asked), model_cache).argmax(axis=1)
    assert [paths[place].stem for place in best] == list(asked.values())


@pytest.mark.skipif(not COCO.is_dir(), reason="no COCO here")
def test_photographs_are_found_by_their_own_captions(alignment: Alignment, model_cache: Path) -> None:
    paths, captions, own = captioned()
    found = scores(alignment, paths, captions, model_cache)
    rank = (found > found[np.arange(len(own)), own][:, None]).sum(axis=1)
    assert (rank < 1).mean() >= 0.25 and (rank < 10).mean() >= 0.85
