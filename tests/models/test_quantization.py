from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aptl3.errors import BadArgument, ModelUnavailable
from aptl3.models import quantization, registry
from aptl3.models.converted import NETWORK, find
from aptl3.models.engines.openvino import PictureEngine, read
from aptl3.models.precision import cosines
from aptl3.models.quantization import ABOUT, kept_exact, quantize
from tests.models.conftest import Made

NONE = np.zeros((0, 224, 224, 3), np.uint8)


def test_its_vectors_are_near_those_of_float32_and_of_length_1(int8: Made) -> None:
    exact = PictureEngine(read(int8.exact), "f32", 1).run(int8.others)
    rows = PictureEngine(read(int8.folder / NETWORK), "int8", 1).run(int8.others)
    mean, worst = cosines(exact, rows)
    assert mean > 0.97 and worst > 0.9
    assert mean < 0.9999  # it is another network
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1, abs=1e-3)


def test_the_folder_is_whole_and_says_what_it_is(int8: Made) -> None:
    found = find(int8.folder)
    assert found is not None and found.fidelity.precision == "int8"
    assert 0.9 < found.fidelity.worst <= found.fidelity.mean < 0.99999
    about = json.loads((int8.folder / ABOUT).read_text("utf-8"))
    assert about == {"name": registry.DEFAULT_IMAGE, "weights": None}
    assert list(int8.folder.parent.iterdir()) == [int8.folder]
    if os.name == "posix":
        assert int8.folder.stat().st_mode & 0o777 == 0o700


def test_weights_take_8_bits_but_for_the_first_layers(int8: Made) -> None:
    layers = {one.get_friendly_name(): one for one in read(int8.folder / NETWORK).get_ordered_ops()}
    exact = kept_exact(read(int8.exact))
    widths = {
        name: one.input_value(1).get_node().get_type_name()
        for name, one in layers.items()
        if one.get_type_name().endswith("Convolution")
    }
    assert [kind == "Constant" for kind in widths.values()] == [name in exact for name in widths]
    assert [layers[name].get_type_name() for name in exact[:2]] == ["Convolution", "GroupConvolution"]
    assert sum(kind != "Constant" for kind in widths.values()) == 47


def test_what_is_there_already_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "photograph.jpg").touch()
    for place in (tmp_path / "folder", tmp_path / "folder" / "photograph.jpg"):
        with pytest.raises(BadArgument, match=r"^There is something in [^\n]* already"):
            quantize(registry.DEFAULT_IMAGE, NONE, place, tmp_path)
    assert [path.name for path in tmp_path.rglob("*")] == ["folder", "photograph.jpg"]


def test_too_few_photographs_are_told(tmp_path: Path) -> None:
    with pytest.raises(BadArgument, match=r"^0 photographs are too few to calibrate on: 16 "):
        quantize(registry.DEFAULT_IMAGE, NONE, tmp_path / "folder", tmp_path)


@pytest.mark.parametrize("name", [registry.DEFAULT_TEXT, "r-64", "int8/efficientnet-lite0"])
def test_what_has_no_network_for_pictures_is_refused(name: str) -> None:
    with pytest.raises(BadArgument, match=f"^The model {name} cannot be had in int8"):
        quantization.check(name)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    there = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == "nncf" else there(name, *rest))
    with pytest.raises(ModelUnavailable, match=r"^The package nncf is missing: pip install 'aptl3\[int8\]'$"):
        quantization.check(registry.DEFAULT_IMAGE)


def test_a_network_that_openvino_does_not_run_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aptl3.models.conversion.exactly", lambda found: None)
    with pytest.raises(ModelUnavailable, match="OpenVINO does not run it"):
        quantization.run(registry.as_ref(registry.DEFAULT_IMAGE), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_goes_wrong_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*arguments: str, **more: Any) -> None:
        raise ModelUnavailable("It does not work.")

    monkeypatch.setattr("aptl3.models.apart.call", failing)
    work = tmp_path / "work"
    work.mkdir()
    with pytest.raises(ModelUnavailable, match=r"^It does not work\.$"):
        quantize(registry.DEFAULT_IMAGE, np.zeros((16, 224, 224, 3), np.uint8), tmp_path / "folder", work)
    assert list(tmp_path.iterdir()) == [work]


def test_nothing_is_told_to_anybody() -> None:
    """NNCF reports its use where its package for that can be imported."""
    code = (
        "from aptl3.models.engines.runtime import runtime; runtime()\n"
        "import sys, nncf.telemetry.wrapper as w\n"
        "print(sys.modules['openvino_telemetry'], isinstance(w.telemetry, w.NNCFTelemetry))"
    )
    said = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["None", "False"]
