from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from aptl3.errors import BadArgument, ModelUnavailable
from aptl3.models import hub, registry
from aptl3.models.bert import BertSentences
from aptl3.models.families.sentences import Encoded, plain, whole
from aptl3.models.opening import fetch, fingerprint, open_text_model, prepare, prepared
from aptl3.records.model import ModelRef
from tests.models.families.folders import bert, distilbert

TEXTS = ["a cat", "A dog, and a cat!", "", "zebra " * 30, "x"]
NAME = "sentence-transformers/small"

pytestmark = pytest.mark.filterwarnings("ignore")  # those of transformers and sentence-transformers


@pytest.fixture(scope="module")
def plain_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bert(tmp_path_factory.mktemp("bert") / "model")


@pytest.fixture(scope="module")
def other_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return distilbert(tmp_path_factory.mktemp("distilbert") / "model")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("APTL3_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def encoded(folder: Path) -> np.ndarray:
    from sentence_transformers import SentenceTransformer

    rows: np.ndarray = SentenceTransformer(str(folder), device="cpu").encode(TEXTS, normalize_embeddings=True)
    return rows


def test_a_bert_runs_in_openvino_and_gives_what_encode_gives(plain_folder: Path, cache: Path) -> None:
    ref = ModelRef(NAME, str(plain_folder))
    assert isinstance(registry.source(ref), BertSentences) and registry.get(ref).dim == 32
    with open_text_model(ref, cache=cache) as model:
        assert model.engine == "openvino-f32"
        rows = model.embed(TEXTS)
    assert (rows * encoded(plain_folder)).sum(axis=1).min() > 0.9999


def test_anything_else_runs_by_encode_itself(other_folder: Path, cache: Path) -> None:
    ref = ModelRef(NAME, str(other_folder))
    assert isinstance(registry.source(ref), Encoded) and registry.get(ref).dim == 16
    assert prepared(ref, cache) and prepare(ref, cache) == "torch-cpu-f32"
    with open_text_model(ref, threads=1, cache=cache) as model:
        rows = model.embed([*TEXTS, "name \udcff"])
        model.prove(model.probe())
    assert (rows[:-1] * encoded(other_folder)).sum(axis=1).min() > 0.9999 and np.isfinite(rows).all()
    assert registry.get(ref).space == NAME


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("config.json", {"model_type": "mpnet"}),
        ("config.json", {"hidden_act": "relu"}),
        ("config.json", {"position_embedding_type": "relative_key"}),
        ("config_sentence_transformers.json", {"default_prompt_name": "query"}),
        ("1_Pooling/config.json", {"pooling_mode": "cls"}),
        ("1_Pooling/config.json", {"pooling_mode": ["mean", "max"]}),
    ],
)
def test_what_is_no_plain_bert_is_known(plain_folder: Path, tmp_path: Path, file: str, change: dict[str, Any]) -> None:
    folder = Path(shutil.copytree(plain_folder, tmp_path / "model"))
    assert plain(folder) == 40
    told = json.loads((folder / file).read_text())
    (folder / file).write_text(json.dumps({**told, **change}))
    assert plain(folder) is None


def test_older_folders_say_it_otherwise(plain_folder: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(plain_folder, tmp_path / "model"))
    pooling = {"word_embedding_dimension": 32, "pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 12, "do_lower_case": false}')
    assert plain(folder) == 12
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({**pooling, "pooling_mode_max_tokens": True}))
    assert plain(folder) is None


def changed(folder: Path, to: Path, change: Any) -> ModelRef:
    """A copy whose weights ``change`` has changed."""
    shutil.copytree(folder, to)
    weights = load_file(to / "model.safetensors")
    change(weights)
    save_file(weights, to / "model.safetensors", {"format": "pt"})
    return ModelRef(NAME, str(to))


def poison(weights: dict[str, np.ndarray]) -> None:
    next(values for values in weights.values() if values.ndim == 2)[0, 0] = np.nan


def lose(weights: dict[str, np.ndarray]) -> None:
    del weights[next(name for name in weights if "layer.1" in name and name.endswith(".weight"))]


@pytest.mark.parametrize(("change", "why"), [(poison, "not all numbers"), (lose, "missing")])
def test_damaged_weights_are_one_line(
    plain_folder: Path, other_folder: Path, tmp_path: Path, cache: Path, change: Any, why: str
) -> None:
    for number, folder in enumerate((plain_folder, other_folder)):
        ref = changed(folder, tmp_path / str(number), change)
        with pytest.raises(ModelUnavailable, match=rf"^[^\n]*{why}[^\n]*$"):
            open_text_model(ref, cache=cache)


