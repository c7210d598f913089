"""The same by Ray Data: files are read and decoded by tasks or beside the network, actors embed batches.

Embedding only. The clock runs from when each actor has embedded its first batch, because each execution starts its
actors anew: what is measured is the rate that a long job has.

    python benchmarks/reference/by_ray.py FOLDER
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # run as a file, maybe by another Python

from benchmarks.reference import kernels, program
from benchmarks.reference.network import Network
from benchmarks.reference.squares import square_cv2


def decode(row: dict[str, Any]) -> dict[str, Any]:
    kernels.single_threaded()
    return {"picture": square_cv2(row["bytes"])}


# Cores that Ray sets aside. Actors hold theirs for good: with a whole core each, none would be left to read with.
_READING, _ACTOR = 0.1, 0.9


class Embed:
    """An actor: one batch at a time. Each row says when it was done."""

    def __init__(self, precision: str, threads: int) -> None:
        self._network = Network(precision, threads or os.cpu_count() or 1)  # Ray's own choice: the actor's share, one

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        import numpy as np
        import torch

        vectors = self._network.embed_bytes(torch.tensor(batch["picture"])).numpy()
        return {"vector": vectors, "at": np.full(len(vectors), time.time())}


def main() -> None:
    parser = program.options(__doc__)
    parser.add_argument("--share", type=float, default=_ACTOR, help="cores that Ray sets aside for one that decodes")
    given = parser.parse_args()
    paths = program.files(given)
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ["RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO"] = "0"
    os.environ["PYTHONPATH"] = os.pathsep.join([sys.path[0], os.environ.get("PYTHONPATH", "")])
    import ray

    ray.init(include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    blocks = max(2 * given.workers, len(paths) // given.batch)
    reading = ray.data.read_binary_files(paths, override_num_blocks=blocks, ray_remote_args={"num_cpus": _READING})
    data = reading.map(decode, num_cpus=given.share)
    embedded = data.map_batches(
        Embed,
        fn_constructor_args=(given.precision, given.threads),
        batch_size=given.batch,
        num_cpus=_ACTOR,  # with the same share as the tasks, Ray has the actors decode
        concurrency=given.workers,
    )
    done = sorted(float(at) for batch in embedded.iter_batches(batch_size=None) for at in batch["at"])
    ray.shutdown()
    first = done[min(given.workers * given.batch, len(done)) - 1]
    images = sum(at > first for at in done)
    if not images:
        sys.exit("too few photographs: every actor needs more than one batch")
    program.answer(images, done[-1] - first, first - (time.time() - time.perf_counter() + program.BEGUN))


if __name__ == "__main__":
    main()
