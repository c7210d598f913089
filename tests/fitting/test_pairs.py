from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from aptl3.fitting import splitting
from aptl3.fitting.pairs import rows, training
from aptl3.records.relation import Caption
from aptl3.storage.writer import Writer
from tests.fitting.evaluation.samples import FOLDER, PICTURES, TEXTS, build, make

CHANCE = np.random.default_rng(0)


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    with Writer.open(tmp_path / "library") as opened:
        yield opened


def place(writer: Writer, name: str) -> int:
    media = writer.media_at(f"{FOLDER}/{name}")
    assert media is not None
    return media


def test_a_photograph_is_one_row_with_the_mean_of_its_captions(writer: Writer) -> None:
    vectors = {name: {"pictures": CHANCE.normal(size=12)} for name in ("a.jpg", "b.jpg", "c.jpg", "d.jpg")}
    vectors["d.jpg"] = {}
    vectors |= {f"data:,{word}": {"texts": CHANCE.normal(size=8)} for word in ("one", "two", "both", "bare", "four")}
    vectors["data:,bare"] = {}
    told = {"a.jpg": ("one", "two", "both"), "b.jpg": ("both",), "c.jpg": ("bare",), "d.jpg": ("four",)}
    captions = [Caption(f"{FOLDER}/{name}", word) for name, words in told.items() for word in words]
    build(writer, (PICTURES, TEXTS), vectors, captions)
    pictures = np.array([place(writer, name) for name in ("b.jpg", "d.jpg", "a.jpg", "c.jpg")])
    found = rows(writer, writer.models(), writer.pairs(1), pictures)
    assert len(found) == 2  # of c no caption has a vector, and d has none
    assert found.spaces["pictures"] == pytest.approx(
        np.stack([vectors[name]["pictures"] for name in ("b.jpg", "a.jpg")])
    )
    means = [np.sum([vectors[f"data:,{word}"]["texts"] for word in told[name]], axis=0) for name in ("b.jpg", "a.jpg")]
    assert found.spaces["texts"] == pytest.approx(np.stack([one / np.linalg.norm(one) for one in means]), rel=1e-5)


def test_only_the_training_part_is_taken_in_an_order_that_contents_decide(writer: Writer) -> None:
    make(writer, pictures=60)
    pictures = np.unique(writer.pairs(1)[:, 0])
    hashes = writer.hashes(pictures.tolist())
    kept = sorted(
        (hash[8:], media)
        for hash, media in zip(hashes, pictures.tolist(), strict=True)
        if not splitting.validation(hash)
    )
    assert 0 < len(kept) < 60
    expected = writer.vectors_of("pictures", [media for _, media in kept])
    assert training(writer, writer.models(), 1).spaces["pictures"] == pytest.approx(expected)
    assert training(writer, writer.models(), 1, limit=7).spaces["pictures"] == pytest.approx(expected[:7])
