"""The one place where OpenVINO is imported from and started, and where a torch network becomes one of its own.

Guarantees: a process has one ``Core``, for good.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from aptl3.errors import ModelUnavailable

if TYPE_CHECKING:
    import openvino
    import torch


def runtime() -> Any:
    """The module ``openvino``.

    Importing it reports the import to its maker over the network unless its package openvino_telemetry is missing, so
    that package is made to be missing in this process: nothing leaves the machine. (It saves 40 ms, too.)

    Raises:
        ModelUnavailable: it is not installed, or does not load.
    """
    if "openvino" not in sys.modules:
        sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    try:
        import openvino
    except ImportError as error:
        raise ModelUnavailable(f"OpenVINO cannot be loaded: pip install openvino ({error})") from error
    return openvino


@cache
def core() -> openvino.Core:
    """The one of this process.

    Each Core that loads the CPU's plugin gives the thread a signal stack of its own, and puts the former one back when
    it goes. With two that do not go in the reverse order of their coming, the thread is left with a stack that is no
    more, and the next signal (Ctrl-C) kills the process. So there is one, and it stays.
    """
    started: openvino.Core = runtime().Core()
    return started


def from_torch(network: torch.nn.Module, shape: tuple[int, ...]) -> openvino.Model:
    """``network``, which takes uint8 (n, *shape), with n left free and its constants folded.

    Goes to the front end directly: ``openvino.convert_model`` is a wrapper around it that reports its use.
    """
    import torch

    ov = runtime()
    from openvino._offline_transformations import apply_moc_transformations
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    example = torch.zeros((1, *shape), dtype=torch.uint8)
    with torch.inference_mode():
        decoder = TorchScriptPythonDecoder(network, example_input=(example,))
    front = FrontEndManager().load_by_framework("pytorch")
    model: openvino.Model = front.convert(front.load(decoder))
    model.inputs[0].get_node().set_element_type(ov.Type.u8)
    model.reshape(ov.PartialShape([-1, *shape]))
    apply_moc_transformations(model, cf=False, smart_reshape=True)
    return model