def test_a_folder_that_is_none_is_one_line(tmp_path: Path, cache: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"is not there: give it by --weights\.$"):
        open_text_model(ModelRef(NAME, str(tmp_path / "none")), cache=cache)
    with pytest.raises(ModelUnavailable, match=r"holds no config\.json\.$"):
        open_text_model(ModelRef(NAME, str(tmp_path)), cache=cache)
    (tmp_path / "config.json").write_text('{"model_type": "no such thing"}')
    with pytest.raises(ModelUnavailable, match=rf"^{NAME} cannot be loaded from [^\n]*$"):
        open_text_model(ModelRef(NAME, str(tmp_path)), cache=cache)


def test_without_weights_it_says_what_to_fetch(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "kept", lambda repository: None)
    with pytest.raises(
        ModelUnavailable, match=r"^\S+ is not on this machine: [^\n]*huggingface\.co/a/b [^\n]*--weights"
    ):
        fingerprint("sentence-transformers/a/b", cache)


def test_only_a_model_that_is_not_there_is_fetched(plain_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(hub, "fetch", lambda repository, model, needed: asked.append(repository))
    monkeypatch.setattr(hub, "kept", lambda repository: plain_folder if "here" in repository else None)
    fetch("sentence-transformers/here")
    fetch("sentence-transformers/away")
    fetch(ModelRef(NAME, str(plain_folder)))
    assert asked == ["sentence-transformers/away"]
    assert registry.get("sentence-transformers/here").dim == 32


def test_a_module_that_is_code_of_the_folder_s_own_is_refused(other_folder: Path, tmp_path: Path, cache: Path) -> None:
    for number, (file, kind) in enumerate((("modules.json", "modeling.Own"), ("2_Dense/router_config.json", None))):
        folder = Path(shutil.copytree(other_folder, tmp_path / str(number)))
        (folder / "modeling.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\nclass Own: pass\n")
        told = json.loads((folder / "modules.json").read_text())
        told[-1]["type"] = kind
        (folder / file).write_text(json.dumps(told if kind else {"types": {"a": "modeling.Own"}}))
        with pytest.raises(ModelUnavailable, match=r"brings code of its own \(modeling\.Own\)"):
            open_text_model(ModelRef(NAME, str(folder)), cache=cache)
    assert not (tmp_path / "ran").exists()


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return open, (str(self.path), "w")


def test_weights_that_are_code_are_not_run(other_folder: Path, tmp_path: Path, cache: Path) -> None:
    folder = Path(shutil.copytree(other_folder, tmp_path / "model"))
    for place in (folder, folder / "2_Dense"):
        (place / "model.safetensors").unlink()
        torch.save({"linear.weight": Trap(tmp_path / "ran")}, place / "pytorch_model.bin")
        with pytest.raises(ModelUnavailable):
            open_text_model(ModelRef(NAME, str(folder)), cache=cache)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "missing",
    ["modules.json", "config.json", "tokenizer.json", "model.safetensors", "1_Pooling/config.json", "2_Dense/*"],
)
def test_a_model_is_whole_when_all_its_files_are_there(other_folder: Path, tmp_path: Path, missing: str) -> None:
    folder = Path(shutil.copytree(other_folder, tmp_path / "model"))
    whole(folder, modules=True)
    for path in folder.glob(missing):
        path.unlink()
    with pytest.raises(ModelUnavailable, match=r"is not whole, \S+ is missing: fetch it again\.$"):
        whole(folder, modules=True)


def test_weights_in_parts_are_whole_when_all_are_there(other_folder: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(other_folder, tmp_path / "model"))
    (folder / "model.safetensors").rename(folder / "model-1.safetensors")
    (folder / "model.safetensors.index.json").write_text('{"weight_map": {"a": "model-1.safetensors"}}')
    whole(folder, modules=True)
    (folder / "model-1.safetensors").unlink()
    with pytest.raises(ModelUnavailable, match=r"model-1\.safetensors"):
        whole(folder, modules=True)


def test_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "kept", lambda repository: None)
    assert registry.resolve("all-mpnet-base-v2") == ["sentence-transformers/all-mpnet-base-v2"]
    assert registry.resolve("sentence-transformers/some/thing") == ["sentence-transformers/some/thing"]
    with pytest.raises(BadArgument):
        registry.resolve("some-thing")
