"""A picture model in int8: its network with weights and activations of 8 bits, calibrated on the user's photographs.

Which values the activations take decides how they are cut into 256 steps, and made pictures do not tell: calibrated on
synthetic ones, EfficientNet-Lite0 comes to cosine 0.87 to float32, on photographs to 0.99. So a network in int8 is made
once, on purpose, and its files are what a model named ``int8/…`` has for weights (``families/int8.py``); its
fingerprint covers them.

The quantization is NNCF's (post-training, symmetric, weights by channel, biases corrected), in a process of its own.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from aptl3.errors import BadArgument, ModelUnavailable
from aptl3.models import apart
from aptl3.models.converted import NETWORK, Fidelity, seal
from aptl3.models.registry import as_ref, source
from aptl3.models.source import PictureSource
from aptl3.models.written import aside
from aptl3.records.model import ModelRef

if TYPE_CHECKING:
    import openvino

ABOUT = "quantized.json"  # which model it was made of
LEAST = 16  # pictures to calibrate on
DEADLINE = 1800.0  # seconds; 20 are usual
_PICTURES = "pictures.npy"
_EXACT = "exact.xml"
_NEW = "new"
_LAYERS = ("Convolution", "GroupConvolution", "MatMul")


def check(ref: ModelRef | str) -> None:
    """Raises BadArgument for what cannot be quantized, ModelUnavailable when a package is missing for it."""
    name = as_ref(ref).name
    if not isinstance(source(ref), PictureSource):
        raise BadArgument(f"The model {name} cannot be had in int8: only picture models with a network can.")
    for package in ("openvino", "nncf"):
        if importlib.util.find_spec(package) is None:
            raise ModelUnavailable(f"The package {package} is missing: pip install 'aptl3[int8]'")


def quantize(ref: ModelRef | str, pictures: np.ndarray, folder: Path, work: Path) -> Path:
    """Writes the model in int8 to ``folder``, whole or not at all.

    Args:
        pictures: to calibrate on: uint8 (n, size, size, 3), of the model's size, ``LEAST`` or more.
        folder: where nothing is yet.
        work: an empty folder for what is only needed meanwhile.

    Returns:
        The network in float32, in ``work``: what to compare with.

    Raises:
        BadArgument: something is in ``folder``, too few pictures, or errors as ``check``.
        ModelUnavailable: OpenVINO does not run this model, a package or weights are missing.
        OSError: ``folder`` or ``work`` cannot be written.
    """
    check(ref)
    vacant(folder)
    if len(pictures) < LEAST:
        raise BadArgument(f"{len(pictures)} photographs are too few to calibrate on: {LEAST} are needed at the least.")
    name, weights = as_ref(ref)
    np.save(work / _PICTURES, pictures, allow_pickle=False)
    what = f"The model {name} cannot be quantized"
    apart.call(__name__, name, weights or "", str(work), what=what, deadline=DEADLINE)
    new = aside(folder)
    try:
        shutil.copytree(work / _NEW, new)
        new.chmod(0o700)
        os.rename(new, folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return work / _EXACT


def vacant(folder: Path) -> None:
    """Raises BadArgument when something lies there: vectors may have been made with it."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadArgument(f"There is something in {folder} already: name a folder that is not there yet.")


def run(ref: ModelRef, work: Path) -> None:
    """The quantization itself, in this process."""
    from aptl3.models.conversion import exactly
    from aptl3.models.engines.openvino import judge
    from aptl3.models.engines.runtime import runtime

    found = source(ref)
    assert isinstance(found, PictureSource)
    exact = exactly(found)
    if exact is None:
        raise ModelUnavailable(f"The model {ref.name} cannot be had in int8: OpenVINO does not run it.")
    pictures = np.load(work / _PICTURES, allow_pickle=False)
    rounded = _quantized(exact, pictures)
    verdict = judge(exact, rounded, "int8", pictures[:LEAST])
    new = work / _NEW
    new.mkdir()
    runtime().save_model(rounded, new / NETWORK, compress_to_fp16=False)
    runtime().save_model(exact, work / _EXACT, compress_to_fp16=False)
    (new / ABOUT).write_text(json.dumps({"name": ref.name, "weights": ref.weights}), "utf-8")
    seal(new, Fidelity("int8", verdict.mean, verdict.worst))


def _quantized(exact: openvino.Model, pictures: np.ndarray) -> openvino.Model:
    from aptl3.models.engines.runtime import runtime

    runtime()  # before NNCF: what both report their use by is then missing in this process
    try:
        import nncf
    except ImportError as error:
        raise ModelUnavailable(f"NNCF cannot be loaded: pip install 'aptl3[int8]' ({error})") from error
    done: openvino.Model = nncf.quantize(
        exact.clone(),
        nncf.Dataset([picture[None] for picture in pictures]),
        preset=nncf.QuantizationPreset.PERFORMANCE,
        subset_size=len(pictures),
        ignored_scope=nncf.IgnoredScope(names=kept_exact(exact), validate=False),
    )
    return done


def kept_exact(model: openvino.Model) -> list[str]:
    """The operations that stay in float32: the first convolution, the depthwise one that comes next, if one does, and
    what comes after the last layer, up to vectors of length 1.

    The first take small differences between large values, nearly raw pixels (see ``engines/marking.py``): with both
    exact, EfficientNet-Lite0 comes from cosine 0.985 on average and 0.885 at worst to 0.993 and 0.978 on photographs
    that it was not calibrated on, for a tenth of the time.
    """
    nodes: list[Any] = list(model.get_ordered_ops())
    layers = [place for place, node in enumerate(nodes) if node.get_type_name() in _LAYERS]
    depthwise = [nodes[place].get_type_name() == "GroupConvolution" for place in layers]
    first = [nodes[place] for place in layers[: 2 if depthwise[1:2] == [True] else 1]]
    after = [node for node in nodes[layers[-1] + 1 :] if node.get_type_name() not in ("Constant", "Result")]
    return [node.get_friendly_name() for node in first + after]


def main(name: str, weights: str, work: str) -> NoReturn:
    apart.serve(lambda: run(ModelRef(name, weights or None), Path(work)))
