from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from aptl3.fitting.bootstrap import SENTENCES, align, class_texts
from aptl3.models.source import Prototypes

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


def test_words_find_the_prototypes_that_they_name(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = Bags()
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(80, 80)))[0][:64]
    vectors = class_texts(texts, NAMES) @ turn
    monkeypatch.setattr("aptl3.models.registry.prototypes", lambda name: Prototypes(NAMES, vectors))
    alignment = align(texts, "words", "any")
    centred = vectors - alignment.sides["any"].mean
    asked = [f"there is a {name}" for name in NAMES]
    assert (alignment.map(texts.embed(asked), "words", "any") @ centred.T).argmax(axis=1).tolist() == list(range(12))
