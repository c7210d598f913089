"""The same by SPDL: a pipeline of threads that load and decode, and the eager network, which takes their batches.

Embedding only. ``--decoder spdl`` is SPDL's own (FFmpeg, which resizes as well; it needs FFmpeg's shared libraries, as
of the system's package ``ffmpeg``), ``cv2`` is libjpeg's reduced decoding and an area resize inside the same pipeline.

    python benchmarks/reference/by_spdl.py FOLDER
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # run as a file, maybe by another Python

from benchmarks.reference import kernels, program
from benchmarks.reference.network import SIDE, Network
from benchmarks.reference.squares import square_cv2

_FILTER = (
    f"scale={program.SHORTER}:{program.SHORTER}:force_original_aspect_ratio=increase:flags=bicubic,"
    f"crop={SIDE}:{SIDE},format=pix_fmts=rgb24"
)


def by_ffmpeg(path: str) -> Any:
    import spdl.io

    return spdl.io.to_numpy(spdl.io.load_image(path, filter_desc=_FILTER))


def by_cv2(path: str) -> Any:
    return square_cv2(Path(path).read_bytes())


DECODERS = {"spdl": by_ffmpeg, "cv2": by_cv2}


def main() -> None:
    parser = program.options(__doc__)
    parser.add_argument("--decoder", choices=tuple(DECODERS), default="spdl")
    given = parser.parse_args()
    paths = program.files(given)
    import numpy as np
    import torch
    from spdl.pipeline import PipelineBuilder

    kernels.single_threaded()
    network = Network(given.precision, given.threads)
    decode = DECODERS[given.decoder]
    network.embed_bytes(torch.from_numpy(np.stack([decode(paths[0])] * given.batch)))
    started = time.perf_counter()
    pipeline = (
        PipelineBuilder()
        .add_source(paths)
        .pipe(decode, concurrency=given.workers)
        .aggregate(given.batch)
        .pipe(np.stack)
        .add_sink(3)
        .build(num_threads=given.workers + 1)
    )
    with pipeline.auto_stop():
        rows = [network.embed_bytes(torch.from_numpy(batch)) for batch in pipeline]
    program.answer(len(torch.cat(rows)), time.perf_counter() - started, started - program.BEGUN)


if __name__ == "__main__":
    main()
