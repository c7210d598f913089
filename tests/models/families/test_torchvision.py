from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torchvision.models

from aptl3.errors import BadArgument, ModelMismatch, ModelUnavailable
from aptl3.models import opening, registry
from aptl3.models.families.torchvision import renamed
from aptl3.models.opening import fetch, open_picture_model, prepare
from aptl3.models.synthetic import structured
from aptl3.records.model import ModelRef


@pytest.fixture(autouse=True)
def without_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "_cuda", lambda: False)


def saved(architecture: str, folder: Path, **options: Any) -> tuple[Any, ModelRef]:
    """A network with random weights, and how to get at them."""
    torch.manual_seed(1)
    network = torchvision.models.get_model(architecture, weights=None, **options).eval()
    torch.save(network.state_dict(), folder / "w.pth")
    return network, ModelRef(f"torchvision/{architecture}", str(folder / "w.pth"))


@pytest.mark.parametrize(
    ("architecture", "last"),
    [
        ("shufflenet_v2_x0_5", "fc"),
        ("vit_b_32", "heads.head"),
        ("swin_t", "head"),
    ],
)
def test_its_features_are_what_goes_into_the_last_layer(architecture: str, last: str, tmp_path: Path) -> None:
    network, ref = saved(architecture, tmp_path)
    spec = registry.get(ref)
    assert spec.input is not None
    pictures = structured(2, spec.input.size, seed=1)
    seen: list[torch.Tensor] = []
    network.get_submodule(last).register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    wanted = torchvision.models.get_model_weights(architecture).DEFAULT.transforms()
    values = torch.from_numpy(pictures).permute(0, 3, 1, 2) / 255
    mean, std = (torch.tensor(v).reshape(3, 1, 1) for v in (wanted.mean, wanted.std))
    with torch.inference_mode():
        network((values - mean) / std)
    expected = torch.nn.functional.normalize(seen[0], dim=1).numpy()
    with open_picture_model(ref, device="torch-cpu", threads=1, cache=tmp_path) as model:
        assert (model.embed(pictures) * expected).sum(axis=1).min() > 0.9999
    assert (spec.dim, spec.input.size) == (expected.shape[1], wanted.crop_size[0])
    assert spec.input.crop == wanted.crop_size[0] / wanted.resize_size[0]


