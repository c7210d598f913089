"""What a fit costs, and whether many models of many dimensions meet.

    python benchmarks/fitting.py [--pairs 100000] [--texts 384] [--pictures 1280]

First a joined fit of so many photographs with captions and 1,000 classes, made of noisy views of hidden points, in a
process of its own: seconds, and the most memory that it held, and of that the rows themselves. Then generalized
Procrustes over three models of three dimensions: rounds, distance, how often a held-out row of one model is found first
in another among 1,000, and how much of the ten nearest rows stays after a map there and back.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import permutations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

if not __package__:  # run as a file: then the checkout is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from aptl3.alignment.generalized import fit
from aptl3.alignment.rows import unit_rows
from aptl3.fitting import recipes
from aptl3.fitting.recipes import Paired
from benchmarks import harness
from benchmarks.harness import Figure, interleaved
from benchmarks.machine import describe

Floats = NDArray[np.float32]

ROUNDS = 3
HIDDEN = 256  # dimensions of what is meant
NOISE = 1.0  # of a view, relative to what is meant
CLASSES, HELD, NEAREST = 1000, 1000, 10
MODELS = {"texts": 384, "pictures": 768, "others": 1280}


def views(rows: int, dims: dict[str, int], seed: int) -> dict[str, Floats]:
    """Float32 (rows, dim) for each model: hidden points whose directions count less and less, turned, shifted, with
    noise."""
    rng = np.random.default_rng(seed)
    hidden = rng.standard_normal((rows, HIDDEN), np.float32) / np.arange(1, HIDDEN + 1, dtype=np.float32) ** 0.5
    hidden = unit_rows(hidden)
    seen = {}
    for model, dim in dims.items():
        turn = np.linalg.qr(np.random.default_rng(dim).standard_normal((dim, HIDDEN)))[0].T.astype(np.float32)
        noise = rng.standard_normal((rows, dim), np.float32) * np.float32(NOISE / dim**0.5)
        seen[model] = unit_rows(hidden @ turn + noise + np.float32(0.5 / dim**0.5))
    return seen


@dataclass(frozen=True)
class Cost:
    """Of a fit: its seconds, the process's most memory and what the rows have of it, in GiB; the mean distance of pairs
    after it."""

    seconds: float
    memory: float
    rows: float
    distance: float


def cost(pairs: int, dims: dict[str, int]) -> Cost:
    """What a joined fit takes; to be run in a process of its own, whose memory is that of the fit."""
    import resource

    rows, classes = views(pairs, dims, seed=1), views(CLASSES, dims, seed=2)
    held = sum(one.nbytes for one in rows.values())
    began = time.perf_counter()
    joint = recipes.fit("joined", Paired(rows), [Paired(classes)])
    seconds = time.perf_counter() - began
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return Cost(seconds, most / 2**30, held / 2**30, joint.distance)


def alone(pairs: int, dims: dict[str, int]) -> Cost:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(cost, (pairs, dims))


@dataclass(frozen=True)
class Meeting:
    """Generalized Procrustes over models: seconds, rounds, distance; by (source, target) the share of held-out rows
    that find themselves first, and of the nearest rows that stay after a map there and back."""

    seconds: float
    rounds: int
    distance: float
    ways: dict[tuple[str, str], tuple[float, float]]


def meeting(rows: int, dims: dict[str, int]) -> Meeting:
    seen = views(rows + HELD, dims, seed=3)
    began = time.perf_counter()
    joint = fit({model: one[:rows] for model, one in seen.items()})
    seconds = time.perf_counter() - began
    ways = {}
    for source, target in permutations(dims, 2):
        asked, there = seen[source][rows:], seen[target][rows:]
        found = joint.map(asked, source, target) @ unit_rows(there - there.mean(axis=0)).T
        first = (found.argmax(axis=1) == np.arange(HELD)).mean()
        near = joint.directions(asked, source)
        back = joint.turn(joint.turn(near, source, target), target, source)
        kept = [set(one) & set(two) for one, two in zip(_nearest(near), _nearest(back), strict=True)]
        ways[source, target] = float(first), float(np.mean([len(one) for one in kept]) / NEAREST)
    return Meeting(seconds, joint.iterations, joint.distance, ways)


def _nearest(rows: Floats) -> list[list[int]]:
    found: list[list[int]] = np.argsort(-(rows @ rows.T), axis=1)[:, 1 : NEAREST + 1].tolist()
    return found


def main(argv: Sequence[str] | None = None) -> None:
    parser = harness.parser(__doc__, ROUNDS)
    parser.add_argument("--pairs", type=int, default=100_000)
    parser.add_argument("--texts", type=int, default=384)
    parser.add_argument("--pictures", type=int, default=1280)
    parser.add_argument("--met", type=int, default=5_000, help="rows that the three models meet by")
    options = harness.parse(parser, argv, pairs=300, texts=HIDDEN, pictures=HIDDEN, met=HELD)
    dims = {"texts": options.texts, "pictures": options.pictures}
    costs = interleaved({"joined": partial(alone, options.pairs, dims)}, options.rounds)["joined"]
    models = dict.fromkeys(MODELS, HIDDEN) if options.tiny else MODELS
    met = interleaved({"met": partial(meeting, options.met, models)}, options.rounds)["met"]
    fitted, together = Figure.of([one.seconds for one in costs], "s"), Figure.of([one.seconds for one in met], "s")
    figures = {
        f"joined fit of {options.pairs} pairs and {CLASSES} classes": fitted,
        f"{len(models)} models met by {options.met} rows": together,
    }
    distances = (costs[0].distance, met[0].distance)
    print(f"{harness.headline(describe())}\n")
    lines = [(name, one, one.spread, far) for (name, one), far in zip(figures.items(), distances, strict=True)]
    print(harness.table(("", "s", "", "distance"), lines))
    print(
        f"\n{' × '.join(map(str, dims.values()))} values; most memory of the joined fit "
        f"{max(one.memory for one in costs):.2f} GiB, of it the rows {costs[0].rows:.2f} GiB"
    )
    print(f"{', '.join(f'{m} {d}' for m, d in models.items())}: {met[0].rounds} rounds\n")
    rows = [(f"{source} → {target}", first, kept) for (source, target), (first, kept) in met[0].ways.items()]
    print(harness.table(("", "recall@1", f"of the {NEAREST} nearest, there and back"), rows))
    document = {"figures": figures, "costs": costs, "ways": rows}
    harness.keep(options.out, "fitting", document, lambda axes: harness.bars(axes, figures, "What a fit takes"))


if __name__ == "__main__":
    main()
