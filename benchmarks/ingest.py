"""How near an ingestion comes to the machine's limit.

    python benchmarks/ingest.py [FOLDER] [--count 1000] [--size 500x375] [--out benchmarks/results]

Prints, from one run with everything interleaved: each stage's cost alone (ms of core time an image), the limit (cores /
sum of the stages' best costs, of ours and of the reference kernels in ``reference/``), the whole job's rate with and
without start-up, rate/limit, peak memory (PSS of all processes), and the baseline that a user would write, on the first
of the same photographs. Without a folder it makes one from a seed (``photos.py``). Writes JSON and a picture.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib
import numpy as np

if not __package__:  # run as a file: then the checkout is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from aptl3.config import cache_dir, default_settings, this_machine
from aptl3.library import Library
from aptl3.models.converted import find, place
from aptl3.models.opening import fingerprint
from aptl3.models.registry import DEFAULT_IMAGE
from aptl3.service.client import Client
from benchmarks.machine import PeakMemory, describe
from benchmarks.photos import LARGE, SMALL, make
from benchmarks.reference import kernels
from benchmarks.stages import Stages

ROUNDS = 5  # of everything that is cheap
SAMPLE = 128  # photographs for a round of stage costs
BASELINE = 150  # photographs for a round of the baseline: its rate is without start-up, and it is slow


@dataclass
class Figures:
    """All that is printed. Costs in ms of core time an image, by stage and by who carries it out; rates in images/s."""

    images: int
    kilobytes: float
    machine: dict[str, Any]
    costs: dict[str, dict[str, float]] = field(default_factory=dict)
    limit: float = 0.0
    rate: float = 0.0
    rates: list[float] = field(default_factory=list)
    with_startup: float = 0.0
    peak_mb: float = 0.0
    baseline: float = 0.0
    baselines: list[float] = field(default_factory=list)
    busy: dict[str, float] = field(default_factory=dict)

    @property
    def share(self) -> float:
        return self.rate / self.limit


def stage_costs(paths: list[Path], rounds: dict[str, dict[str, list[float]]]) -> None:
    """One round: every stage of ours and every reference kernel on the same photographs."""
    with tempfile.TemporaryDirectory() as folder, Stages(Path(folder), paths) as stages:
        for stage, cost in stages.costs().items():
            rounds[stage]["aptl3"].append(cost)
    for stage, name, cost in reference_costs(paths):
        rounds[stage][name].append(cost)


def reference_costs(paths: list[Path]) -> Iterator[tuple[str, str, float]]:
    """(stage, kernel, ms of core time an image)"""
    kernels.single_threaded()
    cost, read = timed(kernels.read_and_hash, paths)
    yield "load", "read + xxhash", cost
    files = [data for data, _ in read]
    cost, decoded = timed(kernels.decode_cv2, files)
    yield "decode", "cv2", cost
    cost, _ = timed(kernels.decode_simplejpeg, files)
    yield "decode", "simplejpeg", cost
    thumbnails = [thumbnail for _, thumbnail in decoded]
    yield "thumbnail", "cv2", timed(kernels.encode_cv2, thumbnails)[0]
    yield "thumbnail", "simplejpeg", timed(kernels.encode_simplejpeg, thumbnails)[0]
    converted = find(place(cache_dir(), DEFAULT_IMAGE, fingerprint(DEFAULT_IMAGE, cache_dir())))
    assert converted is not None, "an ingestion has converted it"
    cores = this_machine().cores
    inference = kernels.Inference(converted.network, converted.fidelity.precision, cores, streams=cores)
    squares = np.stack([square for square, _ in decoded])
    batches = [squares[at : at + 8] for at in range(0, len(squares) // 8 * 8, 8)]
    inference.embed(batches[:2])
    start = time.process_time()
    inference.embed(batches)
    yield "embed", f"OpenVINO {converted.fidelity.precision}", (time.process_time() - start) * 1000 / (8 * len(batches))


def timed(kernel: Callable[[Any], Any], values: Sequence[Any]) -> tuple[float, list[Any]]:
    """ms of core time a value, and the results."""
    kernel(values[0])
    start = time.process_time()
    results = [kernel(value) for value in values]
    return (time.process_time() - start) * 1000 / len(values), results


def baseline(folder: Path) -> float:
    """Images/s of the baseline on the first ``BASELINE``, without its start-up, in a process of its own."""
    script = Path(__file__).parent / "reference" / "baseline.py"
    call = [sys.executable, str(script), str(folder), "--limit", str(BASELINE)]
    done = subprocess.run(call, check=True, capture_output=True, text=True)
    return float(json.loads(done.stdout.splitlines()[-1])["per_second"])


def warm_job(root: Path, warm_up: list[Path], folder: Path) -> tuple[float, dict[str, float]]:
    """Images/s of a job on a supervisor whose workers are up, and each stage's share of time busy."""
    with Library(root) as library:
        library.ingest(*warm_up)
        job = library.ingest(folder)
        assert job.counts.failed == 0, library.failures()
        with Client.start(root) as client:
            status = client.ask("status")
            client.ask("stop")
    done = job.counts.added + job.counts.duplicates
    return done / job.seconds, {stage: one["busy_share"] for stage, one in status["stages"].items()}


def command(root: Path, folder: Path) -> list[str]:
    return [sys.executable, "-m", "aptl3", "ingest", str(folder), "-d", str(root), "--quiet"]


