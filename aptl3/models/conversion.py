"""Converts a model for OpenVINO, in a process of its own (``apart``), so that torch's memory goes with it.

A picture network that does not come through with the same vectors is left to torch, and that is remembered. For the
others a precision is picked: a lower one if it is faster and its vectors stay within cosine 0.999 on average and 0.99
at worst of float32, on synthetic pictures.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from aptl3.models import apart
from aptl3.models.converted import BY_TORCH, NETWORK, Fidelity, install
from aptl3.models.engines.runtime import from_torch, runtime
from aptl3.models.registry import as_ref, source
from aptl3.models.source import PictureSource, TextSource
from aptl3.records.model import ModelRef

if TYPE_CHECKING:
    import numpy as np
    import openvino
    import torch

SAME = 0.9999  # least cosine of a converted network's vectors to those of the network itself
DEADLINE = 900.0  # seconds; 3 to 20 are usual


def convert(ref: ModelRef | str, folder: Path) -> None:
    """Fills ``folder``. ModelUnavailable, in one line, when that cannot be done."""
    name, weights = as_ref(ref)
    what = f"The model {name} cannot be converted"
    apart.call(__name__, name, weights or "", str(folder), what=what, deadline=DEADLINE)


def run(ref: ModelRef, folder: Path) -> None:
    """The conversion itself, in this process."""
    found = source(ref)
    if isinstance(found, PictureSource):
        install(folder, lambda new: _pictures(found, new))
    else:
        assert isinstance(found, TextSource)
        install(folder, lambda new: _texts(found, new))


def _pictures(found: PictureSource, new: Path) -> Fidelity:
    """Writes the network of a picture model at the best precision that is accepted."""
    from aptl3.models import synthetic
    from aptl3.models.engines.marking import keep_exact
    from aptl3.models.engines.openvino import judge, offered, read
    from aptl3.models.engines.rounding import round_weights

    assert found.spec.input is not None
    size = found.spec.input.size
    exact = exactly(found)
    if exact is None:
        return Fidelity(BY_TORCH)
    for precision in offered():
        rounded = exact.clone()
        if precision == "bf16":
            round_weights(rounded, synthetic.structured(32, size, seed=1))
        runtime().save_model(rounded, new / NETWORK, compress_to_fp16=False)
        keep_exact(new / NETWORK)
        verdict = judge(exact, read(new / NETWORK), precision, synthetic.structured(16, size, seed=2))
        if verdict.accepted:
            return Fidelity(precision, verdict.mean, verdict.worst)
    runtime().save_model(exact, new / NETWORK, compress_to_fp16=False)
    return Fidelity("f32")


def exactly(found: PictureSource) -> openvino.Model | None:
    """The model's network for OpenVINO, weights float32; None where it does not come through with the same vectors."""
    from aptl3.models import synthetic

    assert found.spec.input is not None
    size = found.spec.input.size
    network = found.network()
    try:
        exact = from_torch(network, (size, size, 3))
        same = _same(network, exact, synthetic.structured(5, size, seed=3))
    except Exception:  # the front end and the plugin raise whatever they come upon
        return None
    return exact if same else None


def _same(network: torch.nn.Module, converted: openvino.Model, pictures: np.ndarray) -> bool:
    """Whether OpenVINO gives what torch gives, for a block of pictures and for a single one: tracing can take the
    number of pictures for a constant."""
    from aptl3.models.engines.openvino import PictureEngine
    from aptl3.models.engines.pytorch import TorchEngine
    from aptl3.models.precision import cosines

    rows = PictureEngine(converted, "f32", 1).run(pictures)
    return cosines(TorchEngine(network, "cpu", half=False).run(pictures), rows)[1] >= SAME


def _texts(found: TextSource, new: Path) -> Fidelity:
    """Queries are short: float32 costs a millisecond more than bfloat16. Weights kept as float16 load in half the time
    and move the vectors by less than 10⁻⁶."""
    runtime().save_model(found.graph(), new / NETWORK, compress_to_fp16=True)
    return Fidelity("f32")


def main(name: str, weights: str, folder: str) -> NoReturn:
    apart.serve(lambda: run(ModelRef(name, weights or None), Path(folder)))
