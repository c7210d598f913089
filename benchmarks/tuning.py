"""Does ``aptl3 tune`` choose as well as trying everything would?

    python benchmarks/tuning.py [--count 400] [--rounds 10]

Tunes a new library on photographs of 500×375 and takes its time, then runs every combination of worker counts once
(decoder 1–3, extractor 1–2, loader 1–2, thumbnailer 1–2: short real jobs over the same files), and then, in turns,
what ``tune`` chose and the best of the grid again. Prints the median of the rounds' ratios. What a run is stands in
``aptl3/fitting/tuning/trial.py``: workers are up and models open when its time begins.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import count, product
from pathlib import Path

if not __package__:  # run as a file: then the checkout is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from aptl3.actors.pipeline import Places
from aptl3.config import Settings, cache_dir, default_settings, this_machine, with_workers
from aptl3.fitting.tuning import sample, trial, tuning
from aptl3.fitting.tuning.process import measure
from aptl3.fitting.tuning.report import Way
from benchmarks import harness
from benchmarks.harness import Figure, interleaved, ratio
from benchmarks.machine import describe
from benchmarks.photos import SMALL, make

GRID: dict[str, tuple[int, ...]] = {"decoder": (1, 2, 3), "extractor": (1, 2), "loader": (1, 2), "thumbnailer": (1, 2)}
TINY: dict[str, tuple[int, ...]] = {"decoder": (1, 2)}
WARM_UP = 32  # photographs


class Course:
    """Runs over the same photographs, each in a library of its own under ``work``."""

    def __init__(self, work: Path, photographs: Sequence[str], warm_up: int) -> None:
        self._work = work
        self._warm_up = sample.lay(photographs[:warm_up], work / "warm-up")
        self._files = sample.lay(photographs[warm_up:], work / "files")
        self._numbers = count()

    def run(self, settings: Settings) -> float:
        """Files a second."""
        places = Places(self._work / f"run-{next(self._numbers)}", cache_dir())
        return trial.run(places, settings, self._warm_up, self._files).per_second


def combinations(grid: dict[str, tuple[int, ...]]) -> list[Settings]:
    """The machine's defaults with each combination of worker counts."""
    texts = (
        ",".join(f"{stage}={n}" for stage, n in zip(grid, counts, strict=True)) for counts in product(*grid.values())
    )
    return [with_workers(default_settings(this_machine()), text) for text in texts]


def main(argv: Sequence[str] | None = None) -> None:
    made = harness.parser(__doc__, rounds=10)
    made.add_argument("--count", type=int, default=400, help="photographs (400)")
    made.add_argument("--seconds", type=float, default=tuning.RACE, help="for the runs that tune makes")
    options = harness.parse(made, argv, count=40, seconds=0.0)
    grid = TINY if options.tiny else GRID
    with tempfile.TemporaryDirectory(prefix="aptl3-benchmark-") as folder:
        work = Path(folder)
        photographs = [str(path) for path in make(work / "photographs", options.count, seed=0, size=SMALL)]
        machine = this_machine()
        began = time.perf_counter()
        report = measure(work / "library", photographs, machine, machine, lambda share, what: None, options.seconds)
        took = time.perf_counter() - began
        course = Course(work, photographs, min(WARM_UP, options.count // 4))
        tried = {str(Way(one)): (one, course.run(one)) for one in combinations(grid)}
        best, _ = max(tried.values(), key=lambda one: one[1])
        chosen = report.tuning.settings
        rates = interleaved(
            {"tune": lambda: course.run(chosen), "grid": lambda: course.run(best)}, options.rounds, warm_up=0
        )
    against = ratio(rates["tune"], rates["grid"])
    print(harness.headline(describe()))
    print(f"tune: {Way(chosen)}, found in {took:.1f} s. {report.tuning.reason}")
    print(f"best of the grid of {len(tried)}: {Way(best)}")
    rows = [("tune", Figure.of(rates["tune"], "files/s")), ("best of the grid", Figure.of(rates["grid"], "files/s"))]
    print(harness.table(("run again in turns", "files/s"), rows))
    print(f"tune/grid: {against}")
    document = {
        "tune": report.as_json(),
        "seconds": took,
        "grid": {name: rate for name, (_, rate) in tried.items()},
        "best": str(Way(best)),
        "rates": rates,
        "ratio": against,
    }

    def draw(axes: object) -> None:
        values = sorted(rate for _, rate in tried.values())
        axes.plot(values, range(len(values)), "o", color="0.6", label="grid, one run each")  # type: ignore[attr-defined]
        for name, color in (("tune", "#0072B2"), ("grid", "#D55E00")):
            axes.axvline(Figure.of(rates[name], "").median, color=color, label=name)  # type: ignore[attr-defined]
        axes.set_xlabel("files/s")  # type: ignore[attr-defined]
        axes.legend(frameon=False)  # type: ignore[attr-defined]

    harness.keep(options.out, "tuning", document, draw)


if __name__ == "__main__":
    main()
