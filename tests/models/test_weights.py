from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from aptl3.errors import ModelUnavailable
from aptl3.models.weights import fit, read


def network() -> torch.nn.Module:
    torch.manual_seed(1)
    return torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))


@pytest.mark.parametrize("wrap", [lambda w: w, lambda w: {"state_dict": w, "epoch": 3}, lambda w: {"model": dict(w)}])
def test_a_state_dictionary_is_read_however_it_is_wrapped(tmp_path: Path, wrap: Any) -> None:
    torch.save(wrap(network().state_dict()), tmp_path / "w.pth")
    fresh = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
    fit(fresh, read(tmp_path / "w.pth"), tmp_path / "w.pth", "m")
    assert torch.equal(fresh.state_dict()["0.weight"], network().state_dict()["0.weight"])


def test_safetensors_and_several_devices(tmp_path: Path) -> None:
    own = network().state_dict()
    save_file(own, tmp_path / "w.safetensors")
    torch.save({f"module.{key}": value for key, value in own.items()}, tmp_path / "w.pth")
    for file in ("w.safetensors", "w.pth"):
        assert set(read(tmp_path / file)) == set(own)


class Code:
    def __reduce__(self) -> tuple[Any, ...]:
        return exec, ("raise SystemExit('code was run')",)


@pytest.mark.parametrize(
    ("name", "write", "why"),
    [
        ("w.pth", lambda path: path.write_bytes(b"nothing of the kind"), "."),
        ("w.pth", lambda path: path.touch(), "."),
        ("w.pth", lambda path: path.write_bytes(pickle.dumps(Code())), "never run"),
        ("w.pth", lambda path: torch.save({"a": Code()}, path), "never run"),
        ("w.pth", lambda path: torch.save(network(), path), "never run"),
        ("w.pth", lambda path: torch.save([1, 2], path), "no state dictionary"),
        ("w.pth", lambda path: torch.save({}, path), "no state dictionary"),
        ("w.pth", lambda path: path.mkdir(), "is a folder"),
        ("w.pth", lambda path: None, "is not there"),
        ("w.pth", lambda path: torch.save({"a": torch.tensor([1.0, float("nan")])}, path), "not all numbers"),
        ("w.safetensors", lambda path: path.write_bytes(b"\xff" * 100), "cannot be read"),
        ("w.safetensors", lambda path: save_file({"a": torch.tensor([float("inf")])}, path), "not all numbers"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_one_line(tmp_path: Path, name: str, write: Any, why: str) -> None:
    write(tmp_path / name)
    with pytest.raises(ModelUnavailable, match=rf"^[^\n]*{why}[^\n]*$") as caught:
        read(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)


def test_half_a_file_is_told(tmp_path: Path) -> None:
    torch.save(network().state_dict(), tmp_path / "w.pth")
    data = (tmp_path / "w.pth").read_bytes()
    (tmp_path / "w.pth").write_bytes(data[: len(data) // 2])
    with pytest.raises(ModelUnavailable, match=r"^[^\n]*$"):
        read(tmp_path / "w.pth")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda w: w.pop("0.bias"), r"missing: 0\.bias\.$"),
        (lambda w: w.update(more=torch.zeros(1), most=torch.zeros(1)), r"unknown: more and 1 more\.$"),
        (lambda w: w.update({"0.bias": torch.zeros(9)}), r"of another shape: 0\.bias \(9,\) for \(4,\)\.$"),
    ],
)
def test_weights_of_another_network_are_told(tmp_path: Path, change: Any, why: str) -> None:
    weights = network().state_dict()
    change(weights)
    with pytest.raises(ModelUnavailable, match=rf"^The weights in \S+ do not fit m: {why}"):
        fit(network(), weights, tmp_path / "w.pth", "m")  # type: ignore[arg-type]
