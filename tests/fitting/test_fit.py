"""Alignments of real libraries, whose vectors are made up; the classes too, but for the bootstrap of the default
models."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import xxhash

from aptl3.alignment import file
from aptl3.errors import BadArgument, DiskFull, ModelUnavailable
from aptl3.fitting import fit, ways
from aptl3.fitting.fit import bootstrap_alignment, fit_alignment
from aptl3.fitting.recipes import LEAST, Paired
from aptl3.models import registry
from aptl3.models.opening import open_text_model
from aptl3.models.registry import DEFAULT_IMAGE, DEFAULT_TEXT
from aptl3.models.source import Prototypes
from aptl3.records.model import ModelRef, StoredModel
from aptl3.records.relation import AlignmentRecord, Caption
from aptl3.storage.files import Files
from aptl3.storage.store import Store
from aptl3.storage.writer import Writer
from tests.fitting.evaluation.samples import OTHERS, PICTURES, TEXTS, build, make

BOTH = [ModelRef("texts"), ModelRef("pictures")]


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    with Writer.open(tmp_path / "library") as opened:
        yield opened


@pytest.fixture(autouse=True)
def active(monkeypatch: pytest.MonkeyPatch) -> None:
    """The models of a library are those that it has a row of: none is a default one."""
    monkeypatch.setattr(Store, "active", lambda self, defaults: [model.ref for model in self.models()])


def no_classes(models: Sequence[StoredModel], cache: Path) -> list[Paired]:
    return []


def aligned(writer: Writer, models: Sequence[ModelRef] = (), relation: int | None = None, **more) -> AlignmentRecord:  # type: ignore[no-untyped-def]
    return fit_alignment(writer, models, relation, cache=writer.layout.root, **more)


def files(writer: Writer) -> list[str]:
    folder = writer.layout.alignments
    return sorted(os.listdir(folder)) if folder.is_dir() else []


def test_pairs_of_the_training_part_are_fitted(writer: Writer) -> None:
    make(writer, pictures=120)
    record = aligned(writer, BOTH, 1, recipe="pairs")
    assert record.models == {"texts": "fingerprint of texts", "pictures": "fingerprint of pictures"}
    assert (record.id, record.recipe, record.relation, record.classes) == (0, "pairs", 1, 0)
    assert 80 <= record.pairs < 120
    assert 0 < record.distance < 0.5
    assert record.name == "pairs of texts, pictures"
    path = writer.layout.alignment(record.file)
    assert files(writer) == [record.file]
    assert record.checksum == xxhash.xxh3_128_hexdigest(path.read_bytes())
    assert file.read(path).samples == record.pairs
    assert file.about(path)["models"] == record.models


def test_what_is_added_leads_from_words_to_pictures_and_back(writer: Writer) -> None:
    make(writer, pictures=120)
    with writer.checkpoint() as checkpoint:
        checkpoint.add_alignment(aligned(writer, recipe="pairs", name="mine"))
    models = {model.name: model for model in writer.models()}
    pairs = writer.pairs(1)
    pictures, first = np.unique(pairs[:, 0], return_index=True)
    texts = pairs[first, 1]
    for source, asked, target, there in (
        ("texts", texts, "pictures", pictures),
        ("pictures", pictures, "texts", texts),
    ):
        way = ways.best(writer, models[source], models[target])
        assert way is not None and way.by == "mine" and way.skill > 0.8
        rows = writer.vectors_of(target, there.tolist())
        centred = rows - rows.mean(axis=0)
        scores = (
            way.map(writer.vectors_of(source, asked.tolist()))
            @ (centred / np.linalg.norm(centred, axis=1, keepdims=True)).T
        )
        assert (scores.argmax(axis=1) == np.arange(len(there))).mean() > 0.5


def test_three_models_of_three_dimensions(writer: Writer) -> None:
    make(writer, pictures=120, models=(PICTURES, OTHERS, TEXTS))
    record = aligned(writer, recipe="pairs")
    assert set(record.models) == {"pictures", "others", "texts"}
    joint = file.read(writer.layout.alignment(record.file))
    assert joint.iterations > 1
    assert [len(joint.sides[model].mean) for model in ("pictures", "others", "texts")] == [12, 9, 8]


def test_joined_takes_the_classes_too(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    make(writer, pictures=120)
    chance = np.random.default_rng(0)
    classes = Paired({"texts": chance.normal(size=(30, 8)), "pictures": chance.normal(size=(30, 12))})
    monkeypatch.setattr(fit, "classes_of", lambda models, cache: [classes])
    record = aligned(writer)
    assert (record.recipe, record.classes) == ("joined", 30)
    assert file.read(writer.layout.alignment(record.file)).landmarks is not None


def test_too_few_pairs_are_told_before_any_model_is_opened(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    make(writer, pictures=LEAST // 2)

    def opened(models: Sequence[StoredModel], cache: Path) -> list[Paired]:
        raise AssertionError("the classes were embedded")

    monkeypatch.setattr(fit, "classes_of", opened)
    with pytest.raises(BadArgument, match="too few to align by"):
        aligned(writer)


def test_a_limit_takes_fewer_and_the_same_ones(writer: Writer) -> None:
    make(writer, pictures=120)
    few, again = (aligned(writer, recipe="pairs", limit=20) for _ in range(2))
    assert few.pairs == 20 and few.file != again.file
    assert few.distance == again.distance


@pytest.mark.parametrize(
    ("models", "relation", "recipe", "said"),
    [
        ([ModelRef("texts")], None, "joined", "two models or more, not texts"),
        ([*BOTH, ModelRef("nothing")], None, "joined", "There is no model 'nothing'"),
        ([*BOTH, ModelRef(DEFAULT_IMAGE)], None, "joined", f"no vectors of {DEFAULT_IMAGE}"),
        (BOTH, 7, "joined", "no relation 7"),
        (BOTH, None, "boiled", "no recipe 'boiled'"),
        (BOTH, None, "bootstrap", "classes with names"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(
    writer: Writer,
    monkeypatch: pytest.MonkeyPatch,
    model_cache: Path,
    models: list[ModelRef],
    relation: int | None,
    recipe: str,
    said: str,
) -> None:
    make(writer, pictures=30)
    monkeypatch.setattr(fit, "classes_of", no_classes)
    with pytest.raises(BadArgument, match=said) as caught:
        fit_alignment(writer, models, relation, cache=model_cache, recipe=recipe)
    assert "\n" not in str(caught.value)
    assert files(writer) == []


def test_too_few_pairs_and_no_captions_are_told(writer: Writer) -> None:
    make(writer, pictures=8)
    with pytest.raises(BadArgument, match=f"too few to align by: {LEAST} are needed"):
        aligned(writer, recipe="pairs")
    with writer.checkpoint() as checkpoint:
        checkpoint.remove_relation(1)
    with pytest.raises(BadArgument, match="no vectors of texts"):
        aligned(writer, BOTH, recipe="pairs")


def test_a_library_without_captions_is_told(writer: Writer) -> None:
    rows = {model: np.ones(dim) for model, dim in (("pictures", 12), ("others", 9))}
    build(writer, (PICTURES, OTHERS), {"a.jpg": rows, "b.jpg": rows})
    with pytest.raises(BadArgument, match="no captions to align by"):
        aligned(writer)


def test_of_several_relations_one_must_be_named(writer: Writer) -> None:
    make(writer, pictures=30)
    with writer.checkpoint() as checkpoint:
        place = writer.locations(int(writer.pairs(1)[0, 0]))[0].path
        assert place is not None
        checkpoint.relate("more", "made here", [Caption(place, "other words")])
    with pytest.raises(BadArgument, match=r"Say which relation: 1 \(captions\), 2 \(more\)"):
        aligned(writer, recipe="pairs")


def test_vectors_that_are_not_finite_are_told(writer: Writer) -> None:
    chance = np.random.default_rng(0)
    vectors = {f"{number}.jpg": {"pictures": chance.normal(size=12)} for number in range(30)}
    vectors |= {f"data:,caption {number}": {"texts": chance.normal(size=8)} for number in range(30)}
    vectors["data:,caption 3"]["texts"][0] = np.nan
    vectors["data:,caption 4"]["texts"][0] = np.nan
    captions = [Caption(f"/photographs/{number}.jpg", f"caption {number}") for number in range(30)]
    build(writer, (PICTURES, TEXTS), vectors, captions)
    with pytest.raises(BadArgument, match="not finite"):
        aligned(writer, recipe="pairs")
    assert files(writer) == []


def test_a_full_disk_leaves_no_file(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    make(writer, pictures=60)

    def full(self: Files, handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Files, "sync", full)
    with pytest.raises(DiskFull):
        aligned(writer, recipe="pairs")
    assert files(writer) == []


def test_the_default_models_are_aligned_by_classes_alone(
    writer: Writer, model_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names, vectors = registry.prototypes(DEFAULT_IMAGE)
    some = Prototypes(names[:300:10], vectors[:300:10])
    monkeypatch.setattr(registry, "prototypes", lambda ref: some)
    record = bootstrap_alignment(writer, ModelRef(DEFAULT_TEXT), ModelRef(DEFAULT_IMAGE), model_cache)
    assert record is not None
    assert (record.recipe, record.classes, record.pairs, record.relation) == ("bootstrap", 30, 0, None)
    joint = file.read(writer.layout.alignment(record.file))
    with open_text_model(DEFAULT_TEXT, cache=model_cache) as texts:
        asked = joint.map(texts.embed([f"this is a {name}" for name in some.names]), DEFAULT_TEXT, DEFAULT_IMAGE)
    found = asked @ (some.vectors - some.vectors.mean(axis=0)).T
    assert (found.argmax(axis=1) == np.arange(30)).mean() > 0.9


def test_a_model_without_classes_has_no_bootstrap(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    make(writer, pictures=10)
    monkeypatch.setattr(fit, "classes_of", no_classes)
    assert bootstrap_alignment(writer, BOTH[0], BOTH[1], writer.layout.root) is None

    def unavailable(models: Sequence[StoredModel], cache: Path) -> list[Paired]:
        raise ModelUnavailable("no torch here")

    monkeypatch.setattr(fit, "classes_of", unavailable)
    assert bootstrap_alignment(writer, BOTH[0], BOTH[1], writer.layout.root) is None
    assert files(writer) == []


def test_a_model_may_take_the_name_of_one_with_other_vectors(writer: Writer) -> None:
    make(writer, pictures=60)
    with writer.checkpoint() as checkpoint:
        checkpoint.add_alignment(aligned(writer, recipe="pairs"))
    texts, pictures = (writer.model(name) for name in ("texts", "pictures"))
    assert texts is not None and pictures is not None
    assert ways.best(writer, texts, pictures) is not None
    replaced = StoredModel("texts", "another", "text", 8, "float32", "texts")
    assert ways.best(writer, replaced, pictures) is None
