"""What each stage costs alone, and with that the machine's limit.

    python benchmarks/stages.py [--kind small|large]

Prints ms of core time an image: of our stages, as they are, one after the other in this process, and of single calls
of well-known libraries that do the same (``reference/kernels.py``), on the same photographs, in turns. The limit is
what the cores could do if nothing were lost between the stages: cores / sum of the stages' best costs, whosever.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

if not __package__:  # run as a file: then the checkout is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from aptl3.actors.pipeline import Places
from aptl3.config import STAGES, cache_dir, default_settings, this_machine
from aptl3.fitting.tuning.costs import costs as alone
from aptl3.fitting.tuning.sample import lay
from aptl3.models.converted import Converted, find, place
from aptl3.models.opening import fingerprint, prepare
from aptl3.models.registry import DEFAULT_IMAGE
from benchmarks import harness
from benchmarks.blocks import Blocks
from benchmarks.files import KINDS
from benchmarks.harness import Figure, interleaved
from benchmarks.machine import describe
from benchmarks.reference import kernels

ROUNDS = 5
SAMPLE = 160  # photographs of a round
OURS = "aptl3"
_WARM_UP = 32  # two batches: by then the network is compiled for blocks
BLOCKS = (2, 4, 8)  # pictures that the network is compiled for: what is best depends on the caches

Costs = dict[tuple[str, str], float]  # (stage, who) → ms of core time an image


def ours(paths: Sequence[Path]) -> Costs:
    """One round of our stages."""
    with tempfile.TemporaryDirectory(prefix="aptl3-stages-") as work:
        root, files = Path(work), [str(path) for path in paths]
        first = min(_WARM_UP, len(files) // 2)
        warm_up = lay(files[:first], root / "warm-up")
        measured = lay(files[first:], root / "files")
        found = alone(Places(root / "library", cache_dir()), default_settings(this_machine()), warm_up, measured)
    return {(stage, OURS): 1000 * found[stage].core for stage in STAGES}


def others(paths: Sequence[Path]) -> Costs:
    """One round of the reference kernels."""
    kernels.single_threaded()
    return dict(_others(paths))


def _others(paths: Sequence[Path]) -> Iterator[tuple[tuple[str, str], float]]:
    cost, read = timed(kernels.read_and_hash, paths)
    yield ("loader", "Python, xxhash"), cost
    files = [data for data, _ in read]
    cost, decoded = timed(kernels.decode_cv2, files)
    yield ("decoder", "cv2"), cost
    yield ("decoder", "simplejpeg"), timed(kernels.decode_simplejpeg, files)[0]
    thumbnails = [thumbnail for _, thumbnail in decoded]
    yield ("thumbnailer", "cv2"), timed(kernels.encode_cv2, thumbnails)[0]
    yield ("thumbnailer", "simplejpeg"), timed(kernels.encode_simplejpeg, thumbnails)[0]
    squares = np.stack([square for square, _ in decoded])
    converted, cores = network(), this_machine().cores
    xml, precision = converted.network, converted.fidelity.precision
    # First what uses the process's own OpenVINO core: ``core`` says why it has to be the first that there is.
    blocks = [block for block in BLOCKS if block <= len(squares)]
    costs = [embedding(Blocks(xml, precision, cores, block), squares, block) for block in blocks]
    yield ("extractor", "in blocks"), min(costs)
    yield ("extractor", "OpenVINO"), embedding(kernels.Inference(xml, precision, cores, streams=cores), squares, 8)


def embedding(inference: kernels.Inference, squares: np.ndarray, block: int) -> float:
    """ms of core time a picture, by the network alone, in batches of so many."""
    batches = [squares[at : at + block] for at in range(0, len(squares) // block * block, block)]
    inference.embed(batches)
    start = time.process_time()
    inference.embed(batches)
    return (time.process_time() - start) * 1000 / (block * len(batches))


def network() -> Converted:
    """The default picture model as it was converted here."""
    prepare(DEFAULT_IMAGE, cache_dir(), device="cpu")
    converted = find(place(cache_dir(), DEFAULT_IMAGE, fingerprint(DEFAULT_IMAGE, cache_dir())))
    assert converted is not None, "it has been prepared"
    return converted


def timed(kernel: Callable[[Any], Any], values: Sequence[Any]) -> tuple[float, list[Any]]:
    """ms of core time a value, and the results."""
    kernel(values[0])
    start = time.process_time()
    results = [kernel(value) for value in values]
    return (time.process_time() - start) * 1000 / len(values), results


def figures(rounds: Sequence[Costs]) -> dict[str, dict[str, Figure]]:
    """By stage and by who carries it out."""
    found: dict[str, dict[str, Figure]] = {stage: {} for stage in STAGES}
    for stage, who in rounds[0]:
        found[stage][who] = Figure.of([costs[stage, who] for costs in rounds], "ms")
    return found


def best(costs: Mapping[str, Mapping[str, Figure]]) -> dict[str, tuple[str, float]]:
    """By stage, whose cost is the least, and that."""
    return {
        stage: min(((who, one.median) for who, one in by.items()), key=lambda p: p[1]) for stage, by in costs.items()
    }


def limit(costs: Mapping[str, Mapping[str, Figure]], cores: int) -> float:
    """Images/s."""
    return 1000 * cores / sum(cost for _, cost in best(costs).values())


def report(costs: Mapping[str, Mapping[str, Figure]]) -> str:
    """A row a stage, the best cost with a star."""
    names = list(dict.fromkeys(who for by in costs.values() for who in by))
    least = best(costs)
    rows = []
    for stage, by in costs.items():
        cells = [
            (f"{by[who].median:.3f}{'*' if who == least[stage][0] else ' '}" if who in by else "") for who in names
        ]
        rows.append((stage, *cells))
    return harness.table(("ms of core time an image", *names), rows)


def picture(axes: Any, costs: Mapping[str, Mapping[str, Figure]]) -> None:
    """Where the time goes: the best costs on top of each other, and ours."""
    for label, chosen in (
        ("best", {stage: cost for stage, (_, cost) in best(costs).items()}),
        (OURS, {stage: by[OURS].median for stage, by in costs.items()}),
    ):
        left = 0.0
        for color, (stage, cost) in enumerate(chosen.items()):
            axes.barh(label, cost, left=left, color=f"C{color}", label=stage if label == OURS else None)
            left += cost
    axes.invert_yaxis()
    axes.set_xlabel("ms of core time an image")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)


def main(argv: Sequence[str] | None = None) -> None:
    parser = harness.parser(__doc__, ROUNDS)
    parser.add_argument("--kind", choices=("small", "large"), default="small")
    parser.add_argument("--count", type=int, default=SAMPLE, help="of photographs")
    options = harness.parse(parser, argv, count=32)
    machine = describe()
    with tempfile.TemporaryDirectory(prefix="aptl3-photographs-") as work:
        KINDS[options.kind].make(Path(work), options.count, 0)
        paths = sorted(Path(work).iterdir())
        rounds = interleaved({"ours": lambda: ours(paths), "others": lambda: others(paths)}, options.rounds)
    costs = figures([{**one, **two} for one, two in zip(rounds["ours"], rounds["others"], strict=True)])
    print(f"{options.count} {options.kind} photographs; {harness.headline(machine)}\n")
    print(report(costs))
    print(f"\nlimit (cores / sum of the best, *): {limit(costs, machine['cores']):.1f} images/s")
    document = {"kind": options.kind, "costs": costs, "limit": limit(costs, machine["cores"])}
    harness.keep(options.out, f"stages-{options.kind}", document, lambda axes: picture(axes, costs))


if __name__ == "__main__":
    main()
