from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from aptl3.errors import BadArgument, ModelUnavailable
from aptl3.models import registry
from aptl3.models.opening import fetch, fingerprint, open_picture_model, prepare, prepared
from aptl3.records.model import ModelRef
from tests.models.conftest import Made

NAME = "int8/efficientnet-lite0"


@pytest.fixture
def ref(int8: Made) -> ModelRef:
    return ModelRef(NAME, str(int8.folder))


def test_it_is_run_as_it_was_made_and_proves_itself(ref: ModelRef, int8: Made, tmp_path: Path) -> None:
    assert prepared(ref, tmp_path) and prepare(ref, tmp_path, device="cuda") == "openvino-int8"
    fetch(ref)
    with open_picture_model(ref, threads=1, cache=tmp_path) as model:
        rows = model.embed(int8.others)
        probe = model.probe()
        assert (model.engine, model.spec.dim) == ("openvino-int8", 1280)
    with open_picture_model(ref, threads=2, cache=tmp_path) as model:
        model.prove(probe)
        assert np.abs(model.embed(int8.others) - rows).max() < 1e-3


def test_it_is_another_model_than_the_one_it_was_made_of(ref: ModelRef, tmp_path: Path) -> None:
    spec, made_of = registry.get(ref), registry.get(registry.DEFAULT_IMAGE)
    assert (spec.name, spec.space) == (NAME, NAME) and (spec.dim, spec.input) == (made_of.dim, made_of.input)
    assert spec.source == ref.weights and spec.licence == made_of.licence
    assert fingerprint(ref, tmp_path) != fingerprint(registry.DEFAULT_IMAGE, tmp_path)


def test_its_fingerprint_is_that_of_its_files(ref: ModelRef, int8: Made, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(int8.folder, moved)
    assert fingerprint(ModelRef(NAME, str(moved)), tmp_path) == fingerprint(ref, tmp_path)


def test_it_has_the_classes_of_the_model_it_was_made_of(ref: ModelRef) -> None:
    names, vectors = registry.prototypes(ref)
    same, others = registry.prototypes(registry.DEFAULT_IMAGE)
    assert names == same and (vectors == others).all()


@pytest.mark.parametrize("name", ["network.xml", "network.bin", "quantized.json", "manifest.json"])
def test_a_damaged_folder_is_not_run(int8: Made, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "folder"
    shutil.copytree(int8.folder, folder)
    data = (folder / name).read_bytes()
    (folder / name).write_bytes(data[: len(data) // 2])
    with pytest.raises(ModelUnavailable, match=r"^The folder [^\n]* holds no model as [^\n]*, or a damaged one\.$"):
        open_picture_model(ModelRef(NAME, str(folder)), cache=tmp_path)


def test_a_folder_of_another_model_is_not_run(int8: Made, tmp_path: Path) -> None:
    other = "int8/torchvision/resnet50"
    with pytest.raises(ModelUnavailable, match=f"holds {NAME}, not {other}"):
        registry.source(ModelRef(other, str(int8.folder))).files()


def test_without_a_folder_it_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="run aptl3 quantize efficientnet-lite0, and give its folder"):
        fingerprint(NAME, tmp_path)


def test_names() -> None:
    assert registry.resolve(NAME) == [NAME]
    assert registry.resolve("int8/resnet50") == ["int8/torchvision/resnet50"]
    for name in ("int8/", "int8/all-minilm-l6-v2", "int8/nothing", f"int8/{NAME}"):
        with pytest.raises(BadArgument):
            registry.resolve(name)
