"""Does ``aptl3 tune`` choose as well as trying everything would?

    python benchmarks/tuning.py [--count 300] [--rounds 10]

Tunes on photographs of 500×375 and takes its time; runs every combination of worker counts once (decoder 1–3, extractor
1–2, loader 1–2, thumbnailer 1–2); and then, in turns, what ``tune`` chose and the best of the grid again. Prints the
median of the rounds' ratios. A run is a job of a new library whose supervisor has its workers up and its models open;
the counts stay as they are.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count, product
from pathlib import Path
from typing import Any

if not __package__:  # run as a file: then the checkout is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from aptl3.config import Settings, default_settings, this_machine, with_workers
from aptl3.fitting.tuning import tuning
from aptl3.fitting.tuning.process import measure
from aptl3.fitting.tuning.report import Report, Way
from aptl3.fitting.tuning.sample import lay
from aptl3.library import Library
from aptl3.records.tuning import KEY
from aptl3.storage.writer import Writer
from benchmarks import harness
from benchmarks.harness import Figure, interleaved, ratio
from benchmarks.jobs import stop
from benchmarks.machine import describe
from benchmarks.photos import SMALL, make

GRID: dict[str, tuple[int, ...]] = {"decoder": (1, 2, 3), "extractor": (1, 2), "loader": (1, 2), "thumbnailer": (1, 2)}
TINY: dict[str, tuple[int, ...]] = {"decoder": (1,)}
WARM_UP = 32  # photographs


class Course:
    """Jobs over the same photographs, each in a library of its own under ``work``, by settings that it has kept."""

    def __init__(self, work: Path, photographs: Sequence[str], tuned: Report) -> None:
        warm_up = min(WARM_UP, len(photographs) // 4)
        self._work = work
        self._warm_up = lay(photographs[:warm_up], work / "warm-up")
        self._files = lay(photographs[warm_up:], work / "files")
        self._tuned = tuned.tuning
        self._numbers = count()

    def run(self, settings: Settings) -> float:
        """Files a second."""
        root = self._work / f"run-{next(self._numbers)}"
        with Writer.open(root) as writer, writer.checkpoint() as checkpoint:
            checkpoint.keep_setting(KEY, replace(self._tuned, settings=settings).encode())
        workers = ",".join(f"{stage}={number}" for stage, number in settings.workers.items())
        with Library(root) as library:
            library.ingest(self._warm_up, workers=workers)
            _come_to_rest(library)
            job = library.ingest(self._files, workers=workers)
        stop(root)
        assert job.counts.added == job.counts.found, job
        return job.counts.found / job.seconds


def _come_to_rest(library: Library) -> None:
    """Waits for the index of what came first, which is built after that job."""
    while (status := library.status()["supervisor"]) and status["stages"]["keeper"]["workers"]:
        time.sleep(0.02)


def combinations(grid: dict[str, tuple[int, ...]]) -> Iterator[Settings]:
    """The machine's defaults with each combination of worker counts."""
    for counts in product(*grid.values()):
        text = ",".join(f"{stage}={number}" for stage, number in zip(grid, counts, strict=True))
        yield with_workers(default_settings(this_machine()), text)


def measured(work: Path, photographs: int, rounds: int, seconds: float, grid: dict[str, tuple[int, ...]]) -> Any:
    """All that is printed."""
    files = [str(path) for path in make(work / "photographs", photographs, seed=0, size=SMALL)]
    machine = this_machine()
    began = time.perf_counter()
    report = measure(work / "library", files, machine, machine, lambda share, what: None, seconds)
    took = time.perf_counter() - began
    course = Course(work, files, report)
    tried = [(settings, course.run(settings)) for settings in combinations(grid)]
    best, _ = max(tried, key=lambda one: one[1])
    chosen = report.tuning.settings
    rates = interleaved({"tune": lambda: course.run(chosen), "grid": lambda: course.run(best)}, rounds)
    return {
        "tune": report.as_json(),
        "seconds": took,
        "chosen": str(Way(chosen)),
        "best": str(Way(best)),
        "grid": {str(Way(settings)): rate for settings, rate in tried},
        "rates": rates,
        "figures": {name: Figure.of(values, "files/s") for name, values in rates.items()},
        "ratio": ratio(rates["tune"], rates["grid"]),
    }


def told(found: Any) -> str:
    tune, reason = found["tune"], found["tune"]["tuning"]["reason"]
    rows = [("tune", found["figures"]["tune"]), (f"best of the grid of {len(found['grid'])}", found["figures"]["grid"])]
    return "\n".join(
        [
            harness.headline(describe()),
            f"tune: {found['chosen']}; {tune['files']} files, {found['seconds']:.1f} s. {reason}",
            f"best of the grid: {found['best']}",
            "",
            harness.table(("run again in turns", "files/s"), rows),
            "",
            f"tune/grid, in the median: {found['ratio'].median:.3f} ({found['ratio'].spread})",
        ]
    )


def draw(axes: Any, found: Any) -> None:
    grid = sorted(found["grid"].values())
    axes.plot(grid, range(len(grid)), "o", color="0.6", label="grid, one run each")
    for name, color in (("tune", "#0072B2"), ("grid", "#D55E00")):
        axes.axvline(found["figures"][name].median, color=color, label=f"{name}, run again")
    axes.set_yticks([])
    axes.set_xlabel("files/s")
    axes.legend(frameon=False)


def main(argv: Sequence[str] | None = None) -> None:
    made = harness.parser(__doc__, rounds=10)
    made.add_argument("--count", type=int, default=300, help="photographs (300)")
    made.add_argument("--seconds", type=float, default=tuning.ALL, help="for tune")
    options = harness.parse(made, argv, count=20, seconds=0.0)
    with tempfile.TemporaryDirectory(prefix="aptl3-benchmark-") as folder:
        grid = TINY if options.tiny else GRID
        found = measured(Path(folder), options.count, options.rounds, options.seconds, grid)
    print(told(found))
    harness.keep(options.out, "tuning", found, lambda axes: draw(axes, found))


if __name__ == "__main__":
    main()
