"""How near an ingestion comes to the machine's limit.

    python benchmarks/ingest.py [FOLDER] [--kind small|large|mixed|texts] [--tune] [--python PATH]

Prints, from one run with everything in turns: each stage's cost alone (``stages.py``) and with that the limit, the
whole job's rate with and without start-up, rate/limit, the seconds from the command to the first file committed, peak
memory (PSS of all processes), and what a user would write: torch's DataLoader in float32 and bfloat16, and SPDL where
``--python`` has it (``peers.py``), on the first of the same photographs; for texts sentence-transformers. Without a
folder it makes files from a seed (``files.py``). With ``--tune`` the libraries work as ``aptl3 tune`` finds best for
these files.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if not __package__:  # run as a file: then the checkout is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import harness, jobs, stages
from benchmarks.files import KINDS
from benchmarks.harness import Figure, interleaved, ratio
from benchmarks.machine import describe
from benchmarks.peers import PEERS, choose, part, rate

ROUNDS = 5
BASELINES: dict[str, tuple[str, ...]] = {
    "images": ("DataLoader float32", "DataLoader bfloat16", "SPDL"),
    "texts": ("sentence-transformers",),
}
_PHOTOGRAPHS = (".jpg", ".jpeg")


@dataclass(frozen=True)
class Bench:
    """What is measured: ``folder``'s files, in libraries under ``work`` that begin as copies of ``template`` (else
    empty), against ``peers`` (by name, how they are called)."""

    folder: Path
    warm_up: Path
    work: Path
    images: bool
    peers: Mapping[str, str]
    python: str = sys.executable
    template: Path | None = None

    def measure(self, rounds: int) -> dict[str, list[Any]]:
        """What every way gave in each round."""
        ways: dict[str, Callable[[], Any]] = {}
        files = sorted(path for path in self.folder.rglob("*") if path.is_file())
        if self.images:
            sample = [path for path in files if path.suffix.lower() in _PHOTOGRAPHS][: stages.SAMPLE]
            ways["ours"] = lambda: stages.ours(sample)
            ways["others"] = lambda: stages.others(sample)
        ways["warm"] = lambda: jobs.warm(self.library(), self.warm_up, self.folder)
        ways["cold"] = lambda: jobs.cold(self.library(), self.folder)
        for name, way in self.peers.items():
            ways[name] = lambda name=name, way=way: self.peer(name, way, len(files))  # type: ignore[misc]
        return interleaved(ways, rounds)

    def library(self) -> Path:
        """A new one's place."""
        root = Path(tempfile.mkdtemp(dir=self.work)) / "library"
        if self.template is not None:
            shutil.copytree(self.template, root)
        return root

    def peer(self, name: str, way: str, count: int) -> float:
        return rate(PEERS[name], way, self.folder, part(count, PEERS[name].share), self.python)


