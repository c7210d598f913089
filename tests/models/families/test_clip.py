from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from aptl3.errors import ModelUnavailable
from aptl3.models import hub, opening, registry
from aptl3.models.engines.openvino import TextEngine
from aptl3.models.opening import fetch, open_picture_model, open_text_model
from aptl3.models.source import TextSource
from aptl3.models.synthetic import structured
from aptl3.records.model import ModelRef, PictureInput
from tests.models.families.folders import clip, distilbert

TEXTS = ["a Cat's photo", "2 dogs,  2 cats!", "", "été 日本", "c " * 40, "a <|x|> b"]

pytestmark = pytest.mark.filterwarnings("ignore")  # those of transformers and sentence-transformers


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clip(tmp_path_factory.mktemp("clip") / "model")


@pytest.fixture(scope="module")
def reference(folder: Path) -> Any:
    from transformers import CLIPModel, CLIPTokenizer

    return CLIPModel.from_pretrained(folder).eval(), CLIPTokenizer.from_pretrained(folder)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("APTL3_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(opening, "_cuda", lambda: False)
    return tmp_path / "cache"


def embedded(reference: Any, texts: list[str]) -> np.ndarray:
    """By transformers, one at a time."""
    model, tokenizer = reference
    rows = []
    for text in texts:
        tokens = tokenizer([text], return_tensors="pt", truncation=True, max_length=20)
        with torch.inference_mode():
            found = model.get_text_features(**tokens)
        rows.append(getattr(found, "pooler_output", found)[0].numpy())
    return np.stack([row / np.linalg.norm(row) for row in rows])


def test_texts_come_out_as_transformers_has_them(folder: Path, reference: Any, model_cache: Path) -> None:
    with open_text_model(ModelRef("clip-small-text", str(folder)), cache=model_cache) as model:
        assert model.engine == "openvino-f32" and model.spec.dim == 24
        rows = model.embed(TEXTS)
    assert (rows * embedded(reference, TEXTS)).sum(axis=1).min() > 0.9999


def test_pictures_come_out_as_transformers_has_them(folder: Path, reference: Any, model_cache: Path) -> None:
    ref = ModelRef("clip-small", str(folder))
    assert registry.get(ref).input == PictureInput(size=64, crop=64 / 72)
    pictures = structured(5, 64, seed=1)
    told = json.loads((folder / "processor_config.json").read_text())["image_processor"]
    mean, std = (torch.tensor(told[f"image_{one}"]).reshape(3, 1, 1) for one in ("mean", "std"))
    with torch.inference_mode():
        values = (torch.from_numpy(pictures).permute(0, 3, 1, 2) / 255 - mean) / std
        found = reference[0].get_image_features(pixel_values=values)
    expected = torch.nn.functional.normalize(getattr(found, "pooler_output", found), dim=1).numpy()
    for device, engine in (("torch-cpu", "torch"), ("cpu", "openvino")):
        with open_picture_model(ref, device=device, threads=1, cache=model_cache) as model:
            assert model.engine.startswith(engine)
            assert (model.embed(pictures) * expected).sum(axis=1).min() > 0.999


def test_all_towers_are_of_one_space(folder: Path, tmp_path: Path, cache: Path) -> None:
    many = ModelRef("clip-small-multilingual-v1", str(distilbert(tmp_path / "many")))
    refs = [ModelRef("clip-small", str(folder)), ModelRef("clip-small-text", str(folder)), many]
    assert [registry.get(ref).space for ref in refs] == ["clip-small"] * 3
    assert [registry.get(ref).modality for ref in refs] == ["image", "text", "text"]
    with open_text_model(many, cache=cache) as model:
        assert model.embed(["a cat"]).shape == (1, 16)


def test_a_vocabulary_in_two_files_does_as_well(folder: Path, tmp_path: Path) -> None:
    """As the oldest folders of CLIP have it: one level down, and the weights as torch saves them."""
    there = tmp_path / "old" / "0_CLIPModel"
    there.mkdir(parents=True)
    shutil.copy(folder / "config.json", there)
    torch.save(load_file(folder / "model.safetensors"), there / "pytorch_model.bin")
    told = json.loads((folder / "tokenizer.json").read_text())["model"]
    (there / "vocab.json").write_text(json.dumps(told["vocab"]))
    merges = [one if isinstance(one, str) else " ".join(one) for one in told["merges"]]
    (there / "merges.txt").write_text("\n".join(["#version: 0.2", *merges, ""]))
    (there / "preprocessor_config.json").write_text('{"size": 72, "crop_size": 64}')
    old = registry.source(ModelRef("clip-small-text", str(tmp_path / "old")))
    new = registry.source(ModelRef("clip-small-text", str(folder)))
    assert isinstance(old, TextSource) and isinstance(new, TextSource)
    rows = [TextEngine(one.graph(), one.tokenizer(), one.longest, 1).run(TEXTS) for one in (old, new)]
    assert (rows[0] * rows[1]).sum(axis=1).min() > 0.9999
    assert registry.get(ModelRef("clip-small", str(tmp_path / "old"))).input == PictureInput(size=64, crop=64 / 72)


@pytest.mark.parametrize(
    ("file", "content", "why"),
    [
        ("config.json", None, r"holds no CLIP model"),
        ("config.json", "{", r"is no configuration of CLIP"),
        ("config.json", '{"model_type": "bert"}', r"is no configuration of CLIP"),
        ("model.safetensors", None, r"holds no model\.safetensors"),
        ("model.safetensors", "nothing", r"cannot be read"),
        ("tokenizer.json", None, r"holds no tokenizer\.json"),
    ],
)
def test_a_folder_that_will_not_do_is_one_line(
    folder: Path, tmp_path: Path, cache: Path, file: str, content: str | None, why: str
) -> None:
    bad = Path(shutil.copytree(folder, tmp_path / "bad"))
    (bad / file).unlink()
    if content is not None:
        (bad / file).write_text(content)
    source = registry.source(ModelRef("clip-small-text", str(bad)))
    with pytest.raises(ModelUnavailable, match=rf"^[^\n]*{why}[^\n]*$"):
        assert source.spec.dim and source.files() and isinstance(source, TextSource)
        source.tokenizer()
        source.graph()


def test_weights_of_another_size_are_one_line(folder: Path, tmp_path: Path, cache: Path) -> None:
    bad = Path(shutil.copytree(folder, tmp_path / "bad"))
    told = json.loads((bad / "config.json").read_text())
    told["vision_config"]["num_hidden_layers"] = 3
    (bad / "config.json").write_text(json.dumps(told))
    with pytest.raises(ModelUnavailable, match=r"^The weights in \S+ do not fit clip-small: missing: [^\n]*$"):
        open_picture_model(ModelRef("clip-small", str(bad)), device="torch-cpu", cache=cache)


def test_names_and_what_to_fetch(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    asked: list[str] = []
    monkeypatch.setattr(hub, "kept", lambda repository: None)
    monkeypatch.setattr(hub, "fetch", lambda repository, model, needed: asked.append(repository))
    both = ["clip-ViT-B-32", "clip-ViT-B-32-text"]
    assert registry.resolve("clip-ViT-B-32") == registry.resolve("sentence-transformers/clip-ViT-B-32") == both
    assert registry.resolve("clip-ViT-B-32-text") == ["clip-ViT-B-32-text"]
    assert registry.resolve("clip-ViT-B-32-multilingual-v1") == ["clip-ViT-B-32-multilingual-v1"]
    for name in both:
        with pytest.raises(ModelUnavailable, match=r"huggingface\.co/sentence-transformers/clip-ViT-B-32 "):
            opening.fingerprint(name, cache)
    for name in (*both, "clip-ViT-B-32-multilingual-v1"):
        fetch(name)
    known = "sentence-transformers/clip-ViT-B-32"
    assert asked == [known, known, f"{known}-multilingual-v1"]
