"""The stages of an ingestion as single calls of cv2, simplejpeg and OpenVINO: the limit that a machine sets.

Each gives what the pipeline's stage gives, at the same quality of input (a JPEG scale that leaves a twofold reduction,
antialiased area resizing), without any of its care: no EXIF, no checks, no odd modes. One core each:
``single_threaded()`` first.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import simplejpeg
import xxhash
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

SIDE = 224  # of the model's input
CROP = 0.875  # of the shorter side
THUMBNAIL = 300  # the longer side
_LEAST = 2 * SIDE / CROP  # what a reduced decode must leave of the shorter side
_FLAGS = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}


def single_threaded() -> None:
    """cv2 on one core, as in a process of its own for each core."""
    cv2.setNumThreads(1)


def read_and_hash(path: Path) -> tuple[bytes, bytes]:
    """The file and its xxh3-128."""
    data = path.read_bytes()
    return data, xxhash.xxh3_128_digest(data)


def decode_cv2(data: bytes) -> tuple[Pixels, Pixels]:
    """(model input 224×224×3, thumbnail's pixels), RGB."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), _FLAGS[_reduction(data)])
    assert pixels is not None
    return _products(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB, dst=pixels))


def decode_simplejpeg(data: bytes) -> tuple[Pixels, Pixels]:
    """(model input 224×224×3, thumbnail's pixels), RGB."""
    reduction = _reduction(data)
    height, width = simplejpeg.decode_jpeg_header(data)[:2]
    return _products(simplejpeg.decode_jpeg(data, "RGB", min_height=height // reduction, min_width=width // reduction))


def _reduction(data: bytes) -> int:
    height, width = simplejpeg.decode_jpeg_header(data)[:2]
    return next((scale for scale in (8, 4, 2) if min(height, width) / scale >= _LEAST), 1)


def _products(pixels: Any) -> tuple[Pixels, Pixels]:
    height, width = pixels.shape[:2]
    side = round(CROP * min(height, width))
    top, left = (height - side) // 2, (width - side) // 2
    crop = pixels[top : top + side, left : left + side]
    kernel = cv2.INTER_AREA if side > SIDE else cv2.INTER_CUBIC
    scale = min(1.0, THUMBNAIL / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    square: Pixels = cv2.resize(crop, (SIDE, SIDE), interpolation=kernel)
    thumbnail: Pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return square, thumbnail


def encode_cv2(thumbnail: Pixels) -> bytes:
    """JPEG, quality 85, 4:2:0."""
    return cv2.imencode(".jpg", cv2.cvtColor(thumbnail, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes()


def encode_simplejpeg(thumbnail: Pixels) -> bytes:
    """JPEG, quality 85, 4:2:0."""
    jpeg: bytes = simplejpeg.encode_jpeg(thumbnail, quality=85, colorspace="RGB", colorsubsampling="420")
    return jpeg


class Inference:
    """OpenVINO on a converted model (``xml``, one input n×224×224×3, one output n×dim), for throughput.

    ``precision`` "bf16" or "f32"; ``threads`` cores in all, shared by ``streams`` requests at a time.
    """

    def __init__(self, xml: Path, precision: str, threads: int, streams: int = 1) -> None:
        from aptl3.models.engines.runtime import runtime

        openvino = runtime()
        model = openvino.Core().read_model(xml)
        settings = {
            "INFERENCE_PRECISION_HINT": precision,
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": streams,
            "PERFORMANCE_HINT": "THROUGHPUT",
        }
        compiled = openvino.compile_model(model, "CPU", settings)
        self._dtype = compiled.input(0).element_type.to_dtype()
        self._queue = openvino.AsyncInferQueue(compiled, streams)

    def embed(self, batches: Sequence[Pixels]) -> list[NDArray[np.float32]]:
        """The output of every batch (uint8 n×224×224×3)."""
        rows: list[NDArray[np.float32]] = [np.empty((0, 0), np.float32)] * len(batches)

        def keep(request: Any, number: int) -> None:
            rows[number] = request.get_output_tensor(0).data.astype(np.float32)

        self._queue.set_callback(keep)
        for number, batch in enumerate(batches):
            self._queue.start_async({0: batch.astype(self._dtype, copy=False)}, number)
        self._queue.wait_all()
        return rows