@dataclass(frozen=True)
class Figures:
    """All that is printed; ``costs`` and ``limit`` of photographs only, rates in files/s."""

    peak_mb: float
    failed: int
    rate: Figure
    with_startup: Figure
    first: Figure
    busy: dict[str, float]
    peers: dict[str, Figure]
    faster: dict[str, Figure]
    costs: dict[str, dict[str, Figure]] | None = None
    limit: float | None = None

    @classmethod
    def of(cls, given: Mapping[str, list[Any]], files: int, cores: int, peak_mb: float) -> Figures:
        warm, cold = given["warm"], given["cold"]
        rates = [one.rate for one in warm]
        peers = {name: values for name, values in given.items() if name in PEERS}
        costs = None
        if "ours" in given:
            costs = stages.figures([{**a, **b} for a, b in zip(given["ours"], given["others"], strict=True)])
        return cls(
            peak_mb,
            warm[0].failed,
            Figure.of(rates, "files/s"),
            Figure.of([files / one.seconds for one in cold], "files/s"),
            Figure.of([one.first for one in cold], "s"),
            warm[-1].busy,
            {name: Figure.of(values, "files/s") for name, values in peers.items()},
            {name: ratio(rates, values) for name, values in peers.items()},
            costs,
            stages.limit(costs, cores) if costs else None,
        )

    @property
    def share(self) -> float | None:
        return self.rate.median / self.limit if self.limit else None

    def report(self) -> str:
        rows: list[tuple[object, ...]] = [
            ("whole job, without start-up", self.rate, "files/s", self.rate.spread),
            ("whole job, with start-up", self.with_startup, "files/s", self.with_startup.spread),
            ("command to first file committed", self.first, "s", self.first.spread),
            ("peak memory (PSS, all processes)", f"{self.peak_mb:.0f}", "MB", ""),
        ]
        if self.limit is not None and self.share is not None:
            rows.insert(0, ("limit (cores / sum of the best, *)", self.limit, "files/s", ""))
            rows.insert(3, ("rate/limit", f"{self.share:.3f}", "", ""))
        for name, figure in self.peers.items():
            rows.append((f"{name} (only embedding)", figure, "files/s", figure.spread))
            rows.append((f"rate / {name}", self.faster[name], "×", self.faster[name].spread))
        if self.failed:
            rows.append(("files that failed", str(self.failed), "", ""))
        above = f"{stages.report(self.costs)}\n\n" if self.costs else ""
        return above + harness.table(("", "median", "", "spread"), rows)


def tuned(root: Path, folder: Path) -> None:
    """Has ``aptl3 tune`` set up the library at ``root`` for these files."""
    command = [sys.executable, "-m", "aptl3", "tune", str(folder), "-d", str(root)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    jobs.stop(root)


def picture(axes: Any, figures: Figures) -> None:
    rates = {"aptl3": figures.rate, "aptl3 with start-up": figures.with_startup, **figures.peers}
    harness.bars(axes, rates, "A whole job, and others that only embed")
    if figures.limit is not None:
        axes.axvline(figures.limit, color="0.3", linestyle="--")
        axes.annotate(" limit", (figures.limit, len(rates) - 0.6))


def main(argv: Sequence[str] | None = None) -> None:
    parser = harness.parser(__doc__, ROUNDS)
    parser.add_argument("folder", nargs="?", type=Path, help="photographs of your own")
    parser.add_argument("--kind", choices=tuple(KINDS), default="small")
    parser.add_argument("--count", type=int, help="of files")
    parser.add_argument("--tune", action="store_true", help="have `aptl3 tune` choose how the jobs run, before")
    parser.add_argument("--alone", action="store_true", help="without the others")
    parser.add_argument("--python", default=sys.executable, help="the Python that has the peers' packages")
    options = harness.parse(parser, argv, count=24)
    machine, kind = describe(), KINDS[options.kind]
    with tempfile.TemporaryDirectory(prefix="aptl3-ingest-") as made:
        work = Path(made)
        folder = options.folder or work / "files"
        if options.folder is None:
            kind.make(folder, options.count or kind.count, 0)
        sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
        kind.make(work / "warm-up", 16, 987_654)
        names = () if options.alone else BASELINES.get("images" if kind.images else kind.name, ())
        chosen = choose(names, folder, len(sizes), options.python, tune=not options.tiny)
        template = None
        if options.tune:
            template = work / "tuned"
            tuned(template, folder)
        bench = Bench(folder, work / "warm-up", work, kind.images, chosen, options.python, template)
        peak = jobs.peak_memory(bench.library(), folder)  # converts the models too, where that was not done yet
        figures = Figures.of(bench.measure(options.rounds), len(sizes), machine["cores"], peak)
    name = "ingest-" + (kind.name if options.folder is None else folder.name) + ("-tuned" if options.tune else "")
    print(f"{len(sizes)} files ({kind.name}), {sum(sizes) / len(sizes) / 1000:.0f} KB on average; ", end="")
    print(f"{harness.headline(machine)}\n\n{figures.report()}")
    document = {"files": len(sizes), "share": figures.share, "ways": chosen, "figures": figures}
    harness.keep(options.out, name, document, lambda axes: picture(axes, figures))


if __name__ == "__main__":
    main()
