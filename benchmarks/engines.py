"""What the extractor alone gives: by engine, precision, threads, block and batch, and what a precision costs.

    python benchmarks/engines.py
    python benchmarks/engines.py --int8 FOLDER

Pictures of the model's size lie in memory; every way embeds the same ones, in turns. ``block`` is how many pictures
OpenVINO takes at once on a thread, ``batch`` how many come with a call. Neighbours kept: of the ten nearest pictures by
torch's float32, the share that are among the ten nearest by this engine; and the cosine to torch's vectors, mean and
least. A CUDA device takes part where there is one, and the model that `aptl3 quantize` wrote to FOLDER.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

if not __package__:  # run as a file: then the checkout is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from aptl3.config import cache_dir, this_machine
from aptl3.models.converted import NETWORK, find, place
from aptl3.models.engines import openvino
from aptl3.models.opening import fingerprint, open_picture_model, prepare
from aptl3.models.registry import DEFAULT_IMAGE
from benchmarks import harness
from benchmarks.harness import Figure, interleaved
from benchmarks.machine import describe
from benchmarks.photos import encoded
from benchmarks.reference.squares import square_cv2

Floats = NDArray[np.float32]
Run = Callable[[NDArray[np.uint8]], Floats]

ROUNDS = 5
PICTURES = 256
NEAREST = 10


@dataclass(frozen=True)
class Way:
    """``run`` embeds any number of pictures; None stands for what does not apply."""

    engine: str
    threads: int
    block: int | None
    batch: int
    run: Run

    @property
    def name(self) -> str:
        block = f", blocks of {self.block}" if self.block else ""
        return f"{self.engine}, {self.threads} threads{block}, {self.batch} a call"


@dataclass(frozen=True)
class Speed:
    """Of one round: images/s, and ms of core time an image."""

    rate: float
    core: float


def ways(cores: int, tiny: bool, int8: Path | None) -> Iterator[Way]:
    """The first is torch's float32. Each way's network is its own."""
    exact = open_picture_model(DEFAULT_IMAGE, device="torch-cpu", threads=cores, cache=cache_dir())
    yield Way("torch f32", cores, None, 16, exact.embed)
    name = prepare(DEFAULT_IMAGE, cache_dir(), device="cpu")
    found = find(place(cache_dir(), DEFAULT_IMAGE, fingerprint(DEFAULT_IMAGE, cache_dir())))
    if found is not None and name.startswith("openvino"):
        network, lower = openvino.read(found.network), found.fidelity.precision
        usual = openvino.BLOCK[lower]
        shapes = [(cores, usual, 16), (1, usual, 16)]
        if not tiny:
            shapes += [(cores, block, 16) for block in (1, 2, 4, 8) if block != usual]
            shapes += [(cores, usual, batch) for batch in (8, 32, 64)]
        for threads, block, batch in shapes:
            yield Way(f"OpenVINO {lower}", threads, block, batch, blocks(network, lower, threads, block))
        if lower != "f32":
            usual = openvino.BLOCK["f32"]
            yield Way("OpenVINO f32", cores, usual, 16, blocks(network, "f32", cores, usual))
    if int8 is not None:
        network = openvino.read(int8 / NETWORK)
        usual = openvino.BLOCK["int8"]
        for threads, block in [(cores, usual), (1, usual)] + ([] if tiny else [(cores, 2), (cores, 8)]):
            yield Way("OpenVINO int8", threads, block, 16, blocks(network, "int8", threads, block))
    if this_machine().cuda:
        device = open_picture_model(DEFAULT_IMAGE, device="cuda", cache=cache_dir())
        for batch in (16, 64, 256):
            yield Way(device.engine, cores, None, batch, device.embed)


def blocks(network: Any, precision: str, threads: int, block: int) -> Run:
    """Our engine of OpenVINO with blocks of another size; unit rows."""
    engine = openvino.PictureEngine(network, precision, threads, block)

    def run(pictures: NDArray[np.uint8]) -> Floats:
        rows = engine.run(pictures)
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)

    return run


def embedded(way: Way, pictures: NDArray[np.uint8]) -> Floats:
    return np.concatenate([way.run(pictures[at : at + way.batch]) for at in range(0, len(pictures), way.batch)])


def speed(way: Way, pictures: NDArray[np.uint8]) -> Speed:
    core, wall = time.process_time(), time.perf_counter()
    embedded(way, pictures)
    return Speed(len(pictures) / (time.perf_counter() - wall), (time.process_time() - core) * 1000 / len(pictures))


def kept(exact: Floats, rows: Floats) -> tuple[float, float, float]:
    """The share of the ``NEAREST`` that stay, the mean cosine and the least."""
    near = [np.argsort(-_scores(one), axis=1)[:, :NEAREST] for one in (exact, rows)]
    same = np.mean([len(np.intersect1d(one, two)) for one, two in zip(*near, strict=True)]) / near[0].shape[1]
    cosines = (exact * rows).sum(axis=1)
    return float(same), float(cosines.mean()), float(cosines.min())


def _scores(rows: Floats) -> Floats:
    """Cosines of centred rows, as a search compares them; nothing is its own neighbour."""
    centred = rows - rows.mean(axis=0)
    centred /= np.linalg.norm(centred, axis=1, keepdims=True)
    scores: Floats = centred @ centred.T
    np.fill_diagonal(scores, -2)
    return scores


def main(argv: Sequence[str] | None = None) -> None:
    parser = harness.parser(__doc__, ROUNDS)
    parser.add_argument("--count", type=int, default=PICTURES, help="of pictures")
    parser.add_argument("--int8", type=Path, metavar="FOLDER", help="as `aptl3 quantize` wrote it")
    options = harness.parse(parser, argv, count=16)
    machine = describe()
    pictures = np.stack([square_cv2(data) for data in encoded(options.count)])
    each = {way.name: way for way in ways(machine["cores"], options.tiny, options.int8)}
    rows = {name: embedded(way, pictures) for name, way in each.items()}
    speeds = interleaved({name: partial(speed, way, pictures) for name, way in each.items()}, options.rounds)
    exact = rows[next(iter(each))]
    rates = {name: Figure.of([one.rate for one in of], "images/s") for name, of in speeds.items()}
    lines = []
    for name, way in each.items():
        core = Figure.of([one.core for one in speeds[name]], "ms")
        shares = (f"{share:.4f}" for share in kept(exact, rows[name]))
        lines.append((way.engine, way.threads, way.block, way.batch, rates[name], rates[name].spread, core, *shares))
    print(f"{options.count} pictures; {harness.headline(machine)}\n")
    head = ("engine", "threads", "block", "batch", "images/s", "spread", "ms of core time")
    print(harness.table((*head, f"{NEAREST} nearest kept", "cosine", "least"), lines))
    document = {"head": head, "rows": lines, "rates": rates}
    harness.keep(options.out, "engines", document, lambda axes: harness.bars(axes, rates, "The extractor alone"))


if __name__ == "__main__":
    main()
