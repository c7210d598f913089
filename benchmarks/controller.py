"""What it is worth that workers move between stages during a job: against known costs, and where files change in the
middle from small ones to 12 megapixels.

    python benchmarks/controller.py

First simulated stages of known costs (``simulated.py``): the rate, once it has come to rest, against the best of all
settings that could have been set, and the changes until then. Then a real job over a folder whose first photographs are
small and whose others are large: with the machine's defaults and with one decoder (which is enough for the small ones),
both fixed by the user, and beginning with either, to be changed as the work asks for; with the worker counts over time.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

if not __package__:  # run as a file: then the checkout is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from aptl3.actors.balance import Balance
from aptl3.actors.staffing import bounds
from aptl3.config import Settings, default_settings, this_machine
from aptl3.records.tuning import Tuning
from aptl3.service.client import Client
from benchmarks import harness, jobs, simulated
from benchmarks.harness import Figure, interleaved, ratio
from benchmarks.machine import describe
from benchmarks.photos import LARGE, SMALL, make
from benchmarks.simulated import Cost

ROUNDS = 3
COUNTS = (900, 300)  # photographs, small and large: about as long for each
STAGES = ("loader", "decoder", "extractor", "thumbnailer")
CORES = (2, 4)
WAYS = ("defaults, fixed", "one decoder, fixed", "one decoder at first", "defaults at first")
SECONDS = 40  # of a simulated job
LATER = (0.5, 0.95)  # of its items
_SMALL = {
    "loader": Cost(0.004),
    "decoder": Cost(0.020),
    "extractor": Cost(0.060),
    "thumbnailer": Cost(0.006),
    "writer": Cost(0.0002),
}
MIXES: Mapping[str, Mapping[str, Cost]] = {
    "small files": _SMALL,
    "large files": {**_SMALL, "loader": Cost(0.012), "decoder": Cost(0.400)},
    "a slow drive": {**_SMALL, "loader": Cost(0.004, wait=0.1)},
    "costly thumbnails": {**_SMALL, "thumbnailer": Cost(0.080)},
}


@dataclass(frozen=True)
class Known:
    """Of simulated stages: files/s that the policy came to, and the best of all settings; its changes, and the seconds
    until the last."""

    rate: float
    best: float
    changes: int
    settled: float
    workers: dict[str, int]


def known(cores: int, means: Mapping[str, Cost], seconds: float) -> Known:
    """Beginning with one worker at each stage."""
    costs = simulated.varied(means, seed=1)
    items = int(seconds * cores / sum(cost.core for cost in means.values()))
    stages = simulated.kinds(cores)
    balance = Balance(bounds(cores, cores), 2 * cores + 4)
    course = simulated.Simulation(cores, stages, dict.fromkeys(means, 1), costs, items, balance).run()
    some = [count for count in (1, 2, 4, 8) if count <= cores]
    counts = {"loader": [1, 2, 4, 8], "decoder": some, "extractor": [1], "thumbnailer": some}
    best, _ = simulated.best(cores, stages, counts, costs, items, LATER)
    last, workers = course.counts[-1]
    return Known(course.rate(*LATER), best, len(course.counts) - 1, last, dict(workers))


@dataclass(frozen=True)
class Real:
    """A job: files/s, and worker counts by the share of its files that were done."""

    rate: float
    course: list[tuple[float, dict[str, int]]]


def real(work: Path, folder: Path, start: Settings, fixed: bool) -> Real:
    """A job in a new library whose kept settings are ``start``, on a supervisor that has just come up."""
    root = Path(tempfile.mkdtemp(dir=work)) / "library"
    tuning = Tuning(start, this_machine(), "2000-01-01T00:00:00+00:00", 1.0, "as a benchmark wants it")
    with Client.start(root, create=True) as client:
        client.ask("tuning", tuning=tuning.encode())
    jobs.stop(root)
    workers = ",".join(f"{stage}={start.workers[stage]}" for stage in STAGES) if fixed else ""
    course: list[tuple[float, dict[str, int]]] = []
    with Client.start(root, workers, create=True) as client:
        number = client.ingest([str(folder)])
        for job in client.follow(number):
            with Client.start(root) as another:
                counts = {stage: another.ask("status")["workers"][stage] for stage in STAGES}
            share = 1 - job["pending"] / job["found"] if job["found"] and not job["folders"] else 0.0
            if not course or course[-1][1] != counts:
                course.append((round(share, 3), counts))
    jobs.stop(root)
    assert job["failed"] == 0, job
    return Real(job["added"] / job["seconds"], course)


def main(argv: Sequence[str] | None = None) -> None:
    parser = harness.parser(__doc__, ROUNDS)
    parser.add_argument("--counts", type=int, nargs=2, default=COUNTS, help="of small and of large photographs")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of a simulated job")
    parser.add_argument("--cores", type=int, nargs="*", default=CORES, help="of the simulated machines")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS, help="of the real job")
    options = harness.parse(parser, argv, counts=(6, 2), seconds=8.0, cores=(2,), ways=WAYS[:1])
    found = {
        (cores, name): known(cores, mix, options.seconds) for cores in options.cores for name, mix in MIXES.items()
    }
    columns = ("simulated", "cores", "files/s", "best", "ratio", "changes", "settled after s", "workers")
    rows = [
        (name, cores, one.rate, one.best, one.rate / one.best, one.changes, one.settled, _counts(one.workers))
        for (cores, name), one in found.items()
    ]
    print(harness.table(columns, rows), flush=True)
    default = default_settings(this_machine())
    single = replace(default, workers={**default.workers, "decoder": 1})
    with tempfile.TemporaryDirectory(prefix="aptl3-controller-") as made:
        work = Path(made)
        files = work / "files"
        make(files, options.counts[0], seed=0, size=SMALL)  # one folder, which is read in the order of names: the small
        make(files, options.counts[1], seed=1, size=LARGE)  # ones first
        starts = ((default, True), (single, True), (single, False), (default, False))
        ways = {
            name: partial(real, work, files, start, fixed)
            for name, (start, fixed) in zip(WAYS, starts, strict=True)
            if name in options.ways
        }
        given = interleaved(ways, options.rounds)
    rates = {name: [one.rate for one in runs] for name, runs in given.items()}
    print()
    print(harness.headline(describe()))
    print(f"{options.counts[0]} photographs of 500×375, then {options.counts[1]} of 4000×3000:")
    figures = {name: Figure.of(one, "files/s") for name, one in rates.items()}
    first = next(iter(rates))
    against = {name: ratio(one, rates[first]) for name, one in rates.items()}
    head = ("real job", "files/s", "from", "to", f"times {first}")
    print(harness.table(head, [(name, f, f.min, f.max, against[name]) for name, f in figures.items()]))
    for name, runs in given.items():
        for share, counts in runs[-1].course:
            print(f"  {name}, {100 * share:3.0f} % of the files done: {_counts(counts)}")
    document: dict[str, Any] = {
        "simulated": [{"cores": cores, "mix": name, **vars(one)} for (cores, name), one in found.items()],
        "real": {name: [vars(one) for one in runs] for name, runs in given.items()},
    }
    harness.keep(options.out, "controller", document, partial(harness.bars, figures=figures, title="Files that change"))


def _counts(workers: Mapping[str, int]) -> str:
    return ", ".join(f"{workers[stage]} {stage}" for stage in STAGES)


if __name__ == "__main__":
    main()
