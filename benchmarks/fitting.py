"""What a fit costs, and whether many models of many dimensions meet.

    python benchmarks/fitting.py [--pairs 100000] [--texts 384] [--pictures 1280]

First a joined fit of so many photographs with captions and 1,000 classes, made of noisy views of hidden points, in a
process of its own: seconds, and the most memory that it held, with and without the rows themselves. Then generalized
Procrustes over three models of three dimensions: rounds, distance, how often a held-out row of one model is found first
in another among 1,000, and how much of the ten nearest rows stays after a map there and back.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
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
from benchmarks.machine import describe

Floats = NDArray[np.float32]

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


def cost(pairs: int, dims: dict[str, int]) -> None:
    """Prints what a joined fit takes; to be run in a process of its own, whose memory is that of the fit."""
    import resource

    rows, classes = views(pairs, dims, seed=1), views(CLASSES, dims, seed=2)
    held = sum(one.nbytes for one in rows.values())
    began = time.perf_counter()
    joint = recipes.fit("joined", Paired(rows), [Paired(classes)])
    seconds = time.perf_counter() - began
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    shape = " × ".join(map(str, dims.values()))
    print(f"{pairs} pairs of {shape} and {CLASSES} classes, joined: {seconds:.1f} s, distance {joint.distance:.3f}")
    print(f"most memory {most / 2**30:.2f} GiB, of it the rows {held / 2**30:.2f} GiB")


def meeting(rows: int) -> None:
    seen = views(rows + HELD, MODELS, seed=3)
    began = time.perf_counter()
    joint = fit({model: one[:rows] for model, one in seen.items()})
    seconds = time.perf_counter() - began
    print(
        f"\n{rows} rows of {len(MODELS)} models ({', '.join(f'{m} {d}' for m, d in MODELS.items())}): {seconds:.1f} s,"
    )
    print(f"{joint.iterations} rounds, distance {joint.distance:.3f}")
    for source, target in permutations(MODELS, 2):
        asked, there = seen[source][rows:], seen[target][rows:]
        found = joint.map(asked, source, target) @ unit_rows(there - there.mean(axis=0)).T
        first = (found.argmax(axis=1) == np.arange(HELD)).mean()
        near = joint.directions(asked, source)
        back = joint.turn(joint.turn(near, source, target), target, source)
        kept = [set(one) & set(two) for one, two in zip(_nearest(near), _nearest(back), strict=True)]
        same = np.mean([len(one) for one in kept]) / NEAREST
        print(f"{source:>8} → {target:8} recall@1 {first:.3f}; there and back, of the {NEAREST} nearest {same:.3f}")


def _nearest(rows: Floats) -> list[list[int]]:
    found: list[list[int]] = np.argsort(-(rows @ rows.T), axis=1)[:, 1 : NEAREST + 1].tolist()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=100_000)
    parser.add_argument("--texts", type=int, default=384)
    parser.add_argument("--pictures", type=int, default=1280)
    options = parser.parse_args()
    machine = describe()
    print(f"{machine['cores']} cores, {machine['processor']}")
    dims = {"texts": options.texts, "pictures": options.pictures}
    process = multiprocessing.get_context("spawn").Process(target=cost, args=(options.pairs, dims))
    process.start()
    process.join()
    meeting(5_000)


if __name__ == "__main__":
    main()
