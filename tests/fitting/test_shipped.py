from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aptl3.alignment import file
from aptl3.alignment.joint import Joint
from aptl3.alignment.rows import unit_rows
from aptl3.fitting.shipped import FOLDER, load
from aptl3.models.opening import fingerprint, open_picture_model, open_text_model
from aptl3.models.registry import DEFAULT_IMAGE, DEFAULT_TEXT, get
from tests.models.pictures import COCO, captioned, inputs, samples


@pytest.fixture(scope="module")
def alignment(model_cache: Path) -> Joint:
    found = load(fingerprint(DEFAULT_TEXT, model_cache), fingerprint(DEFAULT_IMAGE, model_cache))
    assert found is not None, "the models have changed: run scripts/build_alignment.py"
    joint, source, target = found
    assert (source, target) == (DEFAULT_TEXT, DEFAULT_IMAGE)
    return joint


def test_the_default_models_have_an_alignment(alignment: Joint) -> None:
    matrix = alignment.sides[DEFAULT_TEXT].matrix
    assert matrix is not None and matrix.shape == (384, 1280) and matrix.dtype == np.float32
    told = np.linalg.norm(matrix, axis=1) > 0.5  # three dimensions of the text model are the same for every text
    assert told.sum() == 381
    assert matrix[told] @ matrix[told].T == pytest.approx(np.eye(381), abs=1e-2)
    assert all(path.stat().st_size <= 2_200_000 for path in FOLDER.iterdir())


def test_other_models_have_none() -> None:
    assert load("0" * 32, "0" * 32) is None


def test_it_is_found_by_both_fingerprints_in_either_order(alignment: Joint, tmp_path: Path) -> None:
    for number in range(2):
        data = file.encode(alignment, {"models": {"words": f"text {number}", "pictures": "image"}}, compact=True)
        (tmp_path / f"{number}.alignment").write_bytes(data)
    for source, target, names in (
        ("text 1", "image", ["words", "pictures"]),
        ("image", "text 1", ["pictures", "words"]),
    ):
        found = load(source, target, tmp_path)
        assert found is not None
        assert list(found[1:]) == names
    assert load("text 1", "text 0", tmp_path) is None


def scores(alignment: Joint, paths: list[Path], texts: list[str], cache: Path) -> np.ndarray:
    """(texts, photographs): float16 vectors as stored, centred by the collection's own mean."""
    wanted = get(DEFAULT_IMAGE).input
    assert wanted is not None
    with (
        open_picture_model(DEFAULT_IMAGE, cache=cache) as pictures,
        open_text_model(DEFAULT_TEXT, cache=cache) as words,
    ):
        rows = pictures.embed(inputs(paths, wanted)).astype(np.float16).astype(np.float32)
        queries = alignment.map(words.embed(texts), DEFAULT_TEXT, DEFAULT_IMAGE)
    answer: np.ndarray = queries @ unit_rows(rows - rows.mean(axis=0)).T
    return answer


def test_words_find_the_sample_photographs(alignment: Joint, model_cache: Path) -> None:
    paths = samples()
    asked = {"a cup of coffee": "coffee", "a cat": "chelsea", "a rocket launch": "rocket", "flowers": "flower"}
    best = scores(alignment, paths, list(asked), model_cache).argmax(axis=1)
    assert [paths[place].stem for place in best] == list(asked.values())


@pytest.mark.skipif(not COCO.is_dir(), reason="no COCO here")
def test_photographs_are_found_by_their_own_captions(alignment: Joint, model_cache: Path) -> None:
    paths, captions, own = captioned()
    found = scores(alignment, paths, captions, model_cache)
    rank = (found > found[np.arange(len(own)), own][:, None]).sum(axis=1)
    assert (rank < 1).mean() >= 0.45 and (rank < 5).mean() >= 0.82 and (rank < 10).mean() >= 0.9
