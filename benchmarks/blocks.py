"""OpenVINO on a converted model that is compiled for blocks of one size: with the right one, faster than with any
number of pictures at a time as in ``reference/kernels.py``, so that the limit does not flatter us."""

from __future__ import annotations

from pathlib import Path

from aptl3.models.engines.runtime import core, runtime
from benchmarks.reference.kernels import Inference


class Blocks(Inference):
    """``threads`` requests at a time; batches are of ``block`` pictures. The rest is as in ``Inference``."""

    def __init__(self, xml: Path, precision: str, threads: int, block: int) -> None:
        model = core().read_model(xml)
        shape = model.inputs[0].get_partial_shape()
        shape[0] = block
        model.reshape(shape)
        settings = {
            "INFERENCE_PRECISION_HINT": precision,
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": threads,
            "PERFORMANCE_HINT": "THROUGHPUT",
        }
        compiled = core().compile_model(model, "CPU", settings)
        self._dtype = compiled.input(0).element_type.to_dtype()
        self._queue = runtime().AsyncInferQueue(compiled, threads)
