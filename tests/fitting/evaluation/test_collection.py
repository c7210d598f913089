from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aptl3.fitting.evaluation.collection import Collection
from aptl3.storage.writer import Writer
from tests.fitting.evaluation.samples import FOLDER, make


def collections(writer: Writer) -> dict[str, Collection]:
    return {model.name: Collection.of(writer, model) for model in writer.models()}


def test_rows_are_numbered_by_media_and_centred_by_their_mean(tmp_path: Path) -> None:
    with Writer.open(tmp_path / "library") as writer:
        make(writer, pictures=20, captions=1)
        pictures = collections(writer)["pictures"]
        assert pictures.size == 20 and pictures.corpus.dim == 12
        media = np.array([writer.media_at(f"{FOLDER}/00007.jpg"), 10**6, writer.media_at(f"{FOLDER}/00003.jpg"), -1])
        numbers = pictures.numbers(media)
        assert numbers[1] == numbers[3] == -1
        np.testing.assert_array_equal(pictures.media[numbers[[0, 2]]], media[[0, 2]])
        stored = writer.vectors_of("pictures", media[[0, 2]].tolist())
        np.testing.assert_array_equal(pictures.vectors(media[[0, 2]]), stored)
        rows = pictures.directions(np.arange(20))
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
        centred = writer.vectors_of("pictures", pictures.media.tolist())
        centred -= centred.mean(axis=0)
        np.testing.assert_allclose(rows, centred / np.linalg.norm(centred, axis=1, keepdims=True), atol=1e-5)
        np.testing.assert_array_equal(np.concatenate([block for _, block in pictures.blocks()]), rows)


def test_a_picture_that_was_removed_cannot_be_found_and_changes_the_digest(tmp_path: Path) -> None:
    with Writer.open(tmp_path / "library") as writer:
        make(writer, pictures=20, captions=1)
        before = collections(writer)["pictures"]
        gone = writer.media_at(f"{FOLDER}/00007.jpg")
        assert gone is not None and before.numbers(np.array([gone]))[0] >= 0
        with writer.checkpoint() as checkpoint:
            checkpoint.remove([f"{FOLDER}/00007.jpg"])
        after = collections(writer)["pictures"]
        assert after.size == 19 and len(after.alive) == 20
        assert after.numbers(np.array([gone])).tolist() == [-1]
        assert after.digest != before.digest
        assert after.digest == collections(writer)["pictures"].digest


def test_a_model_without_rows_has_none(tmp_path: Path) -> None:
    with Writer.open(tmp_path / "library") as writer:
        make(writer, pictures=2, captions=0)
        texts = collections(writer)["texts"]
        assert texts.size == 0 and texts.numbers(np.array([1, 2])).tolist() == [-1, -1]


def test_a_compaction_in_between_is_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Writer.open(tmp_path / "library") as writer:
        make(writer, pictures=20, captions=1)
        asked = writer.media_of_segment

        def compacted(segment: int) -> np.ndarray:
            monkeypatch.undo()
            with writer.checkpoint() as checkpoint:
                checkpoint.remove([f"{FOLDER}/00007.jpg"])
                checkpoint.compact()
            return asked(segment)

        monkeypatch.setattr(writer, "media_of_segment", compacted)
        pictures = collections(writer)["pictures"]
        assert pictures.size == len(pictures.corpus) == 19
        np.testing.assert_array_equal(pictures.vectors(pictures.media), pictures.corpus.take(np.arange(19)))
