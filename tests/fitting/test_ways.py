from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from aptl3.alignment.rows import unit_rows
from aptl3.fitting import ways
from aptl3.fitting.fit import fit_alignment
from aptl3.models.opening import fingerprint
from aptl3.models.registry import DEFAULT_IMAGE, DEFAULT_TEXT
from aptl3.records.model import ModelRef, StoredModel
from aptl3.records.relation import AlignmentRecord
from aptl3.storage.writer import Writer
from tests.fitting.evaluation.samples import make

BOTH = [ModelRef("texts"), ModelRef("pictures")]


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    with Writer.open(tmp_path / "library") as opened:
        make(opened, pictures=60)
        yield opened


def stored(writer: Writer, name: str) -> StoredModel:
    model = writer.model(name)
    assert model is not None
    return model


def add(writer: Writer, name: str, recipe: str = "pairs") -> AlignmentRecord:
    record = fit_alignment(writer, BOTH, 1, cache=writer.layout.root, recipe="pairs", name=name)
    record = AlignmentRecord(**{**record.__dict__, "recipe": recipe})
    with writer.checkpoint() as checkpoint:
        checkpoint.add_alignment(record)
    return record


def names(writer: Writer) -> list[str]:
    return [way.by for way in ways.every(writer, stored(writer, "texts"), stored(writer, "pictures"))]


def test_the_newest_fit_on_pairs_leads_then_bootstraps(writer: Writer) -> None:
    assert names(writer) == []
    add(writer, "first")
    add(writer, "second")
    add(writer, "classes", recipe="bootstrap")
    assert names(writer) == ["second", "first", "classes"]
    best = ways.best(writer, stored(writer, "texts"), stored(writer, "pictures"))
    assert best is not None and best.by == "second"


def test_an_alignment_whose_file_is_gone_or_damaged_is_passed_over(writer: Writer) -> None:
    add(writer, "good")
    gone, damaged = add(writer, "gone"), add(writer, "damaged")
    writer.layout.alignment(gone.file).unlink()
    writer.layout.alignment(damaged.file).write_bytes(b"{}\n")
    assert names(writer) == ["good"]


def test_what_is_shipped_is_found_by_fingerprints(writer: Writer, model_cache: Path) -> None:
    texts, pictures = (
        StoredModel("any name", fingerprint(name, model_cache), modality, dim, "float16", name)
        for name, modality, dim in ((DEFAULT_TEXT, "text", 384), (DEFAULT_IMAGE, "image", 1280))
    )
    for source, target in ((texts, pictures), (pictures, texts)):
        [way] = ways.every(writer, source, target)
        assert way.by == "shipped"
        assert way.map(np.ones((3, source.dim))).shape == (3, target.dim)


def test_models_of_one_space_need_no_alignment(writer: Writer) -> None:
    pictures = stored(writer, "pictures")
    tower = StoredModel("words of the same space", "other", "text", 12, "float16", "pictures")
    rows = np.random.default_rng(0).normal(size=(4, 12)).astype(np.float32)
    way = ways.best(writer, tower, pictures)
    assert way is not None and way.by == "same space"
    assert way.map(rows) == pytest.approx(unit_rows(rows))  # it has no vectors here: nothing is known of its mean
    back = ways.best(writer, pictures, tower)
    assert back is not None
    mean = np.concatenate([part for _, part in writer.vectors("pictures").segments]).mean(axis=0)
    assert back.map(rows) == pytest.approx(unit_rows(rows - mean), abs=1e-5)