def cold_job(root: Path, folder: Path) -> float:
    """Seconds from the command to its end, with nothing running before."""
    start = time.perf_counter()
    subprocess.run(command(root, folder), check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def peak_memory(root: Path, folder: Path) -> float:
    """MB of the supervisor, its workers and the command that started them."""
    with PeakMemory() as memory:
        process = subprocess.Popen(
            [sys.executable, "-m", "aptl3", "ingest", str(folder), "-d", str(root), "--quiet"],
            stdout=subprocess.DEVNULL,
        )
        while process.poll() is None:
            client = Client.running(root)
            if client is not None:
                with client:
                    memory.roots.add(int(client.ask("status")["pid"]))
                process.wait()
            time.sleep(0.02)
    return memory.peak / 1e6


def measure(folder: Path, rounds: int) -> Figures:
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg"))
    figures = Figures(len(paths), sum(path.stat().st_size for path in paths) / len(paths) / 1e3, describe())
    collected: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    colds: list[float] = []
    with tempfile.TemporaryDirectory(prefix="aptl3-bench-") as work:
        warm_up = make(Path(work) / "warm-up", 16, seed=987_654)
        peak = peak_memory(Path(work) / "first", folder)  # converts the models too, where that was not done yet
        for number in range(rounds):
            stage_costs(paths[:SAMPLE], collected)
            rate, busy = warm_job(Path(work) / f"warm-{number}", warm_up, folder)
            figures.rates.append(rate)
            figures.busy = busy
            colds.append(cold_job(Path(work) / f"cold-{number}", folder))
            figures.baselines.append(baseline(folder))
    figures.peak_mb = peak
    figures.costs = {stage: {name: median(times) for name, times in by.items()} for stage, by in collected.items()}
    cores = figures.machine["cores"]
    figures.limit = 1000 * cores / sum(min(by.values()) for by in figures.costs.values())
    figures.rate = median(figures.rates)
    figures.baseline = median(figures.baselines)
    figures.with_startup = len(paths) / median(colds)
    return figures


def report(figures: Figures) -> str:
    lines = [
        f"{figures.images} photographs, {figures.kilobytes:.0f} KB on average; {figures.machine['cores']} cores, "
        f"{figures.machine['processor']}, bfloat16: {'yes' if figures.machine['bfloat16'] else 'no'}",
        "",
        "ms of core time an image, each stage alone:",
    ]
    for stage, by in figures.costs.items():
        best = min(by, key=lambda name: by[name])
        cells = (f"{name} {cost:.3f}{' *' if name == best else ''}" for name, cost in by.items())
        lines.append(f"  {stage:10} " + "   ".join(cells))
    lines += [
        "",
        f"limit (cores / sum of the best, *)   {figures.limit:7.1f} images/s",
        f"whole job, without start-up          {figures.rate:7.1f} images/s  ({spread(figures.rates)})",
        f"whole job, with start-up             {figures.with_startup:7.1f} images/s",
        f"rate/limit                           {figures.share:7.3f}",
        f"baseline (DataLoader, only embedding){figures.baseline:8.1f} images/s  ({spread(figures.baselines)})",
        f"rate/baseline                        {figures.rate / figures.baseline:7.2f}",
        f"peak memory (PSS, all processes)     {figures.peak_mb:7.0f} MB",
    ]
    return "\n".join(lines)


def spread(rates: list[float]) -> str:
    return f"{min(rates):.1f} to {max(rates):.1f} in {len(rates)} runs"


def picture(figures: Figures, path: Path) -> None:
    """Where the time goes: the best costs on top of each other, beside what a core spent on an image in the job."""
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    whole = 1000 * figures.machine["cores"] / figures.rate
    plot, axes = plt.subplots(figsize=(8, 3), layout="constrained")
    for row, label in enumerate(("limit", "stages of aptl3")):
        left = 0.0
        for color, (stage, by) in enumerate(figures.costs.items()):
            cost = min(by.values()) if row == 0 else by["aptl3"]
            axes.barh(label, cost, left=left, color=f"C{color}", label=stage if row == 0 else None)
            left += cost
    axes.barh("whole job", whole, color="0.6", label="all, in the job")
    axes.set_xlabel("ms of core time an image")
    axes.set_title(f"{figures.rate:.0f} images/s, {figures.share:.2f} of the limit")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    axes.invert_yaxis()
    plot.savefig(path, dpi=120)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--size", choices=("500x375", "4000x3000"), default="500x375")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    options = parser.parse_args()
    settings = default_settings(this_machine())
    with tempfile.TemporaryDirectory(prefix="aptl3-photographs-") as made:
        folder = options.folder
        if folder is None:
            folder = Path(made)
            make(folder, options.count, seed=0, size=SMALL if options.size == "500x375" else LARGE)
        figures = measure(folder, options.rounds)
    print(report(figures))
    options.out.mkdir(parents=True, exist_ok=True)
    document = {**asdict(figures), "share": figures.share, "settings": asdict(settings)}
    name = f"ingest-{options.size}" if options.folder is None else f"ingest-{os.path.basename(options.folder)}"
    (options.out / f"{name}.json").write_text(json.dumps(document, indent=1), "utf-8")
    picture(figures, options.out / f"{name}.png")


if __name__ == "__main__":
    main()