def test_openvino_runs_it_once_it_is_converted_and_torch_stays_away(tmp_path: Path, model_cache: Path) -> None:
    _, ref = saved("mobilenet_v3_small", tmp_path)
    assert prepare(ref, model_cache).startswith("openvino-")
    code = (
        "import sys; from pathlib import Path; from aptl3.models import opening\n"
        "from aptl3.records.model import ModelRef\n"
        "opening._cuda = lambda: False\n"
        f"with opening.open_picture_model({ref!r}, cache=Path({str(model_cache)!r})) as model:\n"
        "    print(model.spec.dim, model.engine.split('-')[0])\n"
        "print([name for name in ('torch', 'torchvision') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split("\n")[:2] == ["1024 openvino", "[]"]


def test_its_classes_are_those_of_the_last_layer(tmp_path: Path) -> None:
    network, ref = saved("shufflenet_v2_x0_5", tmp_path)
    found = registry.prototypes(ref)
    assert found.names[:2] == ["tench", "goldfish"] and len(found.names) == 1000
    assert (found.vectors == network.fc.weight.detach().numpy()).all()


def test_classes_that_are_no_directions_are_none(tmp_path: Path) -> None:
    _, ref = saved("squeezenet1_1", tmp_path)
    with pytest.raises(ModelUnavailable, match="convolution"):
        registry.prototypes(ref)
    with open_picture_model(ref, device="torch-cpu", cache=tmp_path) as model:
        assert model.embed(structured(1, 224, seed=1)).shape == (1, 512)


def test_the_oldest_names_of_a_densenet_s_layers_are_understood() -> None:
    with torch.device("meta"):
        today = set(torchvision.models.densenet121().state_dict())
    old = {key.replace(".norm1.", ".norm.1.").replace(".conv2.", ".conv.2.") for key in today}
    new = renamed(old)
    assert len(new) > 100 and {new.get(key, key) for key in old} == today and renamed(today) == {}


def test_auxiliary_heads_do_not_count(tmp_path: Path) -> None:
    _, ref = saved("googlenet", tmp_path, init_weights=False, aux_logits=True)
    assert registry.get(ref).dim == 1024
    assert registry.prototypes(ref).vectors.shape == (1000, 1024)


def test_weights_that_do_not_fit_or_are_no_numbers_are_refused(tmp_path: Path) -> None:
    network, ref = saved("shufflenet_v2_x0_5", tmp_path)
    with pytest.raises(
        ModelUnavailable, match=r"^The weights in \S+ do not fit torchvision/mnasnet0_5: missing[^\n]*$"
    ):
        open_picture_model(ModelRef("torchvision/mnasnet0_5", ref.weights), device="torch-cpu", cache=tmp_path)
    network.fc.weight.data[3, 4] = np.nan
    torch.save(network.state_dict(), tmp_path / "w.pth")
    with pytest.raises(ModelUnavailable, match=r"fc\.weight is not all numbers"):
        open_picture_model(ref, device="torch-cpu", cache=tmp_path)
    torch.save({key: torch.zeros_like(value) for key, value in network.state_dict().items()}, tmp_path / "w.pth")
    with pytest.raises(ModelMismatch, match="length 1"):
        open_picture_model(ref, device="torch-cpu", cache=tmp_path)


def test_without_weights_it_says_what_to_fetch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    where = tmp_path / "torch" / "hub" / "checkpoints"
    with pytest.raises(
        ModelUnavailable, match=rf"fetch https://\S+/(resnet18-\S+\.pth) yourself and put it to {where}/\1, "
    ):
        open_picture_model("torchvision/resnet18", cache=tmp_path)
    with pytest.raises(ModelUnavailable, match=r"^The file of weights \S+ is not there"):
        open_picture_model(ModelRef("torchvision/resnet18", str(tmp_path / "none.pth")), cache=tmp_path)


def test_weights_are_fetched_into_torch_s_own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    asked: list[tuple[str, Path, str]] = []
    monkeypatch.setattr("aptl3.models.download.download", lambda *given: asked.append(given))
    fetch("torchvision/resnet18")
    ((url, path, digest),) = asked
    assert path == tmp_path / "hub" / "checkpoints" / url.rpartition("/")[2] and digest in url and len(digest) == 8
    path.parent.mkdir(parents=True)
    path.touch()
    fetch("torchvision/resnet18")
    fetch(ModelRef("torchvision/resnet18", str(tmp_path / "none.pth")))  # what the user gave is never fetched
    assert len(asked) == 1


def test_a_bare_name_is_enough_and_a_wrong_one_brings_near_ones() -> None:
    assert registry.resolve("resnet50") == registry.resolve("torchvision/resnet50") == ["torchvision/resnet50"]
    with pytest.raises(BadArgument, match="torchvision/resnet50"):
        registry.resolve("resnet5O")
    with pytest.raises(BadArgument, match="torchvision/resnet50"):
        registry.resolve("torchvision/resnet51x")
    with pytest.raises(BadArgument, match="no classifier 'resnet9000'"):
        registry.get("torchvision/resnet9000")


def test_its_names_are_known_without_importing_it_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slip of the pen is told at once, and not after the seconds that the import takes."""
    monkeypatch.setenv("APTL3_CACHE_DIR", str(tmp_path))
    assert registry.resolve("resnet50") == ["torchvision/resnet50"]
    told = (
        "import sys\n"
        "from aptl3.errors import BadArgument\n"
        "from aptl3.models import registry\n"
        "assert registry.resolve('resnet50') == ['torchvision/resnet50']\n"
        "try:\n"
        "    registry.resolve('resnet5')\n"
        "except BadArgument as error:\n"
        "    assert 'torchvision/resnet50' in str(error), error\n"
        "else:\n"
        "    raise AssertionError\n"
        "assert not {'torch', 'torchvision'} & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", told], check=True)
