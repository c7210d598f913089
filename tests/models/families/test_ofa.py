from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from aptl3.errors import ModelUnavailable
from aptl3.models import opening, registry
from aptl3.models.opening import fetch, fingerprint, open_picture_model
from aptl3.models.synthetic import structured
from aptl3.records.model import ModelRef, PictureInput

NAME = "ofa/flops@389M_top1@79.1_finetune@75"

pytest.importorskip("ofa")


@pytest.fixture(autouse=True)
def without_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "_cuda", lambda: False)


@pytest.fixture(scope="module")
def network() -> Any:
    from ofa.imagenet_classification.networks import MobileNetV3Large

    torch.manual_seed(1)
    made = MobileNetV3Large(n_classes=1000, width_mult=0.1)
    for layer in made.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.momentum = None  # the plain mean
    with torch.no_grad():  # statistics for the batch norms: without them all that comes out is rounding
        made.train()
        made(torch.from_numpy(structured(16, 64, seed=2)).permute(0, 3, 1, 2) / 60 - 2)
    return made.eval()


@pytest.fixture
def folder(network: Any, tmp_path: Path) -> Path:
    (tmp_path / "net.config").write_text(json.dumps(network.config))
    (tmp_path / "run.config").write_text('{"image_size": 64}')
    torch.save({"state_dict": network.state_dict()}, tmp_path / "init")
    return tmp_path


def test_its_features_are_what_goes_into_the_classifier(network: Any, folder: Path, model_cache: Path) -> None:
    pictures = structured(5, 64, seed=1)
    seen: list[torch.Tensor] = []
    hook = network.classifier.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    mean, std = (torch.tensor(v).reshape(3, 1, 1) for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    with torch.inference_mode():
        network((torch.from_numpy(pictures).permute(0, 3, 1, 2) / 255 - mean) / std)
    hook.remove()
    expected = torch.nn.functional.normalize(seen[0], dim=1).numpy()
    ref = ModelRef(NAME, str(folder))
    assert registry.get(ref).input == PictureInput(size=64, crop=64 / 74)
    for device, engine, least in (("torch-cpu", "torch", 0.9999), ("cpu", "openvino", 0.99)):
        with open_picture_model(ref, device=device, threads=1, cache=model_cache) as model:
            assert model.engine.startswith(engine) and model.spec.dim == expected.shape[1]
            assert (model.embed(pictures) * expected).sum(axis=1).min() > least


def test_its_classes_are_imagenet_s_where_it_has_a_thousand(network: Any, folder: Path) -> None:
    found = registry.prototypes(ModelRef(NAME, str(folder)))
    assert found.names[0] == "tench" and (found.vectors == network.classifier.linear.weight.detach().numpy()).all()
    told = json.loads((folder / "net.config").read_text())
    told["classifier"]["out_features"] = 7
    (folder / "net.config").write_text(json.dumps(told))
    state = network.state_dict()
    cut = {key: values[:7] if key.startswith("classifier") else values for key, values in state.items()}
    torch.save(cut, folder / "init")
    with pytest.raises(ModelUnavailable, match="The 7 classes of"):
        registry.prototypes(ModelRef(NAME, str(folder)))


@pytest.mark.parametrize(
    ("file", "content", "why"),
    [
        ("init", None, "holds no init"),
        ("init", "nothing", "no file of weights"),
        ("net.config", None, r"holds no net\.config"),
        ("net.config", "{", "no configuration of an OFA network"),
        ("net.config", '{"name": "other", "classifier": {"in_features": 8}}', "no configuration of an OFA network"),
        ("run.config", "{}", "no configuration of an OFA network"),
    ],
)
def test_a_folder_that_will_not_do_is_one_line(folder: Path, file: str, content: str | None, why: str) -> None:
    (folder / file).unlink()
    if content is not None:
        (folder / file).write_text(content)
    with pytest.raises(ModelUnavailable, match=rf"^[^\n]*{why}[^\n]*$"):
        open_picture_model(ModelRef(NAME, str(folder)), device="torch-cpu", cache=folder / "cache")


def test_a_missing_package_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "ofa.imagenet_classification.networks", None)
    with pytest.raises(ModelUnavailable, match=r"^The package ofa cannot be loaded: pip install ofa"):
        open_picture_model(ModelRef(NAME, str(folder)), device="torch-cpu", cache=folder / "cache")


def test_without_weights_it_says_what_to_fetch_and_fetches_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    there = tmp_path / "ofa_specialized" / "flops-389M_top1-79.1_finetune-75"
    with pytest.raises(
        ModelUnavailable, match=rf"^[^\n]*from https://\S+/{there.name}/ yourself and put them to {there},"
    ):
        fingerprint(NAME, tmp_path)
    asked: list[tuple[str, Path]] = []
    monkeypatch.setattr("aptl3.models.download.download", lambda *given, by_hand: asked.append(given))
    fetch(NAME)
    assert [path for _, path in asked] == [there / name for name in ("net.config", "run.config", "init")]
    assert all(url.endswith(f"/{there.name}/{path.name}") for url, path in asked)


def test_offline_all_files_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))

    def urlopen(*_: object, **__: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr("aptl3.models.download.urlopen", urlopen)
    with pytest.raises(ModelUnavailable, match=r"^[^\n]*no network[^\n]*fetch net\.config, run\.config and init from"):
        fetch(NAME)


def test_the_net_id_is_enough() -> None:
    assert registry.resolve(NAME.removeprefix("ofa/")) == registry.resolve(NAME) == [NAME]
