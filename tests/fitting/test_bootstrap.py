from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

from aptl3.errors import ModelUnavailable
from aptl3.fitting.bootstrap import SENTENCES, class_texts, classes_of
from aptl3.fitting.recipes import fit
from aptl3.models.source import Prototypes
from aptl3.records.model import ModelRef, StoredModel

NAMES = [f"thing {number}" for number in range(12)]


class Bags:
    """A text model by hashing words: a sentence is the sum of its words' directions."""

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        rows = np.stack([sum(self._word(word) for word in text.split()) for text in texts])
        normal: np.ndarray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return normal

    @staticmethod
    def _word(word: str) -> np.ndarray:
        seed = int.from_bytes(word.encode(), "little") % 2**32
        return np.random.default_rng(seed).normal(size=64)


def test_a_class_is_the_mean_of_its_sentences() -> None:
    texts = Bags()
    rows = class_texts(texts, NAMES)
    assert rows.shape == (12, 64)
    assert rows[3] == pytest.approx(texts.embed([sentence.format(NAMES[3]) for sentence in SENTENCES]).mean(axis=0))


def model(name: str, modality: str, dim: int) -> StoredModel:
    return StoredModel(name, name, modality, dim, "float16", name)


def test_words_find_the_prototypes_that_they_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    texts = Bags()
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(80, 80)))[0][:64]
    vectors = class_texts(texts, NAMES) @ turn

    def prototypes(ref: ModelRef) -> Prototypes:
        if ref.name == "without":
            raise ModelUnavailable("no classes")
        return Prototypes(NAMES[:6], vectors[:6, :40]) if ref.name == "few" else Prototypes(NAMES, vectors)

    monkeypatch.setattr("aptl3.models.registry.prototypes", prototypes)
    monkeypatch.setattr("aptl3.models.opening.open_text_model", lambda ref, cache: nullcontext(texts))
    images = [model("any", "image", 80), model("same", "image", 80), model("few", "image", 40)]
    classes = classes_of([model("words", "text", 64), *images, model("without", "image", 3)], tmp_path)
    assert [(len(one), sorted(one.spaces)) for one in classes] == [
        (12, ["any", "same", "words"]),
        (6, ["few", "words"]),
    ]
    joint = fit("bootstrap", None, classes)
    asked = texts.embed([f"there is a {name}" for name in NAMES])
    for target, count in (("any", 12), ("same", 12), ("few", 6)):
        rows = next(one.spaces[target] for one in classes if target in one.spaces)
        found = joint.map(asked[:count], "words", target) @ (rows - joint.sides[target].mean).T
        assert found.argmax(axis=1).tolist() == list(range(count)), target
    assert classes_of([model("words", "text", 64), model("without", "image", 3)], tmp_path) == []


def test_what_the_sentences_came_to_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    opened: list[ModelRef] = []

    def open_text(ref: ModelRef, cache: Path) -> nullcontext[Bags]:
        opened.append(ref)
        return nullcontext(Bags())

    monkeypatch.setattr("aptl3.models.registry.prototypes", lambda ref: Prototypes(NAMES, np.eye(12, 80)))
    monkeypatch.setattr("aptl3.models.opening.open_text_model", open_text)
    models = [model("words", "text", 64), model("any", "image", 80)]
    first, again = (classes_of(models, tmp_path)[0].spaces["words"] for _ in range(2))
    assert len(opened) == 1 and np.array_equal(first, again)
    (kept,) = tmp_path.rglob("classes-*.npy")
    kept.write_bytes(kept.read_bytes()[:100])
    assert np.array_equal(classes_of(models, tmp_path)[0].spaces["words"], first)
    assert len(opened) == 2
